import { type Client, isNotFound, type Resource, type UnstructuredObject } from "@slipway/api";
import { coreLabel } from "../components/components.ts";
import { compareVersions, parseVersion } from "../repository/releases.ts";

export const certManagerAnnotation = "cert-manager.clusterctl.cluster.x-k8s.io/version";
/** What carries no annotation was installed before there was one. */
const firstVersion = "v0.11.0";

/** Of a cert-manager that clusterctl installed; undefined: somebody else takes care of it, or there is none. */
export interface CertManagerPlan {
  readonly from: string;
  readonly to: string;
  readonly shouldUpgrade: boolean;
}

const kinds: readonly Resource<UnstructuredObject>[] = [
  { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", scope: "Namespaced" },
  { group: "", version: "v1", kind: "Service", plural: "services", scope: "Namespaced" },
  { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", scope: "Namespaced" },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    scope: "Cluster",
  },
];

/** Looks at what clusterctl marked as its cert-manager (CTL-054). */
export const planCertManager = async (client: Client, to: string): Promise<CertManagerPlan | undefined> => {
  const versions: string[] = [];
  for (const resource of kinds) {
    const items = await client.list(resource, { labelSelector: `${coreLabel}=cert-manager` }).then(
      (list) => list.items,
      (error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      },
    );
    versions.push(...items.map(({ metadata }) => metadata.annotations?.[certManagerAnnotation] ?? firstVersion));
  }
  return certManagerPlan(versions, to);
};

/** @param versions of every object that clusterctl marked: the oldest decides, and what is newer is left alone */
export const certManagerPlan = (versions: readonly string[], to: string): CertManagerPlan | undefined => {
  const target = parseVersion(to);
  const oldest = versions.flatMap((version) => parseVersion(version) ?? []).sort(compareVersions)[0];
  if (target === undefined || oldest === undefined) return undefined;
  return { from: oldest.text, to, shouldUpgrade: compareVersions(oldest, target) < 0 };
};

/** The first lines of `upgrade plan`. */
export const printCertManagerPlan = (plan: CertManagerPlan | undefined): string => {
  if (plan === undefined) return "";
  if (!plan.shouldUpgrade) return "Cert-Manager is already up to date\n\n";
  return `Cert-Manager will be upgraded from "${plan.from}" to "${plan.to}"\n\n`;
};
