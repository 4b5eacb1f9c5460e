import {
  type Cluster,
  compareVersions,
  groupKind,
  type MachineSet,
  type PreflightCheck,
  parseApiVersion,
  parseVersion,
  skippedPreflightChecks,
  type UnstructuredObject,
  type Version,
} from "@slipway/api";
import { templateOf } from "./scope.ts";

interface Checked {
  readonly set: MachineSet;
  readonly cluster: Cluster;
  readonly controlPlane: UnstructuredObject;
  readonly version: string;
  readonly controlPlaneVersion: Version;
}

/**
 * Why this is no time for a new Machine: the control plane is about to change, or its version and the Machine's would not go
 * together. Empty: go ahead. CORE-306…310
 */
export const preflightErrors = (
  set: MachineSet,
  cluster: Cluster,
  controlPlane: UnstructuredObject | undefined,
): readonly string[] => {
  const skipped = skippedPreflightChecks(set);
  const version = textAt(controlPlane?.spec, "version");
  if (skipped.includes("All") || !controlPlane || version === undefined) return [];
  const checked = { set, cluster, controlPlane, version, controlPlaneVersion: versionOf(version, nameOf(controlPlane)) };
  const checks: readonly (readonly [PreflightCheck, (checked: Checked) => string | undefined])[] = [
    ["ControlPlaneIsStable", controlPlaneIsStable],
    ["KubernetesVersionSkew", kubernetesVersionSkew],
    ["KubeadmVersionSkew", kubeadmVersionSkew],
    ["ControlPlaneVersionSkew", controlPlaneVersionSkew],
  ];
  return checks.flatMap(([name, check]) => {
    const error = skipped.includes(name) ? undefined : check(checked);
    return error === undefined ? [] : [`${error} ("${name}" preflight check failed)`];
  });
};

const controlPlaneIsStable = ({ cluster, controlPlane, version, controlPlaneVersion }: Checked): string | undefined => {
  const topologyVersion = cluster.spec.topology?.version;
  const name = nameOf(controlPlane);
  if (topologyVersion !== undefined && topologyVersion !== version)
    return `${name} has a pending version upgrade to ${topologyVersion}`;
  const running = textAt(controlPlane.status, "version");
  if (!running) return `${name} is provisioning`;
  return compareVersions(controlPlaneVersion, versionOf(running, name)) > 0 ? `${name} is upgrading` : undefined;
};

const kubernetesVersionSkew = ({ set, controlPlaneVersion }: Checked): string | undefined => {
  const version = setVersion(set);
  if (!version) return undefined;
  const both = `MachineSet version (${text(version)}) and ControlPlane version (${text(controlPlaneVersion)}) do not conform to the kubernetes version skew policy as MachineSet version is`;
  if (version.minor > controlPlaneVersion.minor) return `${both} higher than ControlPlane version`;
  const allowed = compareVersions(controlPlaneVersion, { major: 1, minor: 28, patch: 0 }) < 0 ? 2 : 3;
  return version.minor < controlPlaneVersion.minor - allowed
    ? `${both} more than ${allowed} minor versions older than the ControlPlane version`
    : undefined;
};

const kubeadmVersionSkew = ({ set, controlPlaneVersion }: Checked): string | undefined => {
  const version = setVersion(set);
  const reference = templateOf(set).spec.bootstrap.configRef;
  if (!version || !reference) return undefined;
  const { group } = parseApiVersion(reference.apiVersion ?? "");
  const isKubeadm = groupKind({ group, kind: reference.kind ?? "" }) === "KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io";
  return isKubeadm && version.minor !== controlPlaneVersion.minor
    ? `MachineSet version (${text(version)}) and ControlPlane version (${text(controlPlaneVersion)}) do not conform to kubeadm version skew policy as kubeadm only supports joining with the same major+minor version as the control plane`
    : undefined;
};

const controlPlaneVersionSkew = ({ set, cluster, version }: Checked): string | undefined => {
  const ours = templateOf(set).spec.version;
  return cluster.spec.topology && ours !== undefined && ours !== version
    ? `MachineSet version (${ours}) is not yet the same as the ControlPlane version (${version}), waiting for version to be propagated to the MachineSet`
    : undefined;
};

const setVersion = (set: MachineSet): Version | undefined => {
  const { version } = templateOf(set).spec;
  return version === undefined ? undefined : versionOf(version, `MachineSet ${set.metadata.name}`);
};

const versionOf = (version: string, owner: string): Version => {
  const parsed = parseVersion(version, { vOptional: true });
  if (parsed) return parsed;
  throw new Error(`${owner} has version ${JSON.stringify(version)}, which is no Kubernetes version such as v1.33.1`);
};

const text = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`;

const nameOf = ({ kind, metadata }: UnstructuredObject): string => `${kind} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

const textAt = (part: UnstructuredObject["spec"], field: string): string | undefined => {
  const value = part?.[field];
  return typeof value === "string" ? value : undefined;
};
