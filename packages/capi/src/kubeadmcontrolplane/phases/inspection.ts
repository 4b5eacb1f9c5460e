import { act, phase, ready, wait } from "@slipway/runtime";
import { isEtcdManaged, nodeNameOf } from "../controlplane.ts";
import { memberName } from "../inspect/etcd.ts";
import { inspect } from "../inspect/index.ts";
import { withFindings } from "../machinestatus.ts";
import { etcdNodeNames, observeWorkload, type WorkloadObserved } from "../observe.ts";
import type { Effect, Facts, Scope } from "../scope.ts";
import { type Outdated, outdatedBecause } from "../uptodate.ts";

/** Looks at the tenant's cluster. While it cannot be reached nothing is decided about it. */
export const inspection = phase<Scope, WorkloadObserved, Effect, Facts>({
  name: "inspection",
  observe: observeWorkload,
  decide: ({ seen, initialized, readyNodes }, scope) => {
    const seenNow = inspect(scope, seen);
    const outdated: ReadonlyMap<string, readonly Outdated[]> = new Map(
      scope.members.map((member) => [member.machine.metadata.name, outdatedBecause(member, scope)]),
    );
    const facts = {
      inspection: seenNow,
      outdated,
      members: withFindings(scope, seenNow, outdated),
      initialized,
      ...(readyNodes === undefined ? {} : { readyNodes }),
    };
    return seenNow.blind
      ? wait("WaitingForWorkloadConnection", { message: "connection to the workload cluster is down", recheckSeconds: 10, facts })
      : ready(facts);
  },
});

/** Members whose machine is gone (it died, or somebody took its hook away) would count against the quorum for ever. */
export const strayEtcdMembers = phase<Scope, null, Effect, Facts>({
  name: "strayEtcdMembers",
  observe: () => null,
  decide: (_, { kcp }, { inspection: seen, members = [] }) => {
    const listed = seen?.members;
    const etcdWell = seen?.controlPlane.some(({ older }) => older?.type === "EtcdClusterHealthy" && older.status === "True");
    const machines = members.map(({ machine }) => machine);
    if (!isEtcdManaged(kcp) || machines.length === 0 || listed === undefined || etcdWell) return ready();
    const nodeNames = machines.map(nodeNameOf);
    if (nodeNames.includes(undefined)) return ready();
    const strays = listed.filter(({ name }) => name !== "" && !nodeNames.includes(name));
    if (strays.length === 0) return ready();
    return act(
      "RemovingEtcdMembers",
      strays.map(({ id }) => ({ call: "removeMember", memberId: id, nodeNames: etcdNodeNames(machines) }) as const),
      { message: `etcd members without a Machine: ${strays.map(memberName).join(", ")}` },
    );
  },
});
