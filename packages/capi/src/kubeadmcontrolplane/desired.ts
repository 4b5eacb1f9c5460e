import {
  apiVersionOf,
  type Cluster,
  controlPlaneAnnotations,
  KubeadmConfig,
  type KubeadmConfigSpec,
  KubeadmControlPlane,
  labels,
  labelValueOf,
  Machine,
  nameFromTemplate,
  type ObjectReference,
  type Stored,
} from "@slipway/api";
import { controllerRef, ownerRef } from "@slipway/runtime";
import { atLeast, parseKubernetesVersion } from "../kubeadmconfig/kubernetesversion.ts";
import { healthConditions, isEtcdManaged } from "./controlplane.ts";

/** What goes down from a KubeadmControlPlane: Machines and their KubeadmConfigs, whole. */

export const fieldManager = "capi-kubeadmcontrolplane";

type Kcp = Stored<KubeadmControlPlane>;

export const machineName = (kcp: Kcp, cluster: Pick<Cluster, "metadata">, random: () => number): string =>
  nameFromTemplate(
    kcp.spec.machineNamingStrategy?.template ?? "{{ .kubeadmControlPlane.name }}-{{ .random }}",
    { ".cluster.name": cluster.metadata.name ?? "", ".kubeadmControlPlane.name": kcp.metadata.name },
    random,
  );

export const machineLabels = (kcp: Kcp, clusterName: string): { readonly [key: string]: string } => ({
  ...kcp.spec.machineTemplate.metadata?.labels,
  [labels.clusterName]: clusterName,
  [labels.controlPlane]: "",
  [labels.controlPlaneName]: labelValueOf(kcp.metadata.name),
});

export const machineAnnotations = (kcp: Kcp): { readonly [key: string]: string } => ({
  ...kcp.spec.machineTemplate.metadata?.annotations,
});

/** The ClusterConfiguration a machine was made with; it has no object of its own that would keep it. */
export const clusterConfigurationAnnotation = (kcp: Kcp): string =>
  JSON.stringify(kcp.spec.kubeadmConfigSpec.clusterConfiguration ?? null);

export interface NewMachine {
  readonly name: string;
  readonly failureDomain: string | undefined;
  readonly infrastructureRef: ObjectReference;
}

/** Applied as a whole by one field manager, so that what the control plane no longer wants disappears from the Machine. */
export const newMachine = (kcp: Kcp, cluster: Stored<Cluster>, made: NewMachine): Machine => {
  const remediationFor = kcp.metadata.annotations?.[controlPlaneAnnotations.remediationInProgress];
  return machine(kcp, cluster, {
    name: made.name,
    annotations: {
      ...machineAnnotations(kcp),
      [controlPlaneAnnotations.kubeadmClusterConfiguration]: clusterConfigurationAnnotation(kcp),
      ...(remediationFor === undefined ? {} : { [controlPlaneAnnotations.remediationFor]: remediationFor }),
      [controlPlaneAnnotations.preTerminateHook]: "",
    },
    version: kcp.spec.version,
    failureDomain: made.failureDomain,
    infrastructureRef: made.infrastructureRef,
    configRef: {
      apiVersion: apiVersionOf(KubeadmConfig),
      kind: KubeadmConfig.kind,
      name: made.name,
      namespace: kcp.metadata.namespace ?? "",
    },
  });
};

