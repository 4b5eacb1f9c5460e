import { type Cluster, type KubeObject, type Resource, refKey, refOf, type Stored } from "@slipway/api";
import { sameJson } from "../object/diff.ts";
import { type OwnedConditions, writeBody, writeChanges, writeStatus } from "../object/write.ts";
import type { Controller, Index, ReconcileContext, ReconcileResult, Source, Watch } from "./controller.ts";
import { type KubeEffect, performKube } from "./effects.ts";
import { findCluster, pausedBecause, withPausedCondition } from "./pause.ts";
import { type Phase, type PhasesReport, runPhases } from "./phase.ts";

/** What a pass starts from. */
export interface PassStart<T extends KubeObject> {
  readonly object: Stored<T>;
  /** The Cluster of `clusterName`. */
  readonly cluster: Stored<Cluster> | undefined;
  readonly context: ReconcileContext;
}

/** What a pass found out: `status` and `desired` make the object of it. */
export interface Report<Scope, Facts> extends PhasesReport<Facts> {
  readonly scope: Scope;
  readonly now: Date;
  /** The object is being deleted and this was its teardown. */
  readonly deleting: boolean;
}

export interface ControllerDefinition<T extends KubeObject, Scope, Effect, Facts> {
  /** Default: the kind in lower case. */
  readonly name?: string;
  readonly eventComponent?: string;
  readonly watches?: readonly Watch[];
  readonly indexes?: readonly Index[];
  readonly sources?: readonly Source[];
  readonly concurrency?: number;
  /** Put on in a write of its own before anything else is done, taken off when every phase of `teardown` is ready. */
  readonly finalizer?: string;
  /** The Cluster it belongs to: it pauses with it, and its passes fail while that Cluster does not exist. */
  readonly clusterName?: (object: Stored<T>) => string | undefined;
  /** Passes go on without the Cluster: for kinds that must clean up after it is gone. */
  readonly clusterMayBeAbsent?: boolean;
  /** Keep a `Paused` condition in `status.v1beta2`. Default true; false for kinds without that list. */
  readonly pausedCondition?: boolean;
  /** What the phases may read. Undefined: there is nothing to do yet, a watch will tell. */
  readonly scope: (start: PassStart<T>) => Scope | undefined | Promise<Scope | undefined>;
  readonly phases: readonly Phase<Scope, unknown, NoInfer<Effect>, NoInfer<Facts>>[];
  readonly teardown?: readonly Phase<Scope, unknown, NoInfer<Effect>, NoInfer<Facts>>[];
  /** How effects are done. Default: as writes to the API. */
  readonly perform?: (effect: Effect, scope: Scope, context: ReconcileContext) => Promise<unknown>;
  /** Metadata and spec as this pass wants them. */
  readonly desired?: (object: Stored<T>, report: Report<Scope, Facts>) => T;
  /** The whole status. Pure: the same facts give the same status. */
  readonly status?: (object: Stored<T>, report: Report<Scope, Facts>) => object | undefined;
  /** Conditions only we decide; others' concurrent changes to the rest stand. */
  readonly ownedConditions?: OwnedConditions;
  /**
   * Nothing is decided from our own status of an earlier pass that this pass did not know, so a pass that wrote nothing but the
   * status it meant to write need not be made again for that.
   */
  readonly statusIsProjection?: boolean;
  /** When to look again although nothing wakes us: time itself changes the status. */
  readonly recheckSeconds?: (scope: Scope, now: Date) => number | undefined;
  /** The finalizer is off: the object is gone but for others' finalizers. */
  readonly finished?: (object: Stored<T>, context: ReconcileContext) => void;
  /** After the status is written: events about what changed. */
  readonly changed?: (before: Stored<T>, after: Stored<T>, report: Report<Scope, Facts>, context: ReconcileContext) => void;
}

/** A controller from phases: see STYLE, "Reconcilers". */
export const controller = <T extends KubeObject, Scope, Effect = KubeEffect, Facts = object>(
  resource: Resource<T>,
  definition: ControllerDefinition<T, Scope, Effect, Facts>,
): Controller<T> => {
  const { watches = [], indexes, sources, concurrency, eventComponent } = definition;
  return {
    name: definition.name ?? resource.kind.toLowerCase(),
    resource,
    watches,
    ...(indexes && { indexes }),
    ...(sources && { sources }),
    ...(concurrency && { concurrency }),
    ...(eventComponent && { eventComponent }),
    reconcile: async (ref, context) => {
      const object = context.caches.find(resource, ref);
      return object ? onePass(resource, definition, object, context) : {};
    },
  };
};

