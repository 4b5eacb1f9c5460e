import { setImmediate as nextTurn } from "node:timers/promises";
import type { KubeObject } from "@slipway/api";
import { familyReaders } from "../state/collect.ts";
import type { KindDeclaration } from "../state/declaration.ts";
import { familyLines } from "../state/exposition.ts";
import type { Piece } from "./gzip.ts";
import { pieceOf } from "./piece.node.ts";
import type { RenderedSize } from "./rendered.node.ts";
import type { RenderedFamily } from "./snapshot.node.ts";

/** Changes come a cluster at a time, and neighbours in a list are of one cluster: few buckets are touched. */
const objectsABucket = 64;

/** Objects that are rendered together: of each family one piece. */
interface Bucket {
  pieces: readonly Piece[];
  /** Objects that have their place here. */
  count: number;
  changed: boolean;
  dissolved: boolean;
}
interface Slot {
  bucket: Bucket;
  version: string | undefined;
  /** The look at which it was last there. */
  seen: number;
}

export interface RenderedKind {
  /** Renders the buckets in which something is new, changed or gone; the others stay as they are. Not twice at once. */
  update(objects: readonly KubeObject[]): Promise<void>;
  families(): readonly RenderedFamily[];
  size(): RenderedSize;
}

/** One kind's objects as text that is ready to be sent. Keeps no object: only which version of it was rendered. */
export const createRenderedKind = (kind: KindDeclaration): RenderedKind => {
  const readers = familyReaders(kind);
  const slots = new Map<string, Slot>();
  const buckets = new Set<Bucket>();
  let open: Bucket | undefined;
  let looks = 0;

  const room = (): Bucket => {
    if (open === undefined || open.dissolved || open.count >= objectsABucket) {
      open = { pieces: [], count: 0, changed: true, dissolved: false };
      buckets.add(open);
    }
    open.count += 1;
    open.changed = true;
    return open;
  };

  const note = (objects: readonly KubeObject[]): void => {
    looks += 1;
    for (const object of objects) {
      const key = keyOf(object);
      const version = object.metadata.resourceVersion;
      const slot = slots.get(key);
      if (slot === undefined) slots.set(key, { bucket: room(), version, seen: looks });
      else {
        if (slot.version !== version || version === undefined) slot.bucket.changed = true;
        slot.version = version;
        slot.seen = looks;
      }
    }
    if (slots.size === objects.length) return;
    for (const [key, { seen, bucket }] of slots) {
      if (seen === looks) continue;
      slots.delete(key);
      bucket.count -= 1;
      bucket.changed = true;
    }
  };

  /** What has become nearly empty is given up; who is left in it moves. */
  const tidy = (): void => {
    let any = false;
    for (const bucket of buckets) {
      if (!bucket.changed || bucket === open || bucket.count > objectsABucket / 4) continue;
      bucket.dissolved = true;
      buckets.delete(bucket);
      any = true;
    }
    if (open?.count === 0) {
      open.dissolved = true;
      buckets.delete(open);
    }
    if (!any) return;
    for (const slot of slots.values()) if (slot.bucket.dissolved) slot.bucket = room();
  };

  const render = async (bucket: Bucket, members: readonly KubeObject[]): Promise<void> => {
    const pieces: Promise<Piece>[] = [];
    for (const [index, reader] of readers.entries()) {
      pieces.push(pieceOf(familyLines(reader, members), bucket.pieces[index]));
      await nextTurn();
    }
    bucket.pieces = await Promise.all(pieces);
    bucket.changed = false;
  };

  return {
    update: async (objects) => {
      note(objects);
      tidy();
      const members = new Map<Bucket, KubeObject[]>();
      for (const bucket of buckets) if (bucket.changed) members.set(bucket, []);
      if (members.size === 0) return;
      for (const object of objects) {
        const slot = slots.get(keyOf(object));
        if (slot !== undefined) members.get(slot.bucket)?.push(object);
      }
      // The next is rendered while this one is deflated.
      let under: Promise<void> = Promise.resolve();
      for (const [bucket, own] of members) {
        const next = render(bucket, own);
        await under;
        under = next;
      }
      await under;
    },
    families: () =>
      readers.map((reader, index) => ({
        resource: pluralOf(kind.kind),
        head: reader,
        pieces: [...buckets].flatMap(({ pieces }) => {
          const piece = pieces[index];
          return piece === undefined || piece.size === 0 ? [] : [piece];
        }),
      })),
    size: () => ({
      bytes: [...buckets].flatMap(({ pieces }) => pieces).reduce((sum, { deflated }) => sum + deflated.length, 0),
      buckets: buckets.size,
      objects: slots.size,
    }),
  };
};

/** As every kind here is called in the API. */
const pluralOf = (kind: string): string => `${kind.toLowerCase()}${kind.endsWith("s") ? "es" : "s"}`;

/** A name that was given again is another object. */
const keyOf = ({ metadata }: KubeObject): string => metadata.uid ?? `${metadata.namespace}/${metadata.name}`;
