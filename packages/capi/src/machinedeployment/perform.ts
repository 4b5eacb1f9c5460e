import {
  isNotFound,
  MachineDeployment as MachineDeploymentKind,
  type MachineSet,
  MachineSet as MachineSetKind,
  refKey,
  refOf,
  type Stored,
} from "@slipway/api";
import { controllerRef, performKube, withOwner } from "@slipway/runtime";
import { fieldManager, type MachineDeploymentEffect, type MachineDeploymentScope } from "./scope.ts";

export const perform = async (
  effect: MachineDeploymentEffect,
  { deployment, context }: MachineDeploymentScope,
): Promise<void> => {
  const { client, events } = context;
  /** An event of what was done, or of why it could not be. */
  const told = async (
    failed: string,
    failing: string,
    write: () => Promise<unknown>,
    done?: readonly [string, string],
  ): Promise<void> => {
    try {
      await write();
    } catch (error) {
      events.warning(deployment, failed, `${failing}: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
    if (done) events.normal(deployment, ...done);
  };
  const apply = (set: MachineSet) =>
    client.patch(MachineSetKind, refOf(set), { type: "apply", body: set }, { fieldManager, force: true });

  switch (effect.call) {
    case "createSet": {
      const name = refKey(refOf(effect.set));
      context.log.info("MachineSet is needed", { machineSet: name, reason: effect.reason });
      return told("FailedCreate", `Failed to create MachineSet ${name}`, () => apply(effect.set), [
        "SuccessfulCreate",
        `Created MachineSet ${name}`,
      ]);
    }
    case "applySet":
      return told("FailedUpdate", `Failed to update MachineSet ${refKey(refOf(effect.set))}`, () => apply(effect.set));
    case "scaleSet": {
      const { set, scale, annotations } = effect;
      const name = refKey(refOf(set));
      const body = { metadata: { annotations }, spec: { replicas: scale.to } };
      return told(
        "FailedScale",
        `Failed to scale MachineSet ${name}`,
        () => client.patch(MachineSetKind, refOf(set), { type: "merge", body }),
        ["SuccessfulScale", `Scaled MachineSet ${name}: ${scale.from} -> ${scale.to}`],
      );
    }
    case "adoptSet": {
      const { name, resourceVersion, ownerReferences } = effect.set.metadata;
      const metadata = {
        resourceVersion,
        ownerReferences: withOwner(ownerReferences, controllerRef(deployment, MachineDeploymentKind)),
      };
      return told(
        "FailedAdopt",
        `Failed to adopt MachineSet "${name}"`,
        () => client.patch(MachineSetKind, refOf(effect.set), { type: "merge", body: { metadata } }),
        ["SuccessfulAdopt", `Adopted MachineSet "${name}"`],
      );
    }
    case "deleteSet": {
      const { set, because } = effect;
      if (because === "deletion") return remove(set, client);
      const name = refKey(refOf(set));
      return told("FailedDelete", `Failed to delete MachineSet ${name}`, () => remove(set, client), [
        "SuccessfulDelete",
        `Deleted MachineSet ${name}`,
      ]);
    }
    default:
      return performKube(client, effect);
  }
};

const remove = async (set: Stored<MachineSet>, client: MachineDeploymentScope["context"]["client"]): Promise<void> => {
  await client.delete(MachineSetKind, refOf(set), { preconditions: { uid: set.metadata.uid } }).catch((error) => {
    if (!isNotFound(error)) throw error;
  });
};
