import {
  annotations,
  labels,
  type Machine,
  type MachineDeployment,
  MachineDeployment as MachineDeploymentKind,
  MachineSet,
  randomSuffix,
  refOf,
  type Stored,
} from "@slipway/api";
import { act, controllerOf, type Decision, phase, ready, wait } from "@slipway/runtime";
import type { External } from "../external/index.ts";
import { isApplied } from "../machineset/applied.ts";
import { isDeleting } from "../machineset/health.ts";
import { machinesOf as machinesOfSet, replicasOf, templateOf } from "../machineset/scope.ts";
import { missingTemplates, readTemplate, templateOwnership } from "../machineset/templates.ts";
import { newMachineSet, updatedMachineSet } from "./desired.ts";
import { sortSets } from "./find.ts";
import { replicasAnnotations } from "./revision.ts";
import { byAge, newSetReplicas, type Scale, type Sized, scaleOldSets, scaleOldSetsOnDelete, scalePaused } from "./rollout.ts";
import {
  fieldManager,
  isNamed,
  type MachineDeploymentEffect,
  type MachineDeploymentFacts,
  type MachineDeploymentScope,
  machinesOf,
  setsOf,
} from "./scope.ts";
import { fencepostsOf, isRollingUpdate } from "./strategy.ts";

export const machineDeploymentControllerName = "machinedeployment";
type MachineDeploymentDecision = Decision<MachineDeploymentEffect, MachineDeploymentFacts>;
type Sets = readonly Stored<MachineSet>[];

interface Templates {
  readonly infrastructureTemplate: External | undefined;
  readonly bootstrapTemplate: External | undefined;
}

/** CORE-316 */
export const templates = phase<MachineDeploymentScope, Templates, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "templates",
  independent: true,
  observe: async ({ deployment, context }) => {
    const { spec } = templateOf(deployment);
    const referrer = {
      resource: MachineDeploymentKind,
      namespace: deployment.metadata.namespace,
      controller: machineDeploymentControllerName,
    };
    return {
      infrastructureTemplate: await readTemplate(context, spec.infrastructureRef, referrer),
      bootstrapTemplate: await readTemplate(context, spec.bootstrap.configRef, referrer),
    };
  },
  decide: ({ infrastructureTemplate, bootstrapTemplate }, { cluster }): MachineDeploymentDecision => {
    const facts = { ...(infrastructureTemplate && { infrastructureTemplate }), ...(bootstrapTemplate && { bootstrapTemplate }) };
    const effects = [infrastructureTemplate, bootstrapTemplate].flatMap((template) => templateOwnership(template, cluster) ?? []);
    return effects.length > 0 ? act("TemplatesAdopted", effects, { facts }) : ready(facts);
  },
});

/** MachineSets that nobody controls become ours, and all of ours carry our name. CORE-317 */
export const adoptSets = phase<MachineDeploymentScope, Sets, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "adoptSets",
  observe: setsOf,
  decide: (sets, { deployment }): MachineDeploymentDecision => {
    const orphans = sets.filter((set) => controllerOf(set) === undefined);
    const nameless = sets.filter((set) => controllerOf(set) !== undefined && !isNamed(set, deployment));
    const name = { metadata: { labels: { [labels.deploymentName]: deployment.metadata.name } } };
    const effects: MachineDeploymentEffect[] = [
      ...orphans.map((set) => ({ call: "adoptSet" as const, set })),
      ...nameless.map((set) => ({
        call: "patch" as const,
        resource: MachineSet,
        ref: refOf(set),
        patch: { type: "merge" as const, body: name },
      })),
    ];
    return effects.length === 0 ? ready() : act("MachineSetsAdopted", effects);
  },
});

interface NewSet {
  readonly sets: Sets;
  /** Where the new name's end comes from: chance is observed, not decided. */
  readonly suffix: string;
}

