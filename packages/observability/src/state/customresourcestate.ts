import type { FamilyDeclaration, KindDeclaration } from "./declaration.ts";

/** The declaration as kube-state-metrics reads it (`--custom-resource-state-config-file`). */
export const customResourceStateMetrics = (kinds: readonly KindDeclaration[]) => ({
  kind: "CustomResourceStateMetrics",
  spec: {
    resources: kinds.map(({ group, version, kind, prefix, labels, families }) => ({
      groupVersionKind: { group, version, kind },
      metricNamePrefix: prefix,
      labelsFromPath: labels,
      metrics: families.map((family) => ({ name: family.name, help: family.help, each: each(family) })),
    })),
  },
});

const each = (family: FamilyDeclaration) => {
  const where = {
    ...(family.path === undefined ? {} : { path: family.path }),
    ...(family.labels === undefined ? {} : { labelsFromPath: family.labels }),
  };
  if (family.type === "Info") return { type: "Info", info: where };
  const from = family.valueFrom === undefined ? where : { ...where, valueFrom: family.valueFrom };
  return family.type === "Gauge"
    ? { type: "Gauge", gauge: { ...from, nilIsZero: family.nilIsZero } }
    : { type: "StateSet", stateSet: { ...from, labelName: family.labelName, list: family.states } };
};

/** What kube-state-metrics must be allowed to read for it. */
export const customResourceStateRole = (name: string, kinds: readonly KindDeclaration[], pluralOf: (kind: string) => string) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name, labels: { "kube-state-metrics/aggregate-to-manager": "true" } },
  rules: [
    ...[...new Set(kinds.map(({ group }) => group))].map((group) => ({
      apiGroups: [group],
      resources: kinds.filter((kind) => kind.group === group).map(({ kind }) => pluralOf(kind)),
      verbs: ["get", "list", "watch"],
    })),
    // It looks up what a kind's resource is called.
    { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["list", "watch"] },
  ],
});
