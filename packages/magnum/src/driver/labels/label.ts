import type { MagnumCluster, Stored } from "@slipway/api";
import type { ClusterShape, MachinesShape } from "../shape.ts";

/** What one label (or a few that belong together) does to a cluster's shape. Pure. @throws LabelError */
export type LabelEffect = (shape: ClusterShape, labels: LabelReader, cluster: Stored<MagnumCluster>) => ClusterShape;

/** A label's text is not what it must be: the operation fails, and the tenant reads this in `status_reason`. */
export class LabelError extends Error {
  override readonly name = "LabelError";
}

export interface Labels {
  readonly [name: string]: string;
}

export interface LabelReader {
  /** Empty text counts as absent. */
  text(name: string): string | undefined;
  flag(name: string, byDefault: boolean): boolean;
  integer(name: string, byDefault: number): number;
  /** At commas, without spaces and empty parts. */
  list(name: string): readonly string[];
}

const TRUE = new Set(["1", "t", "true", "on", "y", "yes"]);
const FALSE = new Set(["0", "f", "false", "off", "n", "no"]);

export const readLabels = (labels: Labels): LabelReader => {
  const text = (name: string): string | undefined => {
    const value = labels[name]?.trim();
    return value === "" ? undefined : value;
  };
  return {
    text,
    flag: (name, byDefault) => {
      const value = text(name)?.toLowerCase();
      if (value === undefined) return byDefault;
      if (TRUE.has(value)) return true;
      if (FALSE.has(value)) return false;
      throw new LabelError(`Label ${name} is "${labels[name]}": it must be true or false.`);
    },
    integer: (name, byDefault) => {
      const value = text(name);
      if (value === undefined) return byDefault;
      if (!/^[+-]?\d+$/.test(value)) throw new LabelError(`Label ${name} is "${value}": it must be a whole number.`);
      return Number(value);
    },
    list: (name) =>
      (text(name) ?? "")
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
  };
};

/** Changes the machines of every node group: workers read their group's own labels, the control plane the cluster's. */
export const everyGroup = (
  shape: ClusterShape,
  labels: LabelReader,
  change: (machines: MachinesShape, labels: LabelReader) => MachinesShape,
): ClusterShape => ({
  ...shape,
  controlPlane: change(shape.controlPlane, labels),
  workers: shape.workers.map((workers) => change(workers, readLabels(workers.group.labels))),
});

/** The kubeadm configuration of the control plane, changed. */
export const controlPlaneKubeadm = (
  shape: ClusterShape,
  change: (kubeadm: MachinesShape["kubeadm"]) => MachinesShape["kubeadm"],
): ClusterShape => ({ ...shape, controlPlane: { ...shape.controlPlane, kubeadm: change(shape.controlPlane.kubeadm) } });

/** More arguments for the API server. */
export const apiServerArgs = (shape: ClusterShape, args: { readonly [name: string]: string }): ClusterShape =>
  controlPlaneKubeadm(shape, (kubeadm) => ({
    ...kubeadm,
    clusterConfiguration: {
      ...kubeadm.clusterConfiguration,
      apiServer: {
        ...kubeadm.clusterConfiguration?.apiServer,
        extraArgs: { ...kubeadm.clusterConfiguration?.apiServer?.extraArgs, ...args },
      },
    },
  }));

/** More arguments for the kubelets of these machines. */
export const kubeletArgs = (
  kubeadm: MachinesShape["kubeadm"],
  args: { readonly [name: string]: string },
): MachinesShape["kubeadm"] => {
  const withArgs = <T extends { nodeRegistration?: { kubeletExtraArgs?: { readonly [name: string]: string } } }>(
    configuration: T,
  ): T => ({
    ...configuration,
    nodeRegistration: {
      ...configuration.nodeRegistration,
      kubeletExtraArgs: { ...configuration.nodeRegistration?.kubeletExtraArgs, ...args },
    },
  });
  return {
    ...kubeadm,
    ...(kubeadm.initConfiguration && { initConfiguration: withArgs(kubeadm.initConfiguration) }),
    ...(kubeadm.joinConfiguration && { joinConfiguration: withArgs(kubeadm.joinConfiguration) }),
  };
};
