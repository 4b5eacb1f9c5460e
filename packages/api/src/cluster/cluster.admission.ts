import ipaddr from "ipaddr.js";
import { partOf, withFields } from "../kind/edit.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { labelValueErrors } from "../meta/labels.ts";
import { defaultTopology, topologyErrors } from "../topology/cluster.admission.ts";
import type { Cluster, ClusterSpec } from "./cluster.ts";
import { inNamespace } from "./template.admission.ts";

export const defaultCluster = (cluster: Cluster, context: AdmissionContext<Cluster>): Cluster => {
  const spec = partOf<ClusterSpec>(cluster.spec, "spec");
  const { namespace } = cluster.metadata;
  const named = withFields(cluster, {
    spec: withFields(spec, {
      infrastructureRef: spec.infrastructureRef && inNamespace(spec.infrastructureRef, namespace, "spec.infrastructureRef"),
      controlPlaneRef: spec.controlPlaneRef && inNamespace(spec.controlPlaneRef, namespace, "spec.controlPlaneRef"),
    }),
  });
  return named.spec.topology === undefined ? named : defaultTopology(named, context);
};

export const validateCluster = (cluster: Cluster, context: AdmissionContext<Cluster>): readonly FieldError[] => [
  ...labelValueErrors(cluster.metadata.name ?? "").map((error) =>
    invalid("metadata.name", cluster.metadata.name, `must be a valid label value ${error}`),
  ),
  ...referenceErrors("infrastructureRef", cluster, context.old),
  ...referenceErrors("controlPlaneRef", cluster, context.old),
  ...rangeErrors("pods", cluster.spec),
  ...rangeErrors("services", cluster.spec),
  ...topologyErrors(cluster, context),
  ...(context.old?.spec.topology && !cluster.spec.topology
    ? [forbidden("spec.topology", "cannot be removed from an existing Cluster")]
    : []),
];

/** A reference may come and change, but what it led to would be orphaned if it went. */
const referenceErrors = (
  field: "infrastructureRef" | "controlPlaneRef",
  cluster: Cluster,
  old: Cluster | undefined,
): readonly FieldError[] => {
  const reference = cluster.spec[field];
  if (reference === undefined) return old?.spec[field] ? [forbidden(`spec.${field}`, "cannot be removed")] : [];
  if (reference.namespace === cluster.metadata.namespace) return [];
  return [invalid(`spec.${field}.namespace`, reference.namespace ?? "", "must match metadata.namespace")];
};

const rangeErrors = (use: "pods" | "services", { clusterNetwork }: ClusterSpec): readonly FieldError[] =>
  (clusterNetwork?.[use]?.cidrBlocks ?? []).flatMap((block, index) =>
    ipaddr.isValidCIDR(block)
      ? []
      : [invalid(`spec.clusterNetwork.${use}.cidrBlocks[${index}]`, block, `invalid CIDR address: ${block}`)],
  );
