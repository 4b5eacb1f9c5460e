import { type Client, isConflict, type KubeObject, labels, type ObjectRef, type Resource, refKey } from "@slipway/api";
import { type CachesOptions, createCaches, type Listener, NotSyncedError, type WatchCaches, wakeBy } from "../cache/caches.ts";
import { learningClient } from "../cache/writes.ts";
import { nextTurn } from "../clock/turn.ts";
import { createClusterStory } from "../events/clusterstory.ts";
import { createRecorder } from "../events/recorder.ts";
import { type Election, lead } from "../leader/lease.ts";
import { type Metrics, noMetrics } from "../metrics/metrics.ts";
import { type Backoff, createQueue, type QueueResult, type WorkQueue } from "../queue/queue.ts";
import type { Clock, Controller, LogFields, Logger, ReconcileContext } from "./controller.ts";

export interface RunOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborting is `stop()`. */
  readonly signal?: AbortSignal;
  readonly metrics?: Metrics;
  readonly scopes?: CachesOptions["scopes"];
  readonly backoff?: Backoff;
  /** Watch only this namespace of namespaced kinds. CORE-091 */
  readonly namespace?: string;
  /** Mind only objects whose label `cluster.x-k8s.io/watch-filter` has this value. CORE-026 */
  readonly watchFilter?: string;
  /** Work only while holding this Lease; losing it stops everything and `done` rejects. */
  readonly election?: Election;
  /** Controllers that are held from the start. */
  readonly held?: readonly string[];
  readonly newId?: () => string;
}

export interface Running {
  readonly caches: WatchCaches;
  /** Writes through it are in the caches at once, as with the reconcilers' own. */
  readonly client: Client;
  /** All caches are filled and passes may begin. */
  readonly ready: Promise<void>;
  /** Everything has stopped. */
  readonly done: Promise<void>;
  /** Nothing is ready to be worked on; what waits for its time does not count. */
  idle(): boolean;
  /** Resolves when there is nothing to do until time moves or somebody writes. */
  settled(): Promise<void>;
  wake(controller: string, ref: ObjectRef): void;
  /** Passes a controller has made so far. */
  passes(controller: string): number;
  /** These controllers make no new passes until `release`; resolves when their running ones are over. */
  hold(controllers: readonly string[]): Promise<void>;
  /** They work again, as after a start: without backoff, and looking once at everything that is there. */
  release(controllers: readonly string[]): void;
  /** No new passes; resolves when the running ones are over. */
  stop(): Promise<void>;
}

/** Runs controllers over shared caches, each with its own queue. */
export const runControllers = (controllers: readonly Controller[], options: RunOptions): Running => {
  const { client: server, clock, log, metrics = noMetrics, scopes, backoff, election } = options;
  const newId = options.newId ?? (() => globalThis.crypto.randomUUID());
  const ended = new AbortController();
  const queues = new Map<string, WorkQueue>();
  const wake = (controller: string, ref: ObjectRef, lazily = false): void => {
    const queue = queues.get(controller);
    if (lazily) queue?.addLazily(refKey(ref));
    else queue?.add(refKey(ref));
  };
  const caches = createCaches({
    client: server,
    clock,
    log,
    signal: ended.signal,
    wake,
    ...(scopes ? { scopes } : {}),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  });
  const client = learningClient(server, caches);
  const story = createClusterStory(caches, clock);
  const sources: (() => void)[] = [];
  const startedAt = clock.now();

  for (const controller of controllers) {
    const component = controller.eventComponent ?? `${controller.name}-controller`;
    const events = story.of(createRecorder({ client, clock, log, component }));
    const context = {
      client,
      caches,
      clock,
      log: log.child(controllerFields(controller)),
      events,
      signal: ended.signal,
      startedAt,
    };
    const handle = (key: string) => pass(controller, key, { context, metrics, newId });
    queues.set(
      controller.name,
      createQueue({
        name: controller.name,
        clock,
        concurrency: controller.concurrency ?? 10,
        handle,
        metrics,
        ...(backoff ? { backoff } : {}),
      }),
    );
    for (const index of controller.indexes ?? []) caches.index(index);
  }
  for (const name of options.held ?? []) void queues.get(name)?.hold();

  const filled = async (): Promise<void> => {
    const kinds = new Set(controllers.flatMap(({ resource, watches }) => [resource, ...watches.map((watch) => watch.resource)]));
    await Promise.all([...kinds].map((kind) => untilSynced(caches, kind, clock, ended.signal)));
  };
  const listen = (): void => {
    for (const { name, resource, watches, sources: others = [] } of controllers) {
      const listenTo = (kind: Resource, listener: Listener) =>
        caches.listen(kind, (change) => {
          if (isMinded(change.object, options.watchFilter)) listener(change);
        });
      listenTo(resource, ({ object }) => queues.get(name)?.add(refKey(object.metadata), object.metadata.resourceVersion));
      for (const watch of watches)
        listenTo(
          watch.resource,
          wakeBy(watch, caches, log, (ref, lazily) => wake(name, ref, lazily)),
        );
      for (const source of others) sources.push(source((ref) => wake(name, ref), caches));
      queues.get(name)?.start();
    }
  };

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const unsubscribe of sources) unsubscribe();
      await Promise.all([...queues.values()].map((queue) => queue.stop()));
      ended.abort(new Error("the controllers were stopped"));
    })();
    return stopping;
  };
  options.signal?.addEventListener("abort", () => void stop(), { once: true });

  let finish = { resolve: () => {}, reject: (_error: unknown) => {} };
  const done = new Promise<void>((resolve, reject) => {
    finish = { resolve, reject };
  });
  done.catch(() => {}); // the one who cares awaits it
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure = error;
    void stop();
  };
  const leading = election
    ? lead({
        client: server,
        clock,
        log,
        election,
        signal: ended.signal,
        lost: fail,
      })
    : Promise.resolve();
  const ready = Promise.all([filled(), leading]).then(() => {
    if (!stopping) listen();
  });
  ready.catch(fail);
  ended.signal.addEventListener("abort", () => (failure === undefined ? finish.resolve() : finish.reject(failure)), {
    once: true,
  });
  if (options.signal?.aborted) void stop();

  const idle = (): boolean => [...queues.values()].every((queue) => queue.active() === 0);
  const activity = (): number => caches.changes() + [...queues.values()].reduce((sum, queue) => sum + queue.passes(), 0);
  return {
    caches,
    client,
    ready,
    done,
    idle,
    settled: async () => {
      await ready;
      // Watches deliver within a few turns of the event loop; quiet for that long is at rest.
      for (let quiet = 0, last = activity(); quiet < quietTurns; quiet += 1) {
        await nextTurn();
        if (idle() && activity() === last) continue;
        quiet = -1;
        last = activity();
      }
    },
    wake,
    passes: (controller) => queues.get(controller)?.passes() ?? 0,
    hold: async (names) => void (await Promise.all(names.map((name) => queues.get(name)?.hold()))),
    release: (names) => {
      for (const { name, resource } of controllers) {
        if (!names.includes(name)) continue;
        for (const { metadata } of caches.list(resource)) wake(name, metadata);
        queues.get(name)?.release();
      }
    },
    stop,
  };
};

