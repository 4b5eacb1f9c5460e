import type { MagnumCluster, Stored } from "@slipway/api";
import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { Clock, Timer } from "@slipway/runtime";
import type { LiveView } from "./watch.ts";

export interface StreamOptions {
  readonly live: LiveView;
  readonly clock: Pick<Clock, "setTimeout">;
  readonly projectId: string;
  /** Only this cluster: its inside, instead of the list. */
  readonly cluster: Stored<MagnumCluster> | undefined;
  /** Whether the token is still good: asked again while the stream lasts. */
  readonly isGood: () => Promise<boolean>;
}

const beatMilliseconds = 15_000;
const listPart = 200;
/** A reader that leaves so much unread is cut: it comes back and begins anew. */
const mostUnreadBytes = 16 * 1024 * 1024;
/** Detail of one cluster, at most so often. */
const detailEveryMilliseconds = 500;

const encoder = new TextEncoder();

/** A project's clusters as a text/event-stream: all of them, then each change; nothing when nothing changes but a beat. */
export const openStream = (options: StreamOptions): ReadableStream<Uint8Array> => {
  const { live, clock, projectId, cluster, isGood } = options;
  const timers = new Set<Timer>();
  let unsubscribe = (): void => {};
  let open = true;
  const later = (work: () => void, milliseconds: number): void => {
    const timer = clock.setTimeout(() => {
      timers.delete(timer);
      if (open) work();
    }, milliseconds);
    timers.add(timer);
  };
  const close = (): void => {
    open = false;
    unsubscribe();
    for (const timer of timers) timer.cancel();
    timers.clear();
  };

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const write = (text: string): void => {
          if (!open) return;
          if ((controller.desiredSize ?? 0) < 0) {
            close();
            controller.error(new Error("the reader does not read"));
            return;
          }
          controller.enqueue(encoder.encode(text));
        };
        const send = (event: string, data: unknown): void => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        const end = (): void => {
          if (!open) return;
          close();
          controller.close();
        };
        const beat = (): void => {
          write(": beat\n\n");
          isGood().then(
            (good) => (good ? later(beat, beatMilliseconds) : end()),
            // Keystone does not answer at the moment: that says nothing of the token.
            () => later(beat, beatMilliseconds),
          );
        };
        unsubscribe = cluster === undefined ? followList(live, projectId, send) : followOne(live, cluster, send, later, end);
        later(beat, beatMilliseconds);
      },
      cancel: close,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostUnreadBytes }),
  );
};

type Send = (event: string, data: unknown) => void;

const followList = (live: LiveView, projectId: string, send: Send): (() => void) => {
  const sent = new Map<string, { readonly id: string; readonly revision: string }>();
  const summaries = live.records(projectId).map((record) => live.summary(record));
  const remember = (cluster: LiveCluster) => void sent.set(cluster.capiName, cluster);
  for (let from = 0; from === 0 || from < summaries.length; from += listPart) {
    const clusters = summaries.slice(from, from + listPart);
    send("clusters", { clusters, last: from + listPart >= summaries.length });
    for (const cluster of clusters) remember(cluster);
  }
  return live.subscribe((names) => {
    for (const name of names) {
      const record = live.record(name);
      const known = sent.get(name);
      if (record === undefined || record.spec.projectId !== projectId) {
        if (known !== undefined) send("gone", { id: known.id });
        sent.delete(name);
        continue;
      }
      const summary = live.summary(record);
      if (known?.revision === summary.revision) continue;
      if (known !== undefined && known.id !== summary.id) send("gone", { id: known.id });
      send("cluster", summary);
      remember(summary);
    }
  });
};

const followOne = (
  live: LiveView,
  cluster: Stored<MagnumCluster>,
  send: Send,
  later: (work: () => void, milliseconds: number) => void,
  end: () => void,
): (() => void) => {
  const { name, uid } = cluster.metadata;
  const said = { detail: "", events: "" };
  let waiting = false;
  const tell = (kind: "detail" | "events", data: object): void => {
    const text = JSON.stringify(data);
    if (said[kind] === text) return;
    said[kind] = text;
    send(kind, data);
  };
  const look = (): void => {
    const record = live.record(name);
    if (record === undefined || record.metadata.uid !== uid) {
      end();
      return;
    }
    tell("detail", { id: uid, tree: live.tree(record), history: live.history(record) });
    live.events(record).then(
      (events) => tell("events", { id: uid, events }),
      () => {}, // the events' cache is not filled yet: the next change tells
    );
  };
  look();
  return live.subscribe((names) => {
    if (!names.has(name) || waiting) return;
    waiting = true;
    later(() => {
      waiting = false;
      look();
    }, detailEveryMilliseconds);
  });
};
