import { type FormerFields, formerConverter } from "../kind/former.ts";
import type { UnstructuredObject } from "../meta/object.ts";
import { clusterGroup } from "./group.ts";

/**
 * `v1alpha3` and `v1alpha4` of the core kinds. Nobody may read or write them any more, but a management cluster that has grown old
 * may still hold objects that were stored in them: its API server has them converted before it shows them.
 */

const convert = (former: { readonly [version: string]: FormerFields }) => formerConverter(clusterGroup.version, former);

const machineSpec = (path: string) =>
  ["nodeDeletionTimeout", "nodeVolumeDetachTimeout", "readinessGates"].map((f) => `${path}.${f}`);
const templateSpec = machineSpec("spec.template.spec");
const nodeTimeouts = ["nodeDeletionTimeout", "nodeDrainTimeout", "nodeVolumeDetachTimeout"];
const under = (path: string, names: readonly string[]) => names.map((name) => `${path}.${name}`);

/** The first version's templates had metadata of whole objects, of which nothing was ever used. */
const firstTemplates = [
  ...under("spec.template.metadata", ["generateName", "name", "namespace", "ownerReferences"]),
  "spec.template.spec.bootstrap.data",
];

const workerTopology = ["failureDomain", "machineHealthCheck", "minReadySeconds", ...nodeTimeouts, "readinessGates", "strategy"];

export const convertCluster = convert({
  v1alpha3: {
    newer: ["spec.availabilityGates", "spec.topology", "status.v1beta2"],
    gone: ["status.controlPlaneInitialized"],
    up: (made, former) => (partOf(former.status)["controlPlaneInitialized"] === true ? withInitialized(made) : made),
    down: (made, current) =>
      isInitialized(current) ? { ...made, status: { ...partOf(made.status), controlPlaneInitialized: true } } : made,
  },
  v1alpha4: {
    newer: [
      "spec.availabilityGates",
      ...under("spec.topology", ["classNamespace", "variables"]),
      ...under("spec.topology.controlPlane", ["machineHealthCheck", ...nodeTimeouts, "readinessGates", "variables"]),
      ...under("spec.topology.workers.machineDeployments[name]", [...workerTopology, "variables"]),
      "spec.topology.workers.machinePools",
      "status.v1beta2",
    ],
  },
});

export const convertClusterClass = convert({
  v1alpha4: {
    newer: [
      ...under("spec", ["availabilityGates", "infrastructureNamingStrategy", "patches", "variables"]),
      ...under("spec.controlPlane", ["machineHealthCheck", "namingStrategy", ...nodeTimeouts, "readinessGates"]),
      ...under("spec.workers.machineDeployments[class]", [...workerTopology, "namingStrategy"]),
      "spec.workers.machinePools",
      "status",
    ],
  },
});

const machineNewer = [...machineSpec("spec"), ...under("status", ["certificatesExpiryDate", "deletion", "v1beta2"])];
export const convertMachine = convert({
  v1alpha3: { newer: [...machineNewer, "status.nodeInfo"], gone: ["spec.bootstrap.data", "status.version"] },
  v1alpha4: { newer: machineNewer, gone: ["status.version"] },
});

const setNewer = ["spec.machineNamingStrategy", ...templateSpec, "status.v1beta2"];
export const convertMachineSet = convert({
  v1alpha3: { newer: [...setNewer, "status.conditions"], gone: firstTemplates },
  v1alpha4: { newer: setNewer },
});

const deploymentNewer = [...setNewer, "spec.rolloutAfter", "spec.strategy.remediation"];
export const convertMachineDeployment = convert({
  v1alpha3: {
    newer: [...deploymentNewer, "spec.strategy.rollingUpdate.deletePolicy", "status.conditions"],
    gone: firstTemplates,
  },
  v1alpha4: { newer: deploymentNewer },
});

export const convertMachineHealthCheck = convert({
  v1alpha3: { newer: ["spec.unhealthyRange", "status.v1beta2"] },
  v1alpha4: { newer: ["status.v1beta2"] },
});

const poolNewer = [...templateSpec, "status.v1beta2"];
const poolFinalizers = { former: "machinepool.exp.cluster.x-k8s.io", current: "machinepool.cluster.x-k8s.io" };
export const convertMachinePool = convert({
  v1alpha3: {
    newer: poolNewer,
    gone: [...firstTemplates, "spec.strategy"],
    up: (made) => renamedFinalizer(made, poolFinalizers.former, poolFinalizers.current),
    down: (made) => renamedFinalizer(made, poolFinalizers.current, poolFinalizers.former),
  },
  v1alpha4: { newer: poolNewer },
});

interface Part {
  readonly [field: string]: unknown;
}
const partOf = (value: unknown): Part => (typeof value === "object" && value !== null ? (value as Part) : {});
const conditionsOf = ({ status }: UnstructuredObject): readonly Part[] => {
  const { conditions } = partOf(status);
  return Array.isArray(conditions) ? conditions : [];
};

const initialized = "ControlPlaneInitialized";
const isInitialized = (cluster: UnstructuredObject): boolean =>
  conditionsOf(cluster).some(({ type, status }) => type === initialized && status === "True");

/** The former version had a flag and no time. The cluster's own is as good as any, and the same whenever one asks. */
const withInitialized = (cluster: UnstructuredObject): UnstructuredObject => {
  if (isInitialized(cluster)) return cluster;
  const condition = { type: initialized, status: "True", lastTransitionTime: cluster.metadata.creationTimestamp };
  const conditions = [...conditionsOf(cluster).filter(({ type }) => type !== initialized), condition];
  return { ...cluster, status: { ...partOf(cluster.status), conditions } };
};

const renamedFinalizer = (object: UnstructuredObject, from: string, to: string): UnstructuredObject => {
  const { finalizers } = object.metadata;
  if (finalizers === undefined || !finalizers.includes(from)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers.filter((name) => name !== from), to] } };
};
