import { ApiError, type Resource, type UnstructuredObject, type WatchEvent } from "@slipway/api";
import type { Timer } from "../storage/clock.ts";
import { isStorageError, type StorageEvent, type Watcher } from "../storage/storage.ts";
import { type Core, servedAs, stampObject } from "./core.ts";
import { expired, forbiddenValue, invalidOptions } from "./errors.ts";
import { resourcePrefix } from "./keys.ts";
import type { StoredObject } from "./object.ts";
import { parseRevision, reach } from "./read.ts";
import type { RegistryWatchOptions, RequestContext, WatchStream } from "./registry.ts";
import { type Selection, selectionOf } from "./selection.ts";
import type { ServedResource } from "./served.ts";
import { asApiError } from "./storagefailure.ts";

type Event = WatchEvent<UnstructuredObject>;

/** The last bookmark of a stream comes this long before its end, so that the client resumes from a fresh revision. */
const lastBookmarkSeconds = 2;

export const watch = (core: Core, resource: Resource, options: RegistryWatchOptions, context: RequestContext): WatchStream => {
  const served = servedAs(core, resource, context);
  checkWatchOptions(options);
  const wanted = parseRevision(options.resourceVersion);
  const selection = selectionOf(served, options);
  return stream(core, served, selection, wanted, options);
};

const stream = (
  core: Core,
  served: ServedResource,
  selection: Selection,
  wanted: number | undefined,
  options: RegistryWatchOptions,
): WatchStream => {
  const { clock, storage } = core;
  const prefix = resourcePrefix(served.storage, selection.namespace);
  const initial = options.sendInitialEvents ?? (wanted === undefined || wanted === 0);
  const bookmarks = options.allowWatchBookmarks === true;
  const seconds = options.timeoutSeconds ?? Math.floor(1800 * (1 + core.chance.number()));
  let watcher: Watcher<StoredObject> | undefined;
  let over = false;
  let bookmarkDue = false;
  let bookmarked = 0;

  const interrupt = (): void => watcher?.interrupt();
  const timers: { [name in "end" | "last"]?: Timer } = {};
  let forgetMinutes: (() => void) | undefined;
  const close = (): void => {
    if (over) return;
    over = true;
    for (const timer of Object.values(timers)) timer?.cancel();
    forgetMinutes?.();
    signal?.removeEventListener("abort", close);
    forget();
    watcher?.close();
  };
  // A CRD that changes or goes ends the watches on its objects; clients come back from where they were.
  const forget = core.catalog.onChange(() => {
    if (core.catalog.find(served.group, served.version, served.plural) !== served) close();
  });
  const remind = (): void => {
    bookmarkDue = true;
    interrupt();
  };
  timers.end = clock.setTimeout(close, seconds * 1000);
  if (bookmarks) {
    forgetMinutes = core.minutes.onTick(remind);
    if (seconds > lastBookmarkSeconds) timers.last = clock.setTimeout(remind, (seconds - lastBookmarkSeconds) * 1000);
  }
  // Many watches may hang on one signal: each listens to a signal of its own, so that none looks like a leak.
  const signal = options.signal === undefined ? undefined : AbortSignal.any([options.signal]);
  if (signal?.aborted) close();
  else signal?.addEventListener("abort", close, { once: true });

  const begin = async (): Promise<readonly Event[]> => {
    if (wanted !== undefined && wanted > storage.revision()) await reach(core, wanted, options.signal);
    if (wanted === undefined && storage.latest !== undefined) await asApiError(storage.latest());
    if (!initial) {
      watcher = openWatcher(core, prefix, wanted ?? storage.revision());
      return [];
    }
    const { items, revision } = storage.list(prefix);
    watcher = openWatcher(core, prefix, revision);
    const events: Event[] = [];
    await core.versions.prepare(
      served,
      items.map(({ value }) => value),
    );
    for (const item of items) {
      const object = core.versions.view(served, item.value);
      if (selection.matches === undefined || selection.matches(object)) events.push({ type: "ADDED", object });
    }
    if (bookmarks) events.push({ type: "BOOKMARK", resourceVersion: String(revision), initialEventsEnd: true });
    bookmarked = revision;
    return events;
  };

  const bookmark = (): readonly Event[] => {
    bookmarkDue = false;
    const progress = watcher?.progress() ?? 0;
    if (progress <= bookmarked) return [];
    bookmarked = progress;
    return [{ type: "BOOKMARK", resourceVersion: String(progress), initialEventsEnd: false }];
  };

  const next = async (): Promise<readonly Event[] | undefined> => {
    try {
      for (;;) {
        if (over) return undefined;
        if (watcher === undefined) {
          const events = await begin();
          if (over) return undefined;
          if (events.length > 0) return events;
        } else {
          const batch = await watcher.next();
          if (batch === undefined || over) return undefined;
          const values = batch.flatMap(({ value, previous }) => (previous === undefined ? [value] : [value, previous]));
          const conversion = core.versions.prepare(served, values);
          if (conversion !== undefined) await conversion;
          if (over) return undefined;
          const events = select(core, served, selection, batch);
          const last = events[events.length - 1];
          // An event told the client as much as a bookmark would.
          if (last !== undefined && last.type !== "BOOKMARK") bookmarked = Number(last.object.metadata.resourceVersion);
          const more = bookmarkDue ? bookmark() : [];
          if (events.length + more.length > 0) return more.length === 0 ? events : [...events, ...more];
        }
      }
    } catch (error) {
      close();
      if (options.signal?.aborted) return undefined;
      throw error;
    } finally {
      if (over) watcher?.close();
    }
  };

  return {
    next,
    close,
    async *[Symbol.asyncIterator]() {
      try {
        for (let events = await next(); events !== undefined; events = await next()) yield* events;
      } finally {
        close();
      }
    },
  };
};

