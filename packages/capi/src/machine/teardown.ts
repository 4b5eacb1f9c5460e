import { annotations, type Machine, refOf, type Stored, type UnstructuredObject } from "@slipway/api";
import { act, isFalse, isTrue, phase, ready, type Settled, wait } from "@slipway/runtime";
import { isControlPlaneMachine } from "../cluster/scope.ts";
import { type External, isExternallyManaged, resolveReference } from "../external/index.ts";
import { durationMilliseconds } from "../kubeadmconfig/goduration.ts";
import { lookUp } from "./node.ts";
import { isDeleting, type MachineEffect, type MachineFacts, type MachineScope, providerIdOf } from "./scope.ts";

interface NodeCare {
  readonly nodeRef: MachineFacts["nodeRef"];
  readonly controlPlane: Stored<UnstructuredObject> | undefined;
  readonly activeControlPlaneMachines: number;
}

/**
 * Whether the Node is to be cared for: drained and taken out of the cluster. Not when the cluster goes as a whole, or when nobody
 * is left to answer. CORE-233, CORE-234, TRAP-08
 */
export const nodeDeletionAllowed = phase<MachineScope, NodeCare, MachineEffect, MachineFacts>({
  name: "nodeDeletionAllowed",
  observe: async (scope, facts) => ({
    nodeRef: scope.machine.status?.nodeRef ?? lateNodeRef(scope, facts),
    controlPlane: await controlPlaneOf(scope),
    activeControlPlaneMachines: scope
      .clusterMachines()
      .filter((machine) => !isDeleting(machine) && isControlPlaneMachine(machine)).length,
  }),
  decide: ({ nodeRef, controlPlane, activeControlPlaneMachines }, { cluster }) => {
    const facts = { nodeRef, nodeDeletionAllowed: true };
    const skipped = { ...facts, nodeDeletionAllowed: false };
    if (cluster.metadata.deletionTimestamp !== undefined || nodeRef === undefined) return ready(skipped);
    if (controlPlane?.metadata.deletionTimestamp !== undefined) return ready(skipped);
    if (controlPlane && isExternallyManaged(controlPlane)) return ready(facts);
    return ready(activeControlPlaneMachines > 0 ? facts : skipped);
  },
});

/** The Machine may be deleted before it ever knew its Node. */
const lateNodeRef = (scope: MachineScope, facts: Partial<MachineFacts>): MachineFacts["nodeRef"] => {
  const found = lookUp(scope, providerIdOf(scope.machine, facts));
  return found.state === "found" ? nodeRefTo(found.node.metadata) : undefined;
};

export const nodeRefTo = ({ name, uid }: { readonly name: string; readonly uid: string }): MachineFacts["nodeRef"] => ({
  apiVersion: "v1",
  kind: "Node",
  name,
  uid,
});

const controlPlaneOf = async ({ cluster, context }: MachineScope): Promise<Stored<UnstructuredObject> | undefined> => {
  const reference = cluster.spec.controlPlaneRef;
  if (!reference) return undefined;
  const resource = await resolveReference(context.caches, reference);
  await context.caches.synced(resource);
  return context.caches.find(resource, { namespace: cluster.metadata.namespace ?? "", name: reference.name ?? "" });
};

const hooksOf = (machine: Machine, prefix: string): readonly string[] =>
  Object.keys(machine.metadata.annotations ?? {})
    .filter((key) => key.startsWith(prefix))
    .sort();

/** Somebody wants to do something before the Node is emptied. CORE-237 */
export const preDrainHooks = phase<MachineScope, readonly string[] | undefined, MachineEffect, MachineFacts>({
  name: "preDrainHooks",
  observe: ({ machine }, facts) => (facts.nodeDeletionAllowed ? hooksOf(machine, annotations.preDrainDeleteHook) : undefined),
  decide: (hooks) => {
    if (hooks === undefined) return ready();
    const type = "PreDrainDeleteHookSucceeded";
    if (hooks.length === 0) return ready({ preDrainHooks: isTrue(type) });
    return wait("WaitingForPreDrainHook", {
      message: `Waiting for pre-drain hooks to succeed (hooks: ${hooks.join(",")})`,
      facts: { preDrainHooks: isFalse(type, "WaitingExternalHook", "Info") },
    });
  },
});

