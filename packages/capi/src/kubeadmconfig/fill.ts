import type { Cluster, KubeadmConfigSpec } from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/index.ts";
import type { ClusterConfiguration } from "./spec.ts";

/** What a KubeadmConfig leaves open and the Cluster knows. Filled into the spec, so that everybody can see what the machine was told. */

/** `host:port`, with brackets around IPv6; undefined until the control plane has an address. */
export const endpointOf = (cluster: Pick<Cluster, "spec">): string | undefined => {
  const { host, port } = cluster.spec.controlPlaneEndpoint ?? { host: "", port: 0 };
  if (host === "" || port === 0) return undefined;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
};

/** Stored for whoever reads the object; the version that is written to the machine follows the Kubernetes version. */
const marked = "kubeadm.k8s.io/v1beta4";

export const filledForInit = (
  spec: KubeadmConfigSpec,
  cluster: { readonly spec: Cluster["spec"]; readonly name: string },
  kubernetesVersion: string | undefined,
): KubeadmConfigSpec => {
  const given: ClusterConfiguration = spec.clusterConfiguration ?? { apiVersion: marked, kind: "ClusterConfiguration" };
  const network = cluster.spec.clusterNetwork;
  const networking = filled(given.networking ?? {}, {
    dnsDomain: network?.serviceDomain,
    serviceSubnet: network?.services?.cidrBlocks.join(","),
    podSubnet: network?.pods?.cidrBlocks.join(","),
  });
  const clusterConfiguration: ClusterConfiguration = {
    ...filled(given, { controlPlaneEndpoint: endpointOf(cluster), clusterName: cluster.name, kubernetesVersion }),
    ...(Object.keys(networking).length === 0 ? {} : { networking }),
  };
  return {
    ...spec,
    clusterConfiguration,
    initConfiguration: spec.initConfiguration ?? { apiVersion: marked, kind: "InitConfiguration" },
  };
};

/** Undefined: the endpoint has to be known first. The token is somebody else's to make. */
export const filledForJoin = (
  spec: KubeadmConfigSpec,
  facts: {
    readonly controlPlane: boolean;
    readonly endpoint: string | undefined;
    readonly authorityPem: string;
    readonly pins: readonly string[];
  },
): KubeadmConfigSpec | undefined => {
  const join = {
    ...spec.joinConfiguration,
    ...(facts.controlPlane && spec.joinConfiguration?.controlPlane === undefined ? { controlPlane: {} } : {}),
  };
  const file = join.discovery?.file;
  if (file !== undefined) {
    if (file.kubeConfig === undefined) return { ...spec, joinConfiguration: join };
    if (facts.endpoint === undefined) return undefined;
    const cluster = filled(file.kubeConfig.cluster ?? {}, {
      server: `https://${facts.endpoint}`,
      certificateAuthorityData: textToBase64(facts.authorityPem),
    });
    return {
      ...spec,
      joinConfiguration: {
        ...join,
        discovery: { ...join.discovery, file: { ...file, kubeConfig: { ...file.kubeConfig, cluster } } },
      },
    };
  }
  const known = join.discovery?.bootstrapToken ?? {};
  const apiServerEndpoint = known.apiServerEndpoint || facts.endpoint;
  if (apiServerEndpoint === undefined) return undefined;
  const caCertHashes = known.caCertHashes?.length ? known.caCertHashes : facts.pins;
  const bootstrapToken = {
    ...known,
    apiServerEndpoint,
    ...(caCertHashes.length > 0 ? { caCertHashes } : { unsafeSkipCAVerification: true }),
  };
  return { ...spec, joinConfiguration: { ...join, discovery: { ...join.discovery, bootstrapToken } } };
};

export const withToken = (spec: KubeadmConfigSpec, token: string): KubeadmConfigSpec => ({
  ...spec,
  joinConfiguration: {
    ...spec.joinConfiguration,
    discovery: {
      ...spec.joinConfiguration?.discovery,
      bootstrapToken: { ...spec.joinConfiguration?.discovery?.bootstrapToken, token },
    },
  },
});

/** Sets what is empty and leaves what is not. */
const filled = <T extends object>(given: T, defaults: { readonly [K in keyof T]?: T[K] | undefined }): T => {
  const missing = Object.entries(defaults).filter(
    ([key, value]) => value !== undefined && value !== "" && isEmpty((given as { [key: string]: unknown })[key]),
  );
  return missing.length === 0 ? given : { ...given, ...(Object.fromEntries(missing) as Partial<T>) };
};

const isEmpty = (value: unknown): boolean => value === undefined || value === "";
