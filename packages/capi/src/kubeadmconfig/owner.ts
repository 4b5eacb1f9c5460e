import { type KubeadmConfig, labels, Machine, MachinePool, type ObjectRef, parseApiVersion, type Stored } from "@slipway/api";
import type { Caches } from "@slipway/runtime";

/** Whose bootstrap data a KubeadmConfig makes: a Machine, or all machines of a MachinePool. */
export interface ConfigOwner {
  readonly kind: "Machine" | "MachinePool";
  readonly name: string;
  readonly clusterName: string;
  readonly version: string | undefined;
  readonly controlPlane: boolean;
  readonly dataSecretName: string | undefined;
  /** Every machine of it has become a node. */
  readonly hasNodes: boolean;
}

/** The first Machine or MachinePool among the owner references; others (the control plane that asked for it) do not count. */
export const findConfigOwner = (config: Stored<KubeadmConfig>, caches: Caches): ConfigOwner | undefined => {
  const reference = config.metadata.ownerReferences?.find(
    ({ apiVersion, kind }) =>
      parseApiVersion(apiVersion).group === Machine.group && (kind === "Machine" || kind === "MachinePool"),
  );
  if (reference === undefined) return undefined;
  const ref: ObjectRef = { namespace: config.metadata.namespace ?? "", name: reference.name };
  if (reference.kind === "Machine") {
    const machine = caches.find(Machine, ref);
    return machine && machineOwner(machine);
  }
  const pool = caches.find(MachinePool, ref);
  return pool && poolOwner(pool);
};

export const machineOwner = (machine: Stored<Machine>): ConfigOwner => ({
  kind: "Machine",
  name: machine.metadata.name,
  clusterName: machine.spec.clusterName,
  version: machine.spec.version,
  controlPlane: Object.hasOwn(machine.metadata.labels ?? {}, labels.controlPlane),
  dataSecretName: secretOf(machine.spec.bootstrap),
  hasNodes: machine.status?.nodeRef !== undefined,
});

const poolOwner = (pool: Stored<MachinePool>): ConfigOwner => ({
  kind: "MachinePool",
  name: pool.metadata.name,
  clusterName: pool.spec.clusterName,
  version: pool.spec.template.spec?.version,
  controlPlane: false,
  dataSecretName: secretOf(pool.spec.template.spec?.bootstrap),
  hasNodes: (pool.status?.nodeRefs ?? []).length === (pool.spec.replicas ?? 1),
});

const secretOf = (bootstrap: Machine["spec"]["bootstrap"] | undefined): string | undefined =>
  bootstrap?.dataSecretName === "" ? undefined : bootstrap?.dataSecretName;