/** An existing Machine as the control plane wants it now: only what may change without a new one. */
export const updatedMachine = (kcp: Kcp, cluster: Stored<Cluster>, existing: Stored<Machine>): Machine => {
  const kept = [
    controlPlaneAnnotations.kubeadmClusterConfiguration,
    controlPlaneAnnotations.remediationFor,
    controlPlaneAnnotations.preTerminateHook,
  ].flatMap((key) => {
    const value = existing.metadata.annotations?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return machine(kcp, cluster, {
    name: existing.metadata.name,
    uid: existing.metadata.uid,
    annotations: { ...machineAnnotations(kcp), ...Object.fromEntries(kept) },
    version: existing.spec.version,
    failureDomain: existing.spec.failureDomain,
    infrastructureRef: existing.spec.infrastructureRef,
    configRef: existing.spec.bootstrap.configRef,
  });
};

const machine = (
  kcp: Kcp,
  cluster: Stored<Cluster>,
  parts: {
    readonly name: string;
    readonly uid?: string;
    readonly annotations: { readonly [key: string]: string };
    readonly version: string | undefined;
    readonly failureDomain: string | undefined;
    readonly infrastructureRef: ObjectReference;
    readonly configRef: ObjectReference | undefined;
  },
): Machine => {
  const { nodeDrainTimeout, nodeDeletionTimeout, nodeVolumeDetachTimeout } = kcp.spec.machineTemplate;
  return {
    apiVersion: apiVersionOf(Machine),
    kind: Machine.kind,
    metadata: {
      name: parts.name,
      namespace: kcp.metadata.namespace ?? "",
      ...given({ uid: parts.uid }),
      labels: machineLabels(kcp, cluster.metadata.name),
      annotations: parts.annotations,
      ownerReferences: [controllerRef(kcp, KubeadmControlPlane)],
    },
    spec: {
      clusterName: cluster.metadata.name,
      bootstrap: { ...given({ configRef: parts.configRef }) },
      infrastructureRef: parts.infrastructureRef,
      ...given({
        version: parts.version,
        failureDomain: parts.failureDomain,
        nodeDrainTimeout,
        nodeDeletionTimeout,
        nodeVolumeDetachTimeout,
      }),
      readinessGates: readinessGates(kcp),
    },
  };
};

/** A control plane Machine is not ready before its static pods are. */
const readinessGates = (kcp: Kcp): NonNullable<Machine["spec"]["readinessGates"]> => {
  const own = healthConditions(isEtcdManaged(kcp)).map((conditionType) => ({ conditionType }));
  const all = [...own, ...(kcp.spec.machineTemplate.readinessGates ?? [])];
  return all.filter((gate, at) => all.findIndex(({ conditionType }) => conditionType === gate.conditionType) === at);
};

export const newKubeadmConfig = (kcp: Kcp, cluster: Stored<Cluster>, name: string, founds: boolean): KubeadmConfig => ({
  apiVersion: apiVersionOf(KubeadmConfig),
  kind: KubeadmConfig.kind,
  metadata: {
    name,
    namespace: kcp.metadata.namespace ?? "",
    labels: machineLabels(kcp, cluster.metadata.name),
    annotations: machineAnnotations(kcp),
    ownerReferences: [ownerRef(kcp, KubeadmControlPlane)],
  },
  spec: kubeadmConfigSpec(kcp, founds),
});

/** The first machine initializes, all others join; both know the ClusterConfiguration. */
export const kubeadmConfigSpec = ({ spec }: Pick<KubeadmControlPlane, "spec">, founds: boolean): KubeadmConfigSpec => {
  const { initConfiguration, joinConfiguration, ...rest } = spec.kubeadmConfigSpec;
  const clusterConfiguration = withLocalMode(rest.clusterConfiguration, spec.version);
  return {
    ...rest,
    ...given({ clusterConfiguration }),
    ...(founds ? given({ initConfiguration }) : given({ joinConfiguration })),
  };
};

/**
 * From 1.31 on a joining kubelet talks to the API server of its own machine: through the load balancer it could reach an older one
 * in the middle of an upgrade.
 */
export const withLocalMode = (
  configuration: KubeadmConfigSpec["clusterConfiguration"],
  version: string,
): KubeadmConfigSpec["clusterConfiguration"] =>
  !atLeast(parseKubernetesVersion(version), 1, 31) || configuration?.featureGates?.[localMode] !== undefined
    ? configuration
    : { ...configuration, featureGates: { ...configuration?.featureGates, [localMode]: true } };

const localMode = "ControlPlaneKubeletLocalMode";

const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