/** The MachineSet of what the deployment wants now: made when there is none, else brought up to date in place. CORE-318…327 */
export const newSet = phase<MachineDeploymentScope, NewSet, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "newSet",
  observe: (scope) => ({ sets: setsOf(scope), suffix: randomSuffix(scope.random) }),
  decide: ({ sets, suffix }, { deployment, now }, { infrastructureTemplate, bootstrapTemplate }): MachineDeploymentDecision => {
    const { newSet: found, oldSets, reason } = sortSets(deployment, sets, now);
    if (found) {
      const wanted = updatedMachineSet(deployment, oldSets, found);
      if (!isApplied(found, wanted, fieldManager)) return act("MachineSetUpdated", { call: "applySet", set: wanted });
      return ready({ newSet: found });
    }
    if (deployment.spec.paused) return ready();
    const missing = missingTemplates([bootstrapTemplate, infrastructureTemplate]);
    if (missing !== "" || !infrastructureTemplate) {
      return wait("TemplatesMissing", { message: `cannot create a new MachineSet when templates do not exist: ${missing}` });
    }
    const replicas = newSetReplicas(0, oldSets.map(sizeOf), limitsOf(deployment));
    return act("MachineSetCreated", { call: "createSet", set: newMachineSet(deployment, oldSets, replicas, suffix), reason });
  },
});

const limitsOf = (deployment: Stored<MachineDeployment>) => {
  const replicas = replicasOf(deployment);
  return { replicas, ...fencepostsOf(deployment, replicas) };
};

const sizeOf = (set: Stored<MachineSet>): Sized => {
  const max = Number(set.metadata.annotations?.[annotations.maxReplicas]);
  return {
    name: set.metadata.name,
    replicas: replicasOf(set),
    actual: set.status?.replicas ?? 0,
    available: set.status?.availableReplicas ?? 0,
    createdAt: set.metadata.creationTimestamp,
    ...(Number.isInteger(max) ? { maxReplicas: max } : {}),
  };
};

interface Rollout {
  readonly sets: Sets;
  /** Machines that nobody deletes, by MachineSet: what OnDelete follows. */
  readonly staying: ReadonlyMap<string, number>;
}

/** Machines move from the old MachineSets to the new one, as the strategy says. CORE-328…332 */
export const rollout = phase<MachineDeploymentScope, Rollout, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "rollout",
  observe: (scope) => {
    const sets = setsOf(scope);
    const follows = scope.deployment.spec.strategy?.type === "OnDelete";
    return { sets, staying: new Map(follows ? sets.map((set) => [set.metadata.name, stayingIn(set, scope)] as const) : []) };
  },
  decide: ({ sets, staying }, scope): MachineDeploymentDecision => {
    const { deployment, now } = scope;
    const { newSet: current, oldSets } = sortSets(deployment, sets, now);
    if (deployment.spec.paused) return scale(pausedScales(current, oldSets, deployment), sets, deployment);
    if (!current) return ready();
    const enabled = creationEnabled(current);
    if (enabled) return act("MachineCreationEnabled", enabled);
    const all = sets.map(sizeOf);
    const size = sizeOf(current);
    const limits = limitsOf(deployment);
    const grown = newSetReplicas(size.replicas, all, limits);
    if (grown !== size.replicas) return scale([{ name: size.name, from: size.replicas, to: grown }], sets, deployment);
    if (isRollingUpdate(deployment)) return scale(scaleOldSets(size, oldSets.map(sizeOf), limits), sets, deployment);
    const disabled = oldSets.flatMap((set) => creationDisabled(set) ?? []);
    if (disabled.length > 0) return act("MachineCreationDisabled", disabled);
    const old = oldSets.map((set) => ({ ...sizeOf(set), staying: staying.get(set.metadata.name) ?? replicasOf(set) }));
    return scale(scaleOldSetsOnDelete(size, old, limits), sets, deployment);
  },
});

const stayingIn = (set: Stored<MachineSet>, { context }: MachineDeploymentScope): number =>
  machinesOfSet({ set, context }).filter((machine) => !isDeleting(machine)).length;

const pausedScales = (
  current: Stored<MachineSet> | undefined,
  oldSets: Sets,
  deployment: Stored<MachineDeployment>,
): readonly Scale[] => {
  const limits = limitsOf(deployment);
  const believed = Number(current?.metadata.annotations?.[annotations.desiredReplicas]);
  const saturated = (size: Sized) =>
    size.replicas === limits.replicas && believed === limits.replicas && size.available === limits.replicas;
  const size = current && sizeOf(current);
  return scalePaused(size && { ...size, saturated: saturated(size) }, oldSets.map(sizeOf), {
    ...limits,
    proportionally: isRollingUpdate(deployment),
    actual: deployment.status?.replicas ?? 0,
  });
};

