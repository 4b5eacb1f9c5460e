import {
  isNotFound,
  Machine,
  type MachineSet,
  MachineSet as MachineSetKind,
  type ObjectReference,
  refOf,
  type Stored,
} from "@slipway/api";
import { controllerRef, ownerRef, performKube, type ReconcileContext, withOwner, writeChanges } from "@slipway/runtime";
import { cloneFromTemplate, type External, resolveReference } from "../external/index.ts";
import { type CreationFailure, fieldManager, type MachineSetEffect, type MachineSetScope } from "./scope.ts";

/** Why a Machine could not be made, as the `MachinesCreated` condition says it. */
export class MachineCreationError extends Error {
  override readonly name = "MachineCreationError";
  readonly failure: CreationFailure;
  constructor(failure: CreationFailure, cause: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

export const perform = async (effect: MachineSetEffect, { set, context }: MachineSetScope): Promise<void> => {
  const { client, clock } = context;
  switch (effect.call) {
    case "createMachine":
      return createMachine(effect, set, context);
    case "deleteMachine":
      return deleteMachine(effect.machine, set, context);
    case "adoptMachine":
      return adoptMachine(effect.machine, set, context);
    case "applyMachine": {
      const patch = { type: "apply" as const, body: effect.machine };
      await client.patch(Machine, refIn(effect.machine), patch, { fieldManager, force: true });
      return;
    }
    case "writeMachine":
      await writeChanges({
        client,
        clock,
        resource: Machine,
        before: effect.before,
        after: effect.after,
        owned: effect.owned,
      }).catch((error) => {
        if (!isNotFound(error)) throw error;
      });
      return;
    default:
      return performKube(client, effect);
  }
};

type CreateMachine = Extract<MachineSetEffect, { call: "createMachine" }>;

/** CORE-284: what refers comes after what it refers to, and nothing stays behind when the rest fails. */
const createMachine = async (
  { machine, bootstrapTemplate, infrastructureTemplate }: CreateMachine,
  set: Stored<MachineSet>,
  context: ReconcileContext,
): Promise<void> => {
  const made: External[] = [];
  try {
    const bootstrap =
      bootstrapTemplate && (await cloned(bootstrapTemplate, "BootstrapTemplateCloningFailed", machine, set, context));
    if (bootstrap) made.push(bootstrap);
    const infrastructure = await cloned(infrastructureTemplate, "InfrastructureTemplateCloningFailed", machine, set, context);
    made.push(infrastructure);
    const body = {
      ...machine,
      spec: {
        ...machine.spec,
        infrastructureRef: infrastructure.reference,
        bootstrap: { ...machine.spec.bootstrap, ...(bootstrap ? { configRef: bootstrap.reference } : {}) },
      },
    };
    await failingAs("MachineCreationFailed", machine, () =>
      context.client.patch(Machine, refIn(machine), { type: "apply", body }, { fieldManager, force: true }),
    );
  } catch (error) {
    if (error instanceof MachineCreationError && error.failure.reason === "MachineCreationFailed") {
      context.events.warning(set, "FailedCreate", `Failed to create machine: ${error.message}`);
    }
    for (const { resource, reference } of made.reverse()) await remove({ resource, reference }, context);
    throw error;
  }
  context.events.normal(set, "SuccessfulCreate", `Created machine "${machine.metadata.name}"`);
};

const cloned = async (
  template: External,
  reason: CreationFailure["reason"],
  machine: Machine,
  set: Stored<MachineSet>,
  context: ReconcileContext,
): Promise<External> => {
  const { object, resource } = template;
  if (!object) throw new Error(`${resource.kind} "${template.reference.name}" does not exist`);
  const namespace = set.metadata.namespace ?? "";
  const clone = cloneFromTemplate(object, resource, {
    name: machine.metadata.name ?? "",
    namespace,
    clusterName: set.spec.clusterName,
    owner: ownerRef(set, MachineSetKind),
    labels: machine.metadata.labels ?? {},
    annotations: machine.metadata.annotations ?? {},
  });
  const made = await resolveReference(context.caches, {
    apiVersion: clone.apiVersion,
    kind: clone.kind,
    name: clone.metadata.name,
  });
  const stored = await failingAs(reason, machine, () => context.client.create(made, clone));
  const reference: ObjectReference = {
    apiVersion: stored.apiVersion,
    kind: stored.kind,
    namespace,
    name: stored.metadata.name,
    uid: stored.metadata.uid,
  };
  return { reference, resource: made, object: undefined };
};

/** The name differs at every try; a status that said it would be another at every try, and each would bring the next. */
const failingAs = async <T>(reason: CreationFailure["reason"], machine: Machine, create: () => Promise<T>): Promise<T> => {
  try {
    return await create();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new MachineCreationError({ reason, message: message.replaceAll(machine.metadata.name ?? "", "<name>") }, error);
  }
};

/** A leftover that cannot be taken away now has us as an owner, and goes with us at the latest. */
const remove = async (
  { resource, reference }: Pick<External, "resource" | "reference">,
  { client, log }: ReconcileContext,
): Promise<void> => {
  const { namespace = "", name = "" } = reference;
  await client.delete(resource, { namespace, name }).catch((error) => {
    if (!isNotFound(error))
      log.error("could not take away what was made for a Machine that could not be made", {
        kind: resource.kind,
        namespace,
        name,
        error,
      });
  });
};

const deleteMachine = async (
  machine: Stored<Machine>,
  set: Stored<MachineSet>,
  { client, events }: ReconcileContext,
): Promise<void> => {
  const { name, uid } = machine.metadata;
  try {
    await client.delete(Machine, refOf(machine), { preconditions: { uid } });
  } catch (error) {
    if (isNotFound(error)) return;
    events.warning(
      set,
      "FailedDelete",
      `Failed to delete machine "${name}": ${error instanceof Error ? error.message : String(error)}`,
    );
    throw error;
  }
  events.normal(set, "SuccessfulDelete", `Deleted machine "${name}"`);
};

const adoptMachine = async (
  machine: Stored<Machine>,
  set: Stored<MachineSet>,
  { client, events }: ReconcileContext,
): Promise<void> => {
  const { name, resourceVersion, ownerReferences } = machine.metadata;
  const metadata = { resourceVersion, ownerReferences: withOwner(ownerReferences, controllerRef(set, MachineSetKind)) };
  try {
    await client.patch(Machine, refOf(machine), { type: "merge", body: { metadata } });
  } catch (error) {
    events.warning(
      set,
      "FailedAdopt",
      `Failed to adopt Machine "${name}": ${error instanceof Error ? error.message : String(error)}`,
    );
    throw error;
  }
  events.normal(set, "SuccessfulAdopt", `Adopted Machine "${name}"`);
};

const refIn = ({ metadata: { namespace, name = "" } }: Machine) => (namespace === undefined ? { name } : { namespace, name });