const onePass = async <T extends KubeObject, Scope, Effect, Facts>(
  resource: Resource<T>,
  definition: ControllerDefinition<T, Scope, Effect, Facts>,
  object: Stored<T>,
  context: ReconcileContext,
): Promise<ReconcileResult> => {
  const { finalizer, pausedCondition = true, ownedConditions } = definition;
  const { client, clock } = context;
  const owned = pausedCondition
    ? { ...ownedConditions, v1beta2: [...(ownedConditions?.v1beta2 ?? []), "Paused"] }
    : ownedConditions;
  const deleting = object.metadata.deletionTimestamp !== undefined;

  const cluster = clusterOf(definition, object, context);
  const paused = pausedBecause(object, cluster);
  if (paused !== undefined) {
    if (pausedCondition) {
      const after = withPausedCondition(object, paused, clock.now());
      await writeChanges({ client, clock, resource, before: object, after, ...(owned && { owned }) });
    }
    return {};
  }
  const mine = finalizer === undefined || (object.metadata.finalizers ?? []).includes(finalizer);
  if (!mine && deleting) return {};
  if (!mine) {
    await client.patch(resource, refOf(object), withFinalizers(object, [...(object.metadata.finalizers ?? []), finalizer]));
    return { recheckSeconds: 0 };
  }

  const scope = await definition.scope({ object, cluster, context });
  if (scope === undefined) return {};
  const perform = (effect: Effect): Promise<unknown> =>
    definition.perform ? definition.perform(effect, scope, context) : performKube(client, effect as unknown as KubeEffect);
  const phases = deleting ? (definition.teardown ?? []) : definition.phases;
  const report: Report<Scope, Facts> = {
    ...(await runPhases({ phases, scope, perform })),
    scope,
    now: clock.now(),
    deleting,
  };

  if (deleting && report.complete && finalizer !== undefined) {
    const left = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    await client.patch(resource, refOf(object), withFinalizers(object, left));
    definition.finished?.(object, context);
    return {};
  }
  const wanted = definition.desired?.(object, report) ?? object;
  const changes = { client, clock, resource, ...(owned && { owned }) };
  // The status speaks of the spec as it is now, so that goes first.
  const current = await writeBody({ ...changes, before: object, after: wanted });
  const status = definition.status ? definition.status(current, report) : (current as { status?: object }).status;
  const unpaused = { ...current, status } as T;
  const after = pausedCondition ? withPausedCondition(unpaused, undefined, report.now) : unpaused;
  const written = await writeStatus({ ...changes, before: current, after, from: current });
  definition.changed?.(object, written, report, context);

  const [first, ...others] = report.errors;
  for (const error of others) context.log.error("a phase failed", { error });
  if (first !== undefined) throw first;
  if (report.acted) return { recheckSeconds: 0 };
  const seen =
    definition.statusIsProjection && wroteOnlyStatus(object, after, written) ? { seen: [written.metadata.resourceVersion] } : {};
  const rechecks = [report.recheckSeconds, definition.recheckSeconds?.(scope, report.now)].filter((wish) => wish !== undefined);
  return rechecks.length === 0 ? seen : { ...seen, recheckSeconds: Math.min(...rechecks) };
};

/** The object is as we read it but for the status, and that is as we wanted it: nobody else has written meanwhile. */
const wroteOnlyStatus = <T extends KubeObject>(read: Stored<T>, wanted: T, written: Stored<T>): boolean => {
  const body = ({ metadata, status: _status, ...rest }: KubeObject & { readonly status?: unknown }) => {
    const { resourceVersion: _revision, managedFields: _fields, ...kept } = metadata;
    return { ...rest, metadata: kept };
  };
  const statusOf = (object: KubeObject) => (object as { status?: unknown }).status;
  return sameJson(body(read), body(written)) && sameJson(statusOf(wanted), statusOf(written));
};

const clusterOf = <T extends KubeObject, Scope, Effect, Facts>(
  definition: ControllerDefinition<T, Scope, Effect, Facts>,
  object: Stored<T>,
  context: ReconcileContext,
): Stored<Cluster> | undefined => {
  const name = definition.clusterName?.(object);
  if (name === undefined) return undefined;
  const cluster = findCluster(context.caches, object, name);
  if (cluster || definition.clusterMayBeAbsent) return cluster;
  throw new Error(
    `${object.kind} ${refKey(refOf(object))} belongs to Cluster ${name}, which does not exist: create it or delete this object`,
  );
};

/** The whole list is replaced, so it must be the one we saw: the revision guards it. */
const withFinalizers = (object: Stored<KubeObject>, finalizers: readonly string[]) => ({
  type: "merge" as const,
  body: {
    metadata: { finalizers: finalizers.length === 0 ? null : finalizers, resourceVersion: object.metadata.resourceVersion },
  },
});
