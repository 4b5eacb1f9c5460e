/** Keys in order, in blocks small enough that inserting one moves little: lists by prefix and lookups by key over one structure. */
export interface SortedMap<T extends { readonly key: string }> {
  get(key: string): T | undefined;
  set(item: T): void;
  delete(key: string): void;
  /** From the first key at or after `from` (after it when `exclusive`), while `visit` returns true. */
  scan(from: string, exclusive: boolean, visit: (item: T) => boolean): void;
  readonly size: number;
}

const blockSize = 256;

export const createSortedMap = <T extends { readonly key: string }>(): SortedMap<T> => {
  const byKey = new Map<string, T>();
  const blocks: T[][] = [];

  /** The last block whose first key is not above `key`. */
  const blockOf = (key: string): number => {
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle]?.[0]?.key ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  };

  return {
    get: (key) => byKey.get(key),
    set: (item) => {
      // Appending in order is how a store is loaded: such blocks stay full instead of being split in halves.
      const last = blocks[blocks.length - 1];
      if (last !== undefined && (last[last.length - 1]?.key ?? "") < item.key) {
        byKey.set(item.key, item);
        if (last.length >= blockSize) blocks.push([item]);
        else last.push(item);
        return;
      }
      const known = byKey.has(item.key);
      byKey.set(item.key, item);
      const at = blockOf(item.key);
      const block = blocks[at];
      if (block === undefined) {
        blocks.push([item]);
        return;
      }
      const index = lowerBound(block, item.key);
      if (known) {
        block[index] = item;
        return;
      }
      block.splice(index, 0, item);
      if (block.length > blockSize) blocks.splice(at + 1, 0, block.splice(blockSize >>> 1));
    },
    delete: (key) => {
      if (!byKey.delete(key)) return;
      const at = blockOf(key);
      const block = blocks[at];
      if (block === undefined) return;
      block.splice(lowerBound(block, key), 1);
      if (block.length === 0) blocks.splice(at, 1);
    },
    scan: (from, exclusive, visit) => {
      let at = blockOf(from);
      let index = lowerBound(blocks[at] ?? [], from);
      for (; at < blocks.length; at += 1, index = 0) {
        const block = blocks[at] ?? [];
        for (; index < block.length; index += 1) {
          const item = block[index] as T;
          if (exclusive && item.key === from) continue;
          if (!visit(item)) return;
        }
      }
    },
    get size() {
      return byKey.size;
    },
  };
};

const lowerBound = (block: readonly { readonly key: string }[], key: string): number => {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle]?.key ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
};
