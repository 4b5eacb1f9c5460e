import { annotations, type ClusterClass, type MachineDeploymentTopology, type Topology } from "@slipway/api";
import { compareWithBuilds } from "@slipway/api/topology/index.ts";
import semver from "semver";

/** Who may run the topology's version now: the control plane first, then the workers, so many at a time. */

export interface VersionFacts {
  readonly topology: Topology;
  readonly concurrency: number;
  /** Undefined: it is about to be made. */
  readonly controlPlane: { readonly version: string; readonly running: string | undefined } | undefined;
  /** By their names in the topology. */
  readonly deployments: ReadonlyMap<string, { readonly version: string; readonly upgrading: boolean }>;
}

export interface Versions {
  readonly controlPlane: string;
  /** It waits for workers, or for what it does already. */
  readonly controlPlanePending: boolean;
  readonly controlPlaneProvisioning: boolean;
  readonly controlPlaneUpgrading: boolean;
  readonly deployments: ReadonlyMap<string, string>;
  /** Not to be made yet. */
  readonly pendingCreate: readonly string[];
  /** Not to be changed yet. */
  readonly pendingUpgrade: readonly string[];
  readonly deferred: readonly string[];
  readonly upgrading: readonly string[];
}

export const versionsOf = ({ topology, concurrency, controlPlane, deployments }: VersionFacts): Versions => {
  const wanted = topology.version;
  const upgrading = [...deployments].filter(([, { upgrading: moves }]) => moves).map(([name]) => name);
  const provisioning = controlPlane !== undefined && !controlPlane.running;
  const moving = controlPlane !== undefined && !provisioning && isNewer(controlPlane.version, controlPlane.running ?? "");
  const behind = controlPlane !== undefined && controlPlane.version !== wanted;
  const starts = behind && !provisioning && !moving && upgrading.length === 0;
  const version = controlPlane === undefined || starts ? wanted : controlPlane.version;
  const pending = behind && !starts;
  const stable = !provisioning && !moving && !starts && !pending;

  const versions = new Map<string, string>();
  const [pendingCreate, pendingUpgrade, deferred]: [string[], string[], string[]] = [[], [], []];
  let busy = upgrading.length;
  let held = false;
  for (const deployment of topology.workers?.machineDeployments ?? []) {
    const { name } = deployment;
    const current = deployments.get(name);
    held ||= has(deployment, annotations.topologyHoldUpgradeSequence);
    if (current === undefined) {
      versions.set(name, wanted);
      if (!stable) pendingCreate.push(name);
      continue;
    }
    if (current.version === wanted) {
      versions.set(name, wanted);
      continue;
    }
    const isDeferred = held || has(deployment, annotations.topologyDeferUpgrade);
    if (isDeferred) deferred.push(name);
    if (isDeferred || busy >= concurrency || !stable) {
      pendingUpgrade.push(name);
      versions.set(name, current.version);
      continue;
    }
    busy += current.upgrading ? 0 : 1;
    upgrading.push(name);
    versions.set(name, wanted);
  }
  return {
    controlPlane: version,
    controlPlanePending: pending,
    controlPlaneProvisioning: provisioning,
    controlPlaneUpgrading: moving,
    deployments: versions,
    pendingCreate,
    pendingUpgrade,
    deferred,
    upgrading: [...new Set(upgrading)],
  };
};

const has = ({ metadata }: MachineDeploymentTopology, annotation: string): boolean =>
  Object.hasOwn(metadata?.annotations ?? {}, annotation);

/** Build metadata counts: another build of the same version is an upgrade too. */
const isNewer = (left: string, right: string): boolean => {
  const [a, b] = [semver.parse(left), semver.parse(right)];
  if (a === null || b === null) return left !== right;
  const order = compareWithBuilds(a, b);
  return order === "greater" || order === "different";
};

export const concurrencyOf = (annotation: string | undefined): number => {
  const number = Number(annotation ?? "1");
  return Number.isInteger(number) && number >= 1 ? number : 1;
};

export type WorkerClass = NonNullable<NonNullable<ClusterClass["spec"]["workers"]>["machineDeployments"]>[number];
