import { setImmediate as nextTurn } from "node:timers/promises";
import type { StateSource } from "../state/cached.ts";
import { createRenderedKind } from "./kind.node.ts";
import type { Snapshot } from "./snapshot.node.ts";

/**
 * What the kinds' objects say, kept as a scrape wants it: with a thousand clusters half a gigabyte of text is some megabytes
 * here, a fleet at rest costs next to nothing, and nothing is done while nobody scrapes.
 */
export interface RenderedState {
  /** Brings everything up to date with the caches and freezes it: what is read from it is one moment. */
  snapshot(): Promise<Snapshot>;
  /** What is kept now. */
  size(): RenderedSize;
}
export interface RenderedSize {
  readonly bytes: number;
  readonly buckets: number;
  readonly objects: number;
}

export const createRenderedState = (source: StateSource): RenderedState => {
  const kinds = source.kinds.map((kind) => ({ kind, kept: createRenderedKind(kind) }));
  let last: Promise<unknown> = Promise.resolve();
  const look = async (): Promise<Snapshot> => {
    for (const { kind, kept } of kinds) {
      await kept.update(source.read(kind));
      await nextTurn();
    }
    return { families: kinds.flatMap(({ kept }) => kept.families()) };
  };
  return {
    // One after the other: the second finds most of its work done.
    snapshot: () => {
      const mine = last.then(look, look);
      last = mine;
      return mine;
    },
    size: () =>
      kinds
        .map(({ kept }) => kept.size())
        .reduce((sum, { bytes, buckets, objects }) => ({
          bytes: sum.bytes + bytes,
          buckets: sum.buckets + buckets,
          objects: sum.objects + objects,
        })),
  };
};
