import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { ClusterSummary, LiveEventName, LiveEvents } from "../../contract/index.ts";
import { summaryOf } from "../clusters/view.ts";
import type { Reader } from "./reader.ts";
import type { WatchEvent } from "./upstream.ts";

/** What one session's browsers see: the state, and the last changes to it for those who come back. */
export interface Hub {
  /** An event of Magnum's. */
  take(event: WatchEvent): void;
  upstream(state: "live" | "stale"): void;
  /** `since` is the last event's id that the browser has. */
  join(reader: Reader, since: string | undefined): () => void;
  /** Past the numbering: about the session, not about clusters. */
  tell<Name extends LiveEventName>(name: Name, data: LiveEvents[Name]): void;
  beat(): void;
  end(): void;
  readers(): number;
  isFocused(cluster: string): boolean;
  forgetDetail(cluster: string): void;
}

interface Kept {
  readonly seq: number;
  readonly frame: string;
}

const mostKept = 4000;
const snapshotPart = 250;

export const createHub = (options: {
  readonly epoch: string;
  readonly projectId: string;
  readonly roles: () => readonly string[];
  readonly now: () => number;
}): Hub => {
  const { epoch, projectId, roles, now } = options;
  const clusters = new Map<string, LiveCluster>();
  const details = new Map<string, { detail?: string; events?: string }>();
  const kept: Kept[] = [];
  const readers = new Set<Reader>();
  let seq = 0;
  /** The whole list has been seen once. */
  let whole = false;
  /** A list that comes in parts after a break: what it lacks is gone. */
  let listing: Set<string> | undefined;
  /** Undefined until it is known: the first connection is under way. */
  let upstream: LiveEvents["upstream"] | undefined;

  const frame = (name: LiveEventName, data: unknown, id?: number): string =>
    `${id === undefined ? "" : `id: ${epoch}-${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const send = (text: string, to: (reader: Reader) => boolean = () => true): void => {
    for (const reader of readers) if (to(reader)) reader.write(text);
  };
  const number = (name: "cluster" | "clusterGone", data: ClusterSummary | { readonly id: string }): void => {
    seq += 1;
    const text = frame(name, data, seq);
    kept.push({ seq, frame: text });
    if (kept.length > mostKept) kept.shift();
    if (whole) send(text);
  };
  const put = (cluster: LiveCluster): void => {
    const old = clusters.get(cluster.id);
    clusters.set(cluster.id, cluster);
    if (old === undefined || old.revision !== cluster.revision) number("cluster", summaryOf(cluster, roles()));
  };
  const drop = (id: string): void => {
    if (clusters.delete(id)) number("clusterGone", { id });
  };

  const snapshot = (reader: Reader): void => {
    const all = [...clusters.values()].map((cluster) => summaryOf(cluster, roles()));
    const parts = Math.max(1, Math.ceil(all.length / snapshotPart));
    for (let part = 0; part < parts; part++) {
      const last = part === parts - 1;
      const data = { clusters: all.slice(part * snapshotPart, (part + 1) * snapshotPart), part, last };
      // Only the last part may be resumed from.
      reader.write(frame("snapshot", data, last ? seq : undefined));
    }
  };
  const waiting = new Set<Reader>();
  const detailsTo = (reader: Reader): void => {
    const known = reader.cluster === undefined ? undefined : details.get(reader.cluster);
    if (known?.detail !== undefined) reader.write(known.detail);
    if (known?.events !== undefined) reader.write(known.events);
  };

  return {
    take: (event) => {
      switch (event.name) {
        case "clusters": {
          listing ??= new Set();
          for (const cluster of event.data.clusters) {
            listing.add(cluster.id);
            put(cluster);
          }
          if (!event.data.last) return;
          for (const id of [...clusters.keys()]) if (!listing.has(id)) drop(id);
          listing = undefined;
          whole = true;
          for (const reader of waiting) snapshot(reader);
          waiting.clear();
          return;
        }
        case "cluster":
          listing?.add(event.data.id);
          return put(event.data);
        case "gone":
          return drop(event.data.id);
        case "detail":
        case "events": {
          const text = frame(event.name, event.data);
          const { id } = event.data;
          // Events come as all that there are: the last frame says everything.
          details.set(id, { ...details.get(id), [event.name]: text });
          return send(text, (reader) => reader.cluster === id);
        }
      }
    },
    upstream: (state) => {
      if (state === upstream?.state) return;
      upstream = { state, since: new Date(now()).toISOString() };
      if (state === "stale") listing = undefined;
      send(frame("upstream", upstream));
    },
    join: (reader, since) => {
      const [, sinceEpoch, digits] = /^(.*)-(\d{1,15})$/.exec(since ?? "") ?? [];
      const sinceSeq = Number(digits);
      const oldest = kept[0]?.seq ?? seq + 1;
      const resumed = whole && sinceEpoch === epoch && sinceSeq <= seq && sinceSeq + 1 >= oldest;
      reader.write(`retry: 1000\n${frame("hello", { resumed, now: new Date(now()).toISOString(), projectId })}`);
      if (upstream !== undefined) reader.write(frame("upstream", upstream));
      readers.add(reader);
      if (resumed) {
        for (const one of kept) if (one.seq > sinceSeq) reader.write(one.frame);
      } else if (whole) snapshot(reader);
      else waiting.add(reader);
      detailsTo(reader);
      return () => {
        readers.delete(reader);
        waiting.delete(reader);
      };
    },
    tell: (name, data) => send(frame(name, data)),
    beat: () => send(": beat\n\n"),
    end: () => {
      for (const reader of readers) reader.end();
    },
    readers: () => readers.size,
    isFocused: (cluster) => [...readers].some((reader) => reader.cluster === cluster),
    forgetDetail: (cluster) => void details.delete(cluster),
  };
};