const isMinded = ({ metadata }: KubeObject, filter: string | undefined): boolean =>
  filter === undefined || metadata.labels?.[labels.watchFilter] === filter;

const quietTurns = 8;

const untilSynced = async (
  caches: WatchCaches,
  kind: Controller["resource"],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      return await caches.synced(kind);
    } catch {
      await clock.sleep(100, signal).catch(() => {}); // the reflector logs and retries; we only wait for it
    }
  }
};

interface PassOptions {
  readonly context: Omit<ReconcileContext, "reconcileId">;
  readonly metrics: Metrics;
  readonly newId: () => string;
}

/** The only broad catch: an error becomes a log line, a number and a later pass. */
const pass = async <T extends KubeObject>(controller: Controller<T>, key: string, options: PassOptions): Promise<QueueResult> => {
  const { context, metrics, newId } = options;
  const { name } = controller;
  const reconcileId = newId();
  const log = context.log.child(() => passFields(controller, key, { context, reconcileId }));
  const begun = context.clock.now().getTime();
  const ended = (result: string): void => {
    metrics.count("controller_runtime_reconcile_total", { controller: name, result });
    metrics.observe(
      "controller_runtime_reconcile_time_seconds",
      { controller: name },
      (context.clock.now().getTime() - begun) / 1000,
    );
  };
  try {
    const { recheckSeconds, seen } = await controller.reconcile(parseKey(key), { ...context, log, reconcileId });
    ended(recheckSeconds === undefined ? "success" : "requeue_after");
    return {
      ...(recheckSeconds === undefined ? {} : { recheckMilliseconds: recheckSeconds * 1000 }),
      ...(seen ? { seen } : {}),
    };
  } catch (error) {
    if (error instanceof NotSyncedError) {
      await context.caches.synced(error.resource);
      ended("requeue");
      return { recheckMilliseconds: 0 };
    }
    ended("error");
    metrics.count("controller_runtime_reconcile_errors_total", { controller: name });
    // Somebody else wrote first: the next pass sees what they wrote.
    if (isConflict(error)) log.debug("the object changed meanwhile: looking again", { error });
    else log.error("the pass failed: trying again later", { error });
    throw error;
  }
};

/** controller-runtime's keys, which people's log queries know (RUN-025). */
const controllerFields = ({ name, resource }: Controller): LogFields => ({
  controller: name,
  controllerGroup: resource.group,
  controllerKind: resource.kind,
});

const passFields = (
  { resource }: Controller,
  key: string,
  { context, reconcileId }: { readonly context: Pick<ReconcileContext, "caches">; readonly reconcileId: string },
): LogFields => {
  const ref = parseKey(key);
  return {
    [resource.kind]: key,
    ...clusterField(context.caches, resource, ref),
    namespace: ref.namespace ?? "",
    name: ref.name,
    reconcileID: reconcileId,
  };
};

const clusterField = (caches: ReconcileContext["caches"], resource: Resource, ref: ObjectRef): LogFields => {
  try {
    const cluster = caches.find(resource, ref)?.metadata.labels?.[labels.clusterName];
    return cluster === undefined || resource.kind === "Cluster" ? {} : { Cluster: refKey({ ...ref, name: cluster }) };
  } catch (error) {
    if (error instanceof NotSyncedError) return {};
    throw error;
  }
};

const parseKey = (key: string): ObjectRef => {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
};
