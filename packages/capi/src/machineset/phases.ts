import {
  annotations,
  labels,
  type Machine,
  Machine as MachineKind,
  MachineSet,
  type ObjectReference,
  type Resource,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import { act, controllerOf, type Decision, phase, ready, toRef, type Watch, wait } from "@slipway/runtime";
import { type External, resolveReference } from "../external/index.ts";
import { machinesToDelete } from "./deletepriority.ts";
import { newMachine, newMachineName } from "./desired.ts";
import { isDeleting } from "./health.ts";
import { preflightErrors } from "./preflight.ts";
import {
  type MachineSetEffect,
  type MachineSetFacts,
  type MachineSetScope,
  machinesOf,
  replicasOf,
  templateOf,
} from "./scope.ts";
import { findExternal, isTemplate, missingTemplates, readTemplate, templateOwnership } from "./templates.ts";

export const machineSetControllerName = "machineset";
type MachineSetDecision = Decision<MachineSetEffect, MachineSetFacts>;

interface Templates {
  readonly infrastructureTemplate: External | undefined;
  readonly bootstrapTemplate: External | undefined;
}

/** Both templates are there and belong to the Cluster. An old revision does not need them any more. CORE-275 */
export const templates = phase<MachineSetScope, Templates, MachineSetEffect, MachineSetFacts>({
  name: "templates",
  independent: true,
  observe: async ({ set, context }) => {
    const { spec } = templateOf(set);
    const referrer = { resource: MachineSet, namespace: set.metadata.namespace, controller: machineSetControllerName };
    return {
      infrastructureTemplate: await readTemplate(context, spec.infrastructureRef, referrer),
      bootstrapTemplate: await readTemplate(context, spec.bootstrap.configRef, referrer),
    };
  },
  decide: ({ infrastructureTemplate, bootstrapTemplate }, { set, cluster, deployment }): MachineSetDecision => {
    const found = [infrastructureTemplate, bootstrapTemplate];
    const facts = { ...(infrastructureTemplate && { infrastructureTemplate }), ...(bootstrapTemplate && { bootstrapTemplate }) };
    const effects = found.flatMap((template) => templateOwnership(template, cluster) ?? []);
    if (effects.length > 0) return act("TemplatesAdopted", effects, { facts });
    const missing = missingTemplates([bootstrapTemplate, infrastructureTemplate]);
    const needed = set.metadata.deletionTimestamp === undefined && (!deployment || isCurrent(set, deployment));
    return missing !== "" && needed ? wait("WaitingForTemplates", { message: missing, facts }) : ready(facts);
  },
});

const revisionOf = ({ metadata }: Pick<MachineSet, "metadata">): string | undefined =>
  metadata.annotations?.[annotations.revision];

/** Of the revision that its deployment wants. */
export const isCurrent = (set: Pick<MachineSet, "metadata">, deployment: Pick<MachineSet, "metadata">): boolean =>
  revisionOf(set) === revisionOf(deployment);

/** Selected Machines that nobody controls become ours. CORE-276 */
export const adoptMachines = phase<MachineSetScope, readonly Stored<Machine>[], MachineSetEffect, MachineSetFacts>({
  name: "adoptMachines",
  observe: machinesOf,
  decide: (machines): MachineSetDecision => {
    const orphans = machines.filter((machine) => controllerOf(machine) === undefined && !isDeleting(machine));
    if (orphans.length === 0) return ready();
    return act(
      "MachinesAdopted",
      orphans.map((machine) => ({ call: "adoptMachine", machine })),
    );
  },
});

/**
 * What was made for a Machine that was never made, because the program ended between the two. One pass at a time makes Machines, so
 * whatever is ours and has no Machine of its name now will never have one.
 */
export const leftovers = phase<MachineSetScope, readonly Leftover[], MachineSetEffect, MachineSetFacts>({
  name: "leftovers",
  independent: true,
  observe: async (scope) => {
    const { spec } = templateOf(scope.set);
    const found = await Promise.all(
      [spec.infrastructureRef, spec.bootstrap.configRef].map((reference) => clonesOf(reference, scope)),
    );
    return found.flat();
  },
  decide: (clones): MachineSetDecision => {
    const effects = clones
      .filter(({ object }) => object.metadata.deletionTimestamp === undefined)
      .map(({ resource, object }) => {
        const { uid } = object.metadata;
        return { call: "delete" as const, resource, ref: toRef(object), preconditions: { uid } };
      });
    return effects.length === 0 ? ready() : act("LeftoversDeleted", effects);
  },
});

interface Leftover {
  readonly resource: Resource<UnstructuredObject>;
  readonly object: Stored<UnstructuredObject>;
}

/** Clones that no Machine controls, and of whose name there is none. */
const clonesOf = async (
  reference: ObjectReference | undefined,
  { set, context }: MachineSetScope,
): Promise<readonly Leftover[]> => {
  if (!reference || !isTemplate(reference)) return [];
  const kind = (reference.kind ?? "").replace(/Template$/, "");
  const resource = await resolveReference(context.caches, { ...reference, kind });
  await context.caches.synced(resource);
  return context.caches
    .ownedBy(resource, set.metadata.uid)
    .filter((object) => controllerOf(object) === undefined && context.caches.find(MachineKind, toRef(object)) === undefined)
    .map((object) => ({ resource, object }));
};

interface Scaling {
  readonly machines: readonly Stored<Machine>[];
  /** Why none may be made now; only asked for when some are to be made. */
  readonly preflightErrors: readonly string[];
  /** As many as might be needed: chance is observed, not decided. */
  readonly names: readonly string[];
}

/** As many Machines as wanted. CORE-284…289, CORE-306 */
export const replicas = phase<MachineSetScope, Scaling, MachineSetEffect, MachineSetFacts>({
  name: "replicas",
  independent: true,
  observe: async (scope) => {
    const machines = machinesOf(scope);
    const missing = Math.max(replicasOf(scope.set) - machines.length, 0);
    return {
      machines,
      preflightErrors: missing > 0 ? await preflight(scope) : [],
      names: Array.from({ length: missing }, () => newMachineName(scope.set, scope.random)),
    };
  },
  decide: (observed, scope, facts) => {
    const surplus = observed.machines.length - replicasOf(scope.set);
    if (surplus > 0) return scaleDown(observed.machines, surplus, scope);
    return surplus < 0 ? scaleUp(observed, scope, facts) : ready();
  },
});

const preflightRecheckSeconds = 15;

const scaleUp = (
  { preflightErrors, names }: Scaling,
  { set }: MachineSetScope,
  { infrastructureTemplate, bootstrapTemplate }: Readonly<Partial<MachineSetFacts>>,
): MachineSetDecision => {
  if (set.metadata.annotations?.[annotations.disableMachineCreate] !== undefined) return ready();
  if (preflightErrors.length > 0) {
    return wait("PreflightCheckFailed", {
      message: preflightErrors.join("; "),
      recheckSeconds: preflightRecheckSeconds,
      facts: { preflightErrors },
    });
  }
  if (bootstrapTemplate && !bootstrapTemplate.object) return cannotClone("BootstrapTemplateCloningFailed", bootstrapTemplate);
  if (!infrastructureTemplate) return ready(); // the phase that reads it has failed and says why
  if (!infrastructureTemplate.object) return cannotClone("InfrastructureTemplateCloningFailed", infrastructureTemplate);
  return act(
    "ScalingUp",
    names.map((name) => ({ call: "createMachine", machine: newMachine(set, name), bootstrapTemplate, infrastructureTemplate })),
  );
};

const cannotClone = (
  reason: "BootstrapTemplateCloningFailed" | "InfrastructureTemplateCloningFailed",
  { resource, reference }: External,
): MachineSetDecision => {
  const message = `${resource.kind} "${reference.name ?? ""}" does not exist`;
  return wait(reason, { message, facts: { creationFailure: { reason, message } } });
};

const scaleDown = (machines: readonly Stored<Machine>[], surplus: number, { set, now }: MachineSetScope): MachineSetDecision => {
  const chosen = machinesToDelete(machines, surplus, set.spec.deletePolicy, now).filter((machine) => !isDeleting(machine));
  if (chosen.length === 0) return wait("ScalingDown", { message: `waiting for ${surplus} Machines to go` });
  return act(
    "ScalingDown",
    chosen.map((machine) => ({ call: "deleteMachine", machine })),
  );
};

export const preflight = async (scope: MachineSetScope): Promise<readonly string[]> =>
  preflightErrors(scope.set, scope.cluster, await controlPlaneOf(scope));

const controlPlaneOf = async ({ set, cluster, context }: MachineSetScope): Promise<UnstructuredObject | undefined> => {
  const reference = cluster.spec.controlPlaneRef;
  if (!reference) return undefined;
  const { object, resource } = await findExternal(context, reference, set.metadata.namespace);
  await context.caches.ensure(wokenByControlPlane(resource), machineSetControllerName);
  if (object) return object;
  throw new Error(
    `${reference.kind} ${reference.name} of Cluster ${cluster.metadata.name} does not exist: no Machine can be made without it`,
  );
};

/** Checks that failed for the control plane's version are made again when that moves, not some seconds later. */
const wokenByControlPlane = (resource: Resource<UnstructuredObject>): Watch<UnstructuredObject> => ({
  resource,
  map: ({ metadata }, caches) => {
    const cluster = metadata.labels?.[labels.clusterName];
    if (cluster === undefined) return [];
    return caches.list(MachineSet, { namespace: metadata.namespace ?? "", labels: { [labels.clusterName]: cluster } }).map(toRef);
  },
  changed: (now, old) => now.spec?.["version"] !== old?.spec?.["version"] || now.status?.["version"] !== old?.status?.["version"],
});

/** What there is when all is done. */
export const count = phase<MachineSetScope, readonly Stored<Machine>[], MachineSetEffect, MachineSetFacts>({
  name: "count",
  independent: true,
  observe: machinesOf,
  decide: (machines) => ready({ machines }),
});

/** The MachineSet goes when its last Machine is gone. CORE-291 */
export const deleteMachines = phase<MachineSetScope, readonly Stored<Machine>[], MachineSetEffect, MachineSetFacts>({
  name: "deleteMachines",
  observe: machinesOf,
  decide: (machines): MachineSetDecision => {
    const staying = machines.filter((machine) => !isDeleting(machine));
    if (staying.length > 0)
      return act(
        "DeletingMachines",
        staying.map((machine) => ({ call: "deleteMachine", machine })),
      );
    return machines.length > 0 ? wait("DeletingMachines", { message: `waiting for ${machines.length} Machines to go` }) : ready();
  },
});
