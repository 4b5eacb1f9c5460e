import { crdOf, customKinds } from "@slipway/api";
import { SemVer } from "semver";
import { providerLabel } from "../components/components.ts";
import type { ProviderConfig } from "../config/providers.ts";
import { manifestLabel, type ProviderType } from "../config/providertypes.ts";
import { openStackTemplates } from "../openstack/templates.ts";
import { templateFile } from "../template/cluster.ts";
import { writeObjects } from "../template/yaml.ts";

/** A provider that Slipway is, with the upstream version whose behaviour it keeps. */
export interface BundledProvider {
  readonly name: string;
  readonly type: ProviderType;
  readonly version: string;
  readonly namespace: string;
  /** The first minor version of the same major one that keeps the contract v1beta1, as its own metadata.yaml says (CAPO-010). */
  readonly sinceMinor: number;
}

export const bundledProviders: readonly BundledProvider[] = [
  { name: "cluster-api", type: "CoreProvider", version: "v1.10.4", namespace: "capi-system", sinceMinor: 0 },
  { name: "kubeadm", type: "BootstrapProvider", version: "v1.10.4", namespace: "capi-kubeadm-bootstrap-system", sinceMinor: 0 },
  {
    name: "kubeadm",
    type: "ControlPlaneProvider",
    version: "v1.10.4",
    namespace: "capi-kubeadm-control-plane-system",
    sinceMinor: 0,
  },
  { name: "openstack", type: "InfrastructureProvider", version: "v0.11.8", namespace: "capo-system", sinceMinor: 5 },
];

export const findBundled = ({ name, type }: Pick<ProviderConfig, "name" | "type">): BundledProvider | undefined =>
  bundledProviders.find((provider) => provider.name === name && provider.type === type);

/** A file of a bundled provider's repository: its components, metadata, or a cluster template. Undefined when it has none such. */
export const bundledFile = (provider: BundledProvider, file: string): string | undefined => {
  if (/-components\.yaml$/.test(file)) return components(provider);
  if (file === "metadata.yaml") return metadata(provider);
  if (provider.type !== "InfrastructureProvider") return undefined;
  const templates = openStackTemplates();
  const flavor = Object.keys(templates).find((name) => templateFile(name) === file);
  return flavor === undefined ? undefined : templates[flavor];
};

/** What teaches an API the provider's kinds, and the namespace it runs in. */
const components = (provider: BundledProvider): string => {
  const label = manifestLabel(provider.name, provider.type);
  const crds = customKinds.map(crdOf).filter(({ metadata: { labels } }) => labels?.[providerLabel] === label);
  return writeObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: provider.namespace } }, ...crds]);
};

const metadata = ({ version, sinceMinor }: BundledProvider): string => {
  const { major, minor } = new SemVer(version);
  return writeObjects([
    {
      apiVersion: "clusterctl.cluster.x-k8s.io/v1alpha3",
      kind: "Metadata",
      releaseSeries: Array.from({ length: minor - sinceMinor + 1 }, (_, at) => ({
        contract: "v1beta1",
        major,
        minor: sinceMinor + at,
      })),
    },
  ]);
};