const openWatcher = (core: Core, prefix: string, after: number): Watcher<StoredObject> => {
  try {
    return core.storage.watch(prefix, after);
  } catch (error) {
    if (isStorageError(error, "compacted"))
      throw expired(`too old resource version: ${after} (${core.storage.compactedRevision()})`);
    if (isStorageError(error, "closed")) throw new ApiError("ServiceUnavailable", "the server is shutting down");
    throw error;
  }
};

/**
 * An update that makes an object match is ADDED, one that makes it stop matching is DELETED: a filtered informer would keep ghosts
 * otherwise.
 */
const select = (
  core: Core,
  served: ServedResource,
  { matches, name }: Selection,
  batch: readonly StorageEvent<StoredObject>[],
): readonly Event[] => {
  const events: Event[] = [];
  for (const event of batch) {
    if (name !== undefined && event.value.metadata.name !== name) continue;
    const object = core.versions.view(served, event.value);
    if (matches === undefined) {
      events.push({ type: typeNames[event.type], object });
      continue;
    }
    const before = event.previous !== undefined && matches(core.versions.view(served, event.previous));
    const now = event.type !== "deleted" && matches(object);
    if (now) events.push({ type: before ? "MODIFIED" : "ADDED", object });
    else if (before) events.push({ type: "DELETED", object: event.type === "deleted" ? object : lastMatch(core, served, event) });
  }
  return events;
};

const typeNames = { created: "ADDED", updated: "MODIFIED", deleted: "DELETED" } as const;

const lastMatch = (core: Core, served: ServedResource, event: StorageEvent<StoredObject>): StoredObject =>
  Object.freeze(stampObject(core.versions.view(served, event.previous ?? event.value), event.revision));

const checkWatchOptions = (options: RegistryWatchOptions): void => {
  const match = options.resourceVersionMatch ?? "";
  const forbid = (field: string, detail: string) => invalidOptions("ListOptions", [forbiddenValue(field, detail)]);
  if (options.sendInitialEvents === undefined) {
    if (match !== "") {
      throw forbid("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    return;
  }
  if (options.resourceVersionMatch === undefined) return; // in-process callers name no match: the only one there is, is meant
  if (match !== "NotOlderThan") {
    throw forbid("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
};
