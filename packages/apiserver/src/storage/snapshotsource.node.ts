import type { LmdbFile } from "./lmdbfile.node.ts";

/** Everything in the stores at one moment. */
export interface SnapshotSource {
  readonly stores: readonly StoreDump[];
  /** The key that all sealed values are known to be sealed with. */
  readonly sealedWith: string;
  /** Must be called when it is read, or given up: until then the disk keeps what is gone meanwhile. */
  close(): void;
}

export interface StoreDump {
  readonly name: string;
  readonly revision: number;
  /** In key order, as they are written down: sealed values stay sealed. */
  items(): Iterable<readonly [key: string, record: string]>;
}

const readAtOnce = 500;

/** One read transaction: what is written after its beginning is not in it. */
export const dumpOf = (
  { env, meta, items }: LmdbFile,
  names: readonly (readonly [name: string, number: number])[],
  closed: () => void,
): SnapshotSource => {
  const transaction = env.useReadTransaction();
  const revisions = new Map(
    [...meta.getRange({ start: "revision/", end: "revision0", transaction })].map(({ key, value }) => [key, Number(value)]),
  );
  let over = false;
  const itemsOf = function* (number: number): Generator<readonly [string, string]> {
    let start: [number, string] | undefined = [number, ""];
    let exclusiveStart = false;
    while (start !== undefined) {
      if (over) throw new Error("the store was closed while its snapshot was taken");
      const page: { readonly key: [number, string]; readonly value: string }[] = [
        ...items.getRange({ start, end: [number + 1, ""], exclusiveStart, limit: readAtOnce, transaction }),
      ];
      for (const { key, value } of page) yield [key[1], value];
      start = page.length < readAtOnce ? undefined : page.at(-1)?.key;
      exclusiveStart = true;
    }
  };
  return {
    sealedWith: meta.get("sealed-with", { transaction }) ?? "",
    stores: names.map(([name, number]) => ({
      name,
      revision: revisions.get(`revision/${number}`) ?? 0,
      items: () => itemsOf(number),
    })),
    close: () => {
      if (over) return;
      over = true;
      transaction.done();
      closed();
    },
  };
};
