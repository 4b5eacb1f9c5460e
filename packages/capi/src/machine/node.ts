import { act, phase, ready, wait } from "@slipway/runtime";
import { isInterruptible } from "../external/index.ts";
import { isOutdated, type NodePatch, nodeIntent, nodePatch } from "./nodesync.ts";
import { isDeleting, type MachineEffect, type MachineFacts, type MachineScope, type NodeLookup, providerIdOf } from "./scope.ts";

interface Observed {
  readonly lookup: NodeLookup;
  /** What differs on the Node. */
  readonly patch: NodePatch | undefined;
}

/** The Node that the server became: found by provider id, told what the Machine knows. CORE-220…229 */
export const node = phase<MachineScope, Observed, MachineEffect, MachineFacts>({
  name: "node",
  independent: true,
  observe: (scope, facts) => {
    const lookup = lookUp(scope, providerIdOf(scope.machine, facts));
    if (lookup.state !== "found") return { lookup, patch: undefined };
    const { machine, context, syncLabels, syncAnnotations } = scope;
    const infrastructure = facts.infrastructure?.object;
    const intent = nodeIntent(machine, {
      interruptible: infrastructure !== undefined && isInterruptible(infrastructure),
      outdated: isOutdated(machine, context.caches),
      syncLabels,
      syncAnnotations,
    });
    return { lookup, patch: nodePatch(lookup.node, intent) };
  },
  decide: ({ lookup, patch }, { machine }) => {
    const facts = { node: lookup };
    switch (lookup.state) {
      case "no provider id":
        return wait("WaitingForNodeRef", { facts });
      case "disconnected":
        return wait("ConnectionDown", { message: "connection to the workload cluster is down", facts });
      case "ambiguous":
        return wait("NodeInspectionFailed", { message: lookup.message, facts });
      case "missing":
        // Its Node is watched: when it comes, or comes back, we hear of it.
        return isDeleting(machine)
          ? ready(facts)
          : wait(machine.status?.nodeRef ? "NodeNotFound" : "NodeProvisioning", { facts });
      case "found":
        return patch
          ? act("SyncingNode", { call: "patchNode", name: lookup.node.metadata.name, body: patch }, { facts })
          : ready(facts);
    }
  },
});

/** Exactly the same id, by index. CORE-220 */
export const lookUp = ({ workload }: Pick<MachineScope, "workload">, providerId: string | undefined): NodeLookup => {
  if (providerId === undefined) return { state: "no provider id" };
  if (!workload) return { state: "disconnected" };
  const [found, ...others] = workload.nodesByProviderId(providerId);
  if (!found) return { state: "missing" };
  if (others.length > 0) {
    return { state: "ambiguous", message: `unexpectedly found more than one Node matching the providerID ${providerId}` };
  }
  return { state: "found", node: found };
};
