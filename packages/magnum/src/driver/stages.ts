import type { MagnumCluster, MagnumClusterStatus, Stored } from "@slipway/api";
import type { StageName } from "@slipway/api/magnum/live.ts";
import type { Observed } from "./observed.ts";
import { groupDone } from "./progress.ts";

type Stages = NonNullable<MagnumClusterStatus["stages"]>;

/**
 * Which stages of a cluster's creation are over, and since when. Written once each, the first time they are seen done: conditions move
 * again with every later change, but how a cluster came up is history.
 */
export const stagesOver = (record: Stored<MagnumCluster>, observed: Observed, now: Date): Stages | undefined => {
  const known = record.status?.stages ?? [];
  if (record.metadata.deletionTimestamp !== undefined || known.length === tests.length) return nonEmpty(known);
  const over = tests.flatMap(([name, isOver]): Stages => {
    const before = known.find((stage) => stage.name === name);
    if (before !== undefined) return [before];
    return isOver(record, observed) ? [{ name, finishedAt: now.toISOString() }] : [];
  });
  return nonEmpty(over);
};

const nonEmpty = (stages: Stages): Stages | undefined => (stages.length === 0 ? undefined : stages);

const isControlPlane = ({ metadata }: Observed["machines"][number]): boolean =>
  "cluster.x-k8s.io/control-plane" in (metadata.labels ?? {});

const tests: readonly (readonly [StageName, (record: Stored<MagnumCluster>, observed: Observed) => boolean])[] = [
  ["network", (_, { infrastructure }) => (infrastructure?.status?.network?.subnets?.length ?? 0) > 0],
  ["loadBalancer", (_, { cluster }) => cluster?.status?.infrastructureReady === true],
  [
    "firstControlPlaneNode",
    (_, { machines }) => machines.some((machine) => isControlPlane(machine) && machine.status?.nodeRef !== undefined),
  ],
  [
    "apiReachable",
    (_, { cluster }) =>
      cluster?.status?.conditions?.some(({ type, status }) => type === "ControlPlaneInitialized" && status === "True") ?? false,
  ],
  ["controlPlane", (record, observed) => groupsDone(record, observed, true)],
  ["workers", (record, observed) => groupsDone(record, observed, false)],
];

/** Workers without machines have nothing to wait for, but the control plane. */
const groupsDone = (record: Stored<MagnumCluster>, observed: Observed, masters: boolean): boolean =>
  record.spec.nodeGroups
    .filter(({ role }) => (role === "master") === masters)
    .every((group) => groupDone(group, record, observed)) &&
  (masters || groupsDone(record, observed, true));
