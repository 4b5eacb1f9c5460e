import { isNotFound, labels, Node } from "@slipway/api";
import { performKube, type ReconcileContext } from "@slipway/runtime";
import { evictPods } from "./drain/evict.ts";
import type { MachineEffect, MachineScope } from "./scope.ts";

/** Does what a phase decided; the answer is what its `afterwards` is given. */
export const performMachineEffect = async (
  effect: MachineEffect,
  scope: MachineScope,
  context: ReconcileContext,
): Promise<unknown> => {
  const { workload } = scope;
  switch (effect.call) {
    case "patchNode":
      if (!workload) throw disconnected();
      await workload.client.patch(Node, { name: effect.name }, { type: "strategic", body: effect.body });
      if (labels.interruptible in (effect.body.metadata.labels ?? {})) {
        context.events.normal(scope.machine, "SuccessfulSetInterruptibleNodeLabel", effect.name);
      }
      return undefined;
    case "evict":
      if (!workload) throw disconnected();
      if (effect.cordon) {
        await workload.client.patch(Node, { name: effect.node }, { type: "merge", body: { spec: { unschedulable: true } } });
      }
      return evictPods(workload.client, context.clock, effect);
    case "deleteNode": {
      const failure = await (workload
        ? workload.client.delete(Node, { name: effect.name }).then(nothing)
        : Promise.resolve(disconnected())
      ).catch((error: unknown) => (isNotFound(error) ? undefined : error));
      if (failure !== undefined) {
        context.log.error("the Node could not be deleted", { node: effect.name, error: failure });
        context.events.warning(scope.machine, "FailedDeleteNode", `error deleting Machine's node: ${messageOf(failure)}`);
      }
      return failure;
    }
    default:
      return performKube(context.client, effect);
  }
};

const nothing = (): unknown => undefined;
const disconnected = (): Error => new Error("connection to the workload cluster is down");
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
