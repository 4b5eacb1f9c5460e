import type { StorageEvent } from "../storage.ts";

export interface Counted {
  readonly n: number;
}

/** One operation of a client as it was seen from outside. Moments are numbers that only grow. */
export interface Operation {
  readonly op: "create" | "put" | "update" | "delete" | "get" | "list";
  readonly key: string;
  readonly began: number;
  readonly ended: number;
  /** Of update, and of a delete that asked for one. */
  readonly expected?: number;
  /** What was to be written. */
  readonly n?: number;
  readonly outcome: /** A write that happened; of a deletion `n` is the last value. */
    | { readonly did: "write"; readonly revision: number; readonly n: number; readonly createRevision: number }
    | { readonly did: "refuse"; readonly why: "exists" | "missing" | "conflict"; readonly currentRevision: number | undefined }
    | { readonly did: "read"; readonly found: Seen | undefined }
    | { readonly did: "list"; readonly revision: number; readonly found: readonly (Seen & { readonly key: string })[] };
}

export interface Seen {
  readonly n: number;
  readonly modRevision: number;
}

export interface Watched {
  readonly prefix: string;
  readonly after: number;
  readonly events: readonly StorageEvent<Counted>[];
}

interface Version {
  readonly revision: number;
  /** Undefined: gone. */
  readonly n: number | undefined;
  readonly createRevision: number;
}

/**
 * Whether there is one order of all operations that explains every answer and respects real time (linearizability), and whether each
 * watcher was told exactly that order. Writes carry their place in it, their revision, so that nothing has to be searched for: the order
 * is replayed, and every other answer must fit to a moment between its beginning and its end.
 *
 * @param start the revision before the first operation; keys were empty then
 * @returns what does not fit; empty when all is well
 */
export const faultsOf = (operations: readonly Operation[], watches: readonly Watched[], start: number): readonly string[] => {
  const faults: string[] = [];
  const writes = operations.flatMap((one) => (one.outcome.did === "write" ? [{ ...one, outcome: one.outcome }] : []));
  writes.sort((a, b) => a.outcome.revision - b.outcome.revision);
  const versions = replay(writes, start, faults);
  const bounds = boundsOf(writes, start);

  for (const one of operations) {
    const { low, high } = bounds(one);
    const possible = presentBetween(versions.get(one.key) ?? [nothing(start)], low, high);
    const fault = explain(one, possible, low, high, versions);
    if (fault !== undefined) faults.push(`${one.op} ${one.key} [${one.began}, ${one.ended}]: ${fault}`);
  }
  for (const watch of watches) faults.push(...faultsOfWatch(watch, writes, versions));
  return faults;
};

type Write = Operation & { readonly outcome: Extract<Operation["outcome"], { did: "write" }> };

const nothing = (revision: number): Version => ({ revision, n: undefined, createRevision: 0 });

/** Every version of every key, in order. */
const replay = (writes: readonly Write[], start: number, faults: string[]): ReadonlyMap<string, readonly Version[]> => {
  const versions = new Map<string, Version[]>();
  let last = start;
  for (const { op, key, expected, n, outcome } of writes) {
    const { revision, createRevision } = outcome;
    const told = `${op} ${key} at ${revision}`;
    if (revision <= last) faults.push(`${told}: the revision was given out before`);
    last = revision;
    const all = versions.get(key) ?? [nothing(start)];
    versions.set(key, all);
    const before = all.at(-1) ?? nothing(start);
    if (op === "create" && before.n !== undefined) faults.push(`${told}: it was there, from ${before.revision} on`);
    if ((op === "update" || op === "delete") && before.n === undefined) faults.push(`${told}: it was not there`);
    if (expected !== undefined && before.revision !== expected)
      faults.push(`${told}: expected ${expected}, was at ${before.revision}`);
    if (op === "delete") {
      if (outcome.n !== before.n) faults.push(`${told}: the last value was ${before.n}, told was ${outcome.n}`);
      all.push(nothing(revision));
      continue;
    }
    const made = before.n === undefined ? revision : before.createRevision;
    if (createRevision !== made) faults.push(`${told}: made at ${made}, told was ${createRevision}`);
    if (outcome.n !== n) faults.push(`${told}: wrote ${n}, told was ${outcome.n}`);
    all.push({ revision, n, createRevision: made });
  }
  return versions;
};

/**
 * Between which revisions an operation may have its moment: after the last write that had ended before it began, and before the
 * first that began after it had ended.
 */
