import type { Clock } from "./clock.ts";
import type { HistoryLimits, StorageEvent, Watcher } from "./storage.ts";
import { defaultHistory, StorageError } from "./storage.ts";

/** What happened lately: the past for lists at a revision, and the stream for watchers. */
export interface History<V extends object> {
  /** The events of one commit, already applied: watchers wake once. */
  append(events: readonly StorageEvent<V>[], bytes: number): void;
  compactedRevision(): number;
  /** Newest first, those after `revision`. */
  newestFirst(revision: number): Iterable<StorageEvent<V>>;
  watch(prefix: string, afterRevision: number): Watcher<V>;
  close(): void;
}

/** One event in a topic's chain. Watchers hold a place in the chain; what nobody holds any more is garbage. */
interface Link<V> {
  readonly event: StorageEvent<V> | undefined;
  readonly number: number;
  next: Link<V> | undefined;
}

/** The events of one watched prefix, shared by all who watch it. */
interface Topic<V> {
  tail: Link<V>;
  readonly cursors: Set<Cursor<V>>;
}

interface Cursor<V> {
  /** The last link handed out. */
  at: Link<V>;
  over: boolean;
  wake: ((interrupted: boolean) => void) | undefined;
}

export const createHistory = <V extends object>(options: {
  readonly limits: HistoryLimits;
  readonly clock: Clock;
  readonly startRevision: number;
  readonly revision: () => number;
}): History<V> => {
  const { limits, clock } = options;
  const { maximumBytes = defaultHistory.maximumBytes } = limits;
  const topics = new Map<string, Topic<V>>();
  let events: { readonly event: StorageEvent<V>; readonly at: number; readonly bytes: number }[] = [];
  let bytesKept = 0;
  let head = 0;
  let compacted = options.startRevision;

  const trim = (now: number): void => {
    const oldest = now - limits.seconds * 1000;
    while (events.length - head > limits.events) {
      const entry = events[head];
      if (entry === undefined) break;
      const fits = events.length - head <= limits.maximumEvents && bytesKept <= maximumBytes;
      if (entry.at >= oldest && fits) break;
      compacted = entry.event.revision;
      bytesKept -= entry.bytes;
      head += 1;
    }
    // Writes of one transaction share a revision: the others of it can no longer be served whole.
    while (events[head]?.event.revision === compacted) {
      bytesKept -= events[head]?.bytes ?? 0;
      head += 1;
    }
    if (head > 1024 && head > events.length >>> 1) {
      events = events.slice(head);
      head = 0;
    }
  };

  const publish = (event: StorageEvent<V>): void => {
    for (const [prefix, topic] of topics) {
      if (!event.key.startsWith(prefix)) continue;
      const link: Link<V> = { event, number: topic.tail.number + 1, next: undefined };
      topic.tail.next = link;
      topic.tail = link;
    }
  };

  const wake = (): void => {
    for (const [prefix, topic] of topics) {
      for (const cursor of topic.cursors) {
        if (cursor.at === topic.tail) continue;
        if (topic.tail.number - cursor.at.number > limits.watcherLag) end(prefix, topic, cursor);
        cursor.wake?.(false);
      }
    }
  };

  const end = (prefix: string, topic: Topic<V>, cursor: Cursor<V>): void => {
    cursor.over = true;
    cursor.at = { event: undefined, number: 0, next: undefined };
    topic.cursors.delete(cursor);
    if (topic.cursors.size === 0 && topics.get(prefix) === topic) topics.delete(prefix);
  };

  /** The first index whose revision is above. */
  const after = (revision: number): number => {
    let low = head;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle]?.event.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    append: (batch, bytes) => {
      const now = clock.now().getTime();
      bytesKept += bytes;
      batch.forEach((event, index) => {
        events.push({ event, at: now, bytes: index === 0 ? bytes : 0 });
        publish(event);
      });
      trim(now);
      wake();
    },
    compactedRevision: () => compacted,
    *newestFirst(revision) {
      for (let index = events.length - 1; index >= head; index -= 1) {
        const event = events[index]?.event;
        if (event === undefined || event.revision <= revision) return;
        yield event;
      }
    },
    watch: (prefix, afterRevision) => {
      if (afterRevision < compacted) {
        throw new StorageError("compacted", `revision ${afterRevision} is compacted, the oldest to watch from is ${compacted}`);
      }
      if (afterRevision > options.revision()) {
        throw new StorageError("future", `revision ${afterRevision} is in the future, the newest is ${options.revision()}`);
      }
      const topic = topics.get(prefix) ?? { tail: { event: undefined, number: 0, next: undefined }, cursors: new Set() };
      topics.set(prefix, topic);
      // The past's chain runs into a link of its own in the topic, behind which only new events follow.
      const seam: Link<V> = { event: undefined, number: topic.tail.number + 1, next: undefined };
      topic.tail.next = seam;
      topic.tail = seam;
      const cursor: Cursor<V> = { at: pastLinks(events, after(afterRevision), prefix, seam), over: false, wake: undefined };
      topic.cursors.add(cursor);
      let delivered = afterRevision;

      return {
        next: async (limit = 1000) => {
          while (!cursor.over) {
            const ready = take(cursor, limit);
            if (ready.length > 0) {
              delivered = ready[ready.length - 1]?.revision ?? delivered;
              return ready;
            }
            const interrupted = await new Promise<boolean>((resolve) => {
              cursor.wake = resolve;
            });
            cursor.wake = undefined;
            if (interrupted && !cursor.over) return take(cursor, limit);
          }
          return undefined;
        },
        interrupt: () => cursor.wake?.(true),
        progress: () => {
          while (cursor.at.next !== undefined && cursor.at.next.event === undefined) cursor.at = cursor.at.next;
          return cursor.at.next === undefined && !cursor.over ? Math.max(delivered, options.revision()) : delivered;
        },
        close: () => {
          end(prefix, topic, cursor);
          cursor.wake?.(false);
        },
      };
    },
    close: () => {
      for (const [prefix, topic] of topics) {
        for (const cursor of [...topic.cursors]) {
          end(prefix, topic, cursor);
          cursor.wake?.(false);
        }
      }
    },
  };
};

const take = <V>(cursor: Cursor<V>, limit: number): StorageEvent<V>[] => {
  const ready: StorageEvent<V>[] = [];
  while (cursor.at.next !== undefined) {
    const { event } = cursor.at.next;
    // Events of one revision are never torn apart.
    if (ready.length >= limit && event !== undefined && event.revision !== ready[ready.length - 1]?.revision) break;
    cursor.at = cursor.at.next;
    if (event !== undefined) ready.push(event);
  }
  return ready;
};

/** A chain of past events that runs into `seam`. */
const pastLinks = <V>(
  events: readonly { readonly event: StorageEvent<V> }[],
  from: number,
  prefix: string,
  seam: Link<V>,
): Link<V> => {
  let chain = seam;
  for (let index = events.length - 1; index >= from; index -= 1) {
    const event = events[index]?.event;
    if (event?.key.startsWith(prefix)) chain = { event, number: chain.number - 1, next: chain };
  }
  return { event: undefined, number: chain.number - 1, next: chain };
};