/** Somebody wants to do something before the server goes, whether its Node is cared for or not. CORE-236 */
export const preTerminateHooks = phase<MachineScope, readonly string[], MachineEffect, MachineFacts>({
  name: "preTerminateHooks",
  observe: ({ machine }) => hooksOf(machine, annotations.preTerminateDeleteHook),
  decide: (hooks) => {
    const type = "PreTerminateDeleteHookSucceeded";
    if (hooks.length === 0) return ready({ preTerminateHooks: isTrue(type) });
    return wait("WaitingForPreTerminateHook", {
      message: `Waiting for pre-terminate hooks to succeed (hooks: ${hooks.join(",")})`,
      facts: { preTerminateHooks: isFalse(type, "WaitingExternalHook", "Info") },
    });
  },
});

/** CORE-245 */
export const infrastructureGone = phase<MachineScope, External | undefined, MachineEffect, MachineFacts>({
  name: "infrastructureGone",
  observe: (_scope, facts) => facts.infrastructure,
  decide: (external) => gone(external, "WaitingForInfrastructureDeletion"),
});

export const bootstrapGone = phase<MachineScope, External | undefined | "none", MachineEffect, MachineFacts>({
  name: "bootstrapGone",
  observe: ({ machine }, facts) => (machine.spec.bootstrap.configRef === undefined ? "none" : facts.bootstrap),
  decide: (external) => (external === "none" ? ready() : gone(external, "WaitingForBootstrapDeletion")),
});

const gone = (external: External | undefined, reason: string) => {
  // Its lookup failed, and says so where it happened.
  if (!external) return wait("InternalError", { message: "Please check controller logs for errors" });
  const { object, resource } = external;
  if (!object) return ready();
  const message = `Waiting for ${resource.kind} to be deleted`;
  if (object.metadata.deletionTimestamp !== undefined) return wait(reason, { message });
  return act<MachineEffect, MachineFacts>(reason, { call: "delete", resource, ref: refOf(object) }, { message });
};

type NodeGone =
  | { readonly state: "not ours" | "gone" }
  | { readonly state: "there"; readonly name: string; readonly late: boolean };

/** Last, because only now nothing can make it a Node again. CORE-246 */
export const nodeGone = phase<MachineScope, NodeGone, MachineEffect, MachineFacts>({
  name: "nodeGone",
  observe: ({ machine, workload, now }, facts) => {
    const name = (machine.status?.nodeRef ?? facts.nodeRef)?.name;
    if (!facts.nodeDeletionAllowed || name === undefined) return { state: "not ours" };
    if (workload && !workload.node(name)) return { state: "gone" };
    return { state: "there", name, late: nodeDeletionIsOver(machine, now) };
  },
  decide: (observed) => {
    if (observed.state !== "there") return ready();
    const { name, late } = observed;
    return act<MachineEffect, MachineFacts>(
      "DeletingNode",
      { call: "deleteNode", name },
      { afterwards: ([failure]) => afterNodeDeletion(failure, late) },
    );
  },
});

const nodeDeletionRecheckSeconds = 2;

const afterNodeDeletion = (failure: unknown, late: boolean): Settled<MachineFacts> => {
  if (failure === undefined) return ready();
  const facts = { nodeDeletion: isFalse("NodeHealthy", "DeletionFailed", "Warning") };
  if (late) return ready(facts);
  return wait("DeletingNode", {
    message: "Error deleting Node, please check controller logs for errors",
    recheckSeconds: nodeDeletionRecheckSeconds,
    facts,
  });
};

/** None and zero mean: try forever. */
const nodeDeletionIsOver = ({ metadata, spec }: Machine, now: Date): boolean => {
  const timeout = spec.nodeDeletionTimeout === undefined ? 0 : durationMilliseconds(spec.nodeDeletionTimeout);
  return timeout > 0 && now.getTime() >= Date.parse(metadata.deletionTimestamp ?? "") + timeout;
};
