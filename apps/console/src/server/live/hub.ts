import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { LiveEventName, LiveEvents, OperatorList } from "../../contract/index.ts";
import { diagnosisOf } from "../clusters/inside.ts";
import { summaryOf } from "../clusters/view.ts";
import { createKnownList, type KnownList } from "./lists.ts";
import type { Reader } from "./reader.ts";
import type { WatchEvent } from "./upstream.ts";

/** What one session's browsers see: the state, and the last changes to it for those who come back. */
export interface Hub {
  /** An event of Magnum's. */
  take(event: WatchEvent): void;
  upstream(state: "live" | "stale"): void;
  /** A list of every project's, from now on kept: until it is forgotten. */
  list(name: OperatorList): Pick<KnownList, "take" | "broken">;
  forgetList(name: OperatorList): void;
  /** `since` is the last event's id that the browser has. */
  join(reader: Reader, since: string | undefined): () => void;
  /** Past the numbering: about the session, not about clusters. */
  tell<Name extends LiveEventName>(name: Name, data: LiveEvents[Name]): void;
  beat(): void;
  end(): void;
  readers(): number;
  isFocused(cluster: string): boolean;
  isListed(name: OperatorList): boolean;
  forgetDetail(cluster: string): void;
}

interface Kept {
  readonly seq: number;
  /** The frame without its id, which depends on who reads it. */
  readonly text: string;
  /** For those who look at this list only. */
  readonly list: OperatorList | undefined;
}

const mostKept = 4000;
const mostKeptCharacters = 8 * 1024 * 1024;
const snapshotPart = 250;

export const createHub = (options: {
  readonly epoch: string;
  readonly projectId: string;
  readonly roles: () => readonly string[];
  readonly now: () => number;
}): Hub => {
  const { epoch, projectId, roles, now } = options;
  const clusters = new Map<string, LiveCluster>();
  const details = new Map<string, { detail?: string; events?: string; diagnosis?: string }>();
  const lists = new Map<OperatorList, { readonly known: KnownList; since: number }>();
  const kept: Kept[] = [];
  const readers = new Set<Reader>();
  let keptCharacters = 0;
  let seq = 0;
  /** Who has got the list that they look at: only they may go on with it later. */
  const listed = new Set<Reader>();
  /** The whole list has been seen once. */
  let whole = false;
  /** A list that comes in parts after a break: what it lacks is gone. */
  let listing: Set<string> | undefined;
  /** Undefined until it is known: the first connection is under way. */
  let upstream: LiveEvents["upstream"] | undefined;

  const frame = (name: LiveEventName, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const idFor = (reader: Reader, id: number): string =>
    `id: ${epoch}-${id}${reader.list !== undefined && listed.has(reader) ? `.${reader.list}` : ""}\n`;
  const send = (text: string, to: (reader: Reader) => boolean = () => true): void => {
    for (const reader of readers) if (to(reader)) reader.write(text);
  };
  const number = (name: LiveEventName, data: object, list?: OperatorList): void => {
    seq += 1;
    const text = frame(name, data);
    kept.push({ seq, text, list });
    keptCharacters += text.length;
    while (kept.length > mostKept || (keptCharacters > mostKeptCharacters && kept.length > 1))
      keptCharacters -= kept.shift()?.text.length ?? 0;
    for (const reader of readers) {
      const isTold = list === undefined ? whole : listed.has(reader) && reader.list === list;
      if (isTold) reader.write(`${idFor(reader, seq)}${text}`);
    }
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
      reader.write(`${last ? idFor(reader, seq) : ""}${frame("snapshot", data)}`);
    }
  };
  const waiting = new Set<Reader>();
  /** The list that somebody looks at, when it is there. */
  const listTo = (reader: Reader): void => {
    if (reader.list === undefined || listed.has(reader)) return;
    const known = lists.get(reader.list)?.known.whole();
    if (known === undefined) return;
    const { items, about } = known;
    const parts = Math.max(1, Math.ceil(items.length / snapshotPart));
    for (let part = 0; part < parts; part++) {
      const last = part === parts - 1;
      if (last) listed.add(reader);
      const some = items.slice(part * snapshotPart, (part + 1) * snapshotPart);
      // Who has not got the clusters yet may not resume after them.
      const id = last && !waiting.has(reader) && readers.has(reader) ? idFor(reader, seq) : "";
      reader.write(`${id}${frame("list", { list: reader.list, items: some, about, part, last })}`);
    }
  };
  const detailsTo = (reader: Reader): void => {
    const known = reader.cluster === undefined ? undefined : details.get(reader.cluster);
    if (known?.detail !== undefined) reader.write(known.detail);
    if (known?.events !== undefined) reader.write(known.events);
    if (known?.diagnosis !== undefined) reader.write(known.diagnosis);
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
        case "events":
        case "diagnosis": {
          const { id } = event.data;
          const data = event.name === "diagnosis" ? { id, diagnosis: diagnosisOf(event.data.diagnosis) } : event.data;
          const text = frame(event.name, data);
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
    list: (name) => {
      const known = createKnownList(name, {
        whole: () => {
          seq += 1;
          lists.set(name, { known, since: seq });
          for (const reader of readers) if (reader.list === name) listTo(reader);
        },
        tell: (event, data) => number(event, data, name),
      });
      lists.set(name, { known, since: Number.POSITIVE_INFINITY });
      return known;
    },
    forgetList: (name) => void lists.delete(name),
    join: (reader, since) => {
      const [, sinceEpoch, digits, sinceList] = /^(.*)-(\d{1,15})(?:\.([a-z]+))?$/.exec(since ?? "") ?? [];
      const sinceSeq = Number(digits);
      const oldest = kept[0]?.seq ?? seq + 1;
      const resumed = whole && sinceEpoch === epoch && sinceSeq <= seq && sinceSeq + 1 >= oldest;
      reader.write(`retry: 1000\n${frame("hello", { resumed, now: new Date(now()).toISOString(), projectId })}`);
      if (upstream !== undefined) reader.write(frame("upstream", upstream));
      // Whoever had this list whole needs only what changed; anybody else gets it before anything that could be resumed from.
      const listSince = reader.list === undefined ? undefined : lists.get(reader.list)?.since;
      const goesOn = resumed && listSince !== undefined && reader.list === sinceList && sinceSeq >= listSince;
      if (goesOn) listed.add(reader);
      else listTo(reader);
      readers.add(reader);
      if (resumed) {
        for (const { seq: id, text, list } of kept)
          if (id > sinceSeq && (list === undefined || (goesOn && list === reader.list)))
            reader.write(`${idFor(reader, id)}${text}`);
      } else if (whole) snapshot(reader);
      else waiting.add(reader);
      detailsTo(reader);
      return () => {
        readers.delete(reader);
        waiting.delete(reader);
        listed.delete(reader);
      };
    },
    tell: (name, data) => send(frame(name, data)),
    beat: () => send(": beat\n\n"),
    end: () => {
      for (const reader of readers) reader.end();
    },
    readers: () => readers.size,
    isFocused: (cluster) => [...readers].some((reader) => reader.cluster === cluster),
    isListed: (name) => [...readers].some((reader) => reader.list === name),
    forgetDetail: (cluster) => void details.delete(cluster),
  };
};