const boundsOf = (writes: readonly Write[], start: number) => {
  const byEnd = [...writes].sort((a, b) => a.ended - b.ended);
  const byBegin = [...writes].sort((a, b) => b.began - a.began);
  const highest: number[] = [];
  for (const { outcome } of byEnd) highest.push(Math.max(highest.at(-1) ?? start, outcome.revision));
  const lowest: number[] = [];
  for (const { outcome } of byBegin) lowest.push(Math.min(lowest.at(-1) ?? Number.POSITIVE_INFINITY, outcome.revision));
  return ({ began, ended }: Operation): { readonly low: number; readonly high: number } => {
    const before = countWhile(byEnd, (write) => write.ended < began);
    const after = countWhile(byBegin, (write) => write.began > ended);
    return { low: highest[before - 1] ?? start, high: lowest[after - 1] ?? Number.POSITIVE_INFINITY };
  };
};

/** The versions that were the present one at some moment from `low` until before `high`. */
const presentBetween = (all: readonly Version[], low: number, high: number): readonly Version[] => {
  const first = Math.max(0, countWhile(all, ({ revision }) => revision <= low) - 1);
  const behind = countWhile(all, ({ revision }) => revision < high);
  return all.slice(first, Math.max(behind, first));
};

/** How many of a list, from its beginning, are so; once one is not, none is. */
const countWhile = <T>(list: readonly T[], is: (one: T) => boolean): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** @param possible the versions of the key that may have been the present one at its moment */
const explain = (
  { key, expected, outcome }: Operation,
  possible: readonly Version[],
  low: number,
  high: number,
  versions: ReadonlyMap<string, readonly Version[]>,
): string | undefined => {
  switch (outcome.did) {
    case "write":
      if (outcome.revision <= low) return `it began after a write at ${low} was acknowledged, and got ${outcome.revision}`;
      return outcome.revision < high ? undefined : `it had ended before the write at ${high} began, and got ${outcome.revision}`;
    case "read": {
      const { found } = outcome;
      const fits = possible.some(({ n, revision }) => n === found?.n && (found === undefined || revision === found.modRevision));
      return fits ? undefined : `found ${JSON.stringify(found)}, could be one of ${JSON.stringify(possible)}`;
    }
    case "refuse": {
      const there = ({ n, revision }: Version): boolean => n !== undefined && revision === outcome.currentRevision;
      const fits = possible.some((version) => {
        if (outcome.why === "missing") return version.n === undefined;
        return there(version) && (outcome.why === "exists" || version.revision !== expected);
      });
      return fits
        ? undefined
        : `refused as ${outcome.why} (${outcome.currentRevision}), could be one of ${JSON.stringify(possible)}`;
    }
    case "list": {
      if (outcome.revision < low || outcome.revision >= high)
        return `lists revision ${outcome.revision}, outside of ${low} to ${high}`;
      const wanted = [...versions]
        .filter(([name]) => name.startsWith(key))
        .flatMap(([name, all]) => {
          const version = all[countWhile(all, ({ revision }) => revision <= outcome.revision) - 1];
          return version?.n === undefined ? [] : [{ key: name, n: version.n, modRevision: version.revision }];
        })
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const same =
        JSON.stringify(wanted) ===
        JSON.stringify(outcome.found.map(({ key: name, n, modRevision }) => ({ key: name, n, modRevision })));
      return same ? undefined : `lists ${JSON.stringify(outcome.found)} at ${outcome.revision}, it was ${JSON.stringify(wanted)}`;
    }
  }
};

/** Told must be every write after the start on keys of the prefix, each once, in order, with what was before. */
const faultsOfWatch = (
  { prefix, after, events }: Watched,
  writes: readonly Write[],
  versions: ReadonlyMap<string, readonly Version[]>,
): readonly string[] => {
  const wanted = writes
    .filter(({ key, outcome }) => key.startsWith(prefix) && outcome.revision > after)
    .map(({ op, key, outcome }) => {
      const all = versions.get(key) ?? [];
      const before = all[countWhile(all, ({ revision }) => revision < outcome.revision) - 1];
      const type = op === "delete" ? "deleted" : before?.n === undefined ? "created" : "updated";
      return `${outcome.revision} ${type} ${key} ${outcome.n} after ${before?.n}`;
    });
  const told = events.map(
    ({ revision, type, key, value, previous }) => `${revision} ${type} ${key} ${value.n} after ${previous?.n}`,
  );
  const at = wanted.findIndex((line, index) => line !== told[index]);
  if (at < 0 && told.length === wanted.length) return [];
  const place = at < 0 ? wanted.length : at;
  return [`the watch of ${prefix} after ${after} told "${told[place]}" as event ${place}, where "${wanted[place]}" happened`];
};