const scale = (scales: readonly Scale[], sets: Sets, deployment: Stored<MachineDeployment>): MachineDeploymentDecision => {
  const { replicas, maxSurge } = limitsOf(deployment);
  const effects = scales.flatMap((change): readonly MachineDeploymentEffect[] => {
    const set = sets.find(({ metadata }) => metadata.name === change.name);
    return set ? [{ call: "scaleSet", set, scale: change, annotations: replicasAnnotations(replicas, maxSurge) }] : [];
  });
  return effects.length === 0 ? ready() : act("MachineSetsScaled", effects);
};

const annotated = (set: Stored<MachineSet>, value: string | null): MachineDeploymentEffect => ({
  call: "patch",
  resource: MachineSet,
  ref: refOf(set),
  patch: { type: "merge", body: { metadata: { annotations: { [annotations.disableMachineCreate]: value } } } },
});

const creationEnabled = (set: Stored<MachineSet>): MachineDeploymentEffect | undefined =>
  set.metadata.annotations?.[annotations.disableMachineCreate] === undefined ? undefined : annotated(set, null);

const creationDisabled = (set: Stored<MachineSet>): MachineDeploymentEffect | undefined =>
  replicasOf(set) > 0 && set.metadata.annotations?.[annotations.disableMachineCreate] === undefined
    ? annotated(set, "true")
    : undefined;

/** Old MachineSets that are empty go, but for the last few: they tell what was before. CORE-333 */
export const cleanup = phase<MachineDeploymentScope, Sets, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "cleanup",
  observe: setsOf,
  decide: (sets, { deployment, now }): MachineDeploymentDecision => {
    const limit = deployment.spec.revisionHistoryLimit;
    const { newSet: current, oldSets } = sortSets(deployment, sets, now);
    if (limit === undefined || deployment.spec.paused || !current || !isComplete(current, sets, replicasOf(deployment)))
      return ready();
    const living = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const surplus = living.toSorted((a, b) => byAge(sizeOf(a), sizeOf(b))).slice(0, Math.max(living.length - limit, 0));
    const empty = surplus.filter(isEmpty);
    return empty.length === 0
      ? ready()
      : act(
          "HistoryCleanedUp",
          empty.map((set) => ({ call: "deleteSet", set, because: "history" })),
        );
  },
});

const isComplete = (current: Stored<MachineSet>, sets: Sets, replicas: number): boolean => {
  const total = (field: "replicas" | "availableReplicas") => sets.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);
  return (
    (current.status?.replicas ?? 0) === replicas && total("replicas") === replicas && total("availableReplicas") === replicas
  );
};

/** Scaled to nothing, and its controller has seen that. */
const isEmpty = ({ spec, status, metadata }: Stored<MachineSet>): boolean =>
  spec.replicas === 0 && (status?.replicas ?? 0) === 0 && (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);

interface Counted {
  readonly sets: Sets;
  readonly machines: readonly Stored<Machine>[];
}

/** What there is when all is done. */
export const count = phase<MachineDeploymentScope, Counted, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "count",
  independent: true,
  observe: (scope) => ({ sets: setsOf(scope), machines: machinesOf(scope) }),
  decide: ({ sets, machines }, { deployment, now }) => {
    const { newSet: current } = sortSets(deployment, sets, now);
    return ready({ sets, machines, ...(current ? { newSet: current } : {}) });
  },
});

/** CORE-338 */
export const deleteSets = phase<MachineDeploymentScope, Sets, MachineDeploymentEffect, MachineDeploymentFacts>({
  name: "deleteSets",
  observe: setsOf,
  decide: (sets): MachineDeploymentDecision => {
    const staying = sets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (staying.length > 0) {
      return act(
        "DeletingMachineSets",
        staying.map((set) => ({ call: "deleteSet", set, because: "deletion" })),
      );
    }
    return sets.length > 0 ? wait("DeletingMachineSets", { message: `waiting for ${sets.length} MachineSets to go` }) : ready();
  },
});
