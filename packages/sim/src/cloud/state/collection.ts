/** Records of one kind, in memory, found by id or by any of the collection's indexes; the order is that of creation. */
export interface Collection<T extends { readonly id: string }, I extends string = string> {
  readonly name: string;
  readonly size: number;
  get(id: string): T | undefined;
  all(): Iterable<T>;
  by(index: I, key: string): readonly T[];
  count(index: I, key: string): number;
  put(record: T): T;
  /** Nothing happens when it is not there (any more). */
  patch(id: string, changes: Partial<T>): T | undefined;
  remove(id: string): T | undefined;
}

export type Indexes<T, I extends string> = { readonly [index in I]: (record: T) => string | readonly string[] | undefined };

/** Called after every change: no `record` when it was removed, no `previous` when it is new. */
export type OnChange = (collection: string, id: string, record: unknown, previous: unknown) => void;

export interface LoadableCollection {
  /** Puts what was stored, without telling `changed`. */
  restore(record: unknown): void;
}

const none: readonly never[] = [];

export const createCollection = <T extends { readonly id: string }, I extends string>(
  name: string,
  indexes: Indexes<T, I>,
  changed: OnChange,
): Collection<T, I> & LoadableCollection => {
  const records = new Map<string, T>();
  const names = Object.keys(indexes) as I[];
  const index = new Map<I, Map<string, Map<string, T>>>(names.map((i) => [i, new Map()]));

  const keysOf = (i: I, record: T): readonly string[] => {
    const keys = indexes[i](record);
    return keys === undefined ? none : typeof keys === "string" ? [keys] : keys;
  };
  const bucketOf = (i: I, key: string): Map<string, T> | undefined => index.get(i)?.get(key);
  const unlink = (i: I, key: string, id: string): void => {
    const bucket = bucketOf(i, key);
    bucket?.delete(id);
    if (bucket?.size === 0) index.get(i)?.delete(key);
  };
  const link = (i: I, key: string, record: T): void => {
    const bucket = bucketOf(i, key);
    if (bucket) bucket.set(record.id, record);
    else index.get(i)?.set(key, new Map([[record.id, record]]));
  };
  const store = (record: T): T | undefined => {
    const old = records.get(record.id);
    records.set(record.id, record);
    for (const i of names) {
      const keys = keysOf(i, record);
      if (old) for (const key of keysOf(i, old)) if (!keys.includes(key)) unlink(i, key, old.id);
      for (const key of keys) link(i, key, record);
    }
    return old;
  };

  const put = (record: T): T => {
    const old = store(record);
    changed(name, record.id, record, old);
    return record;
  };
  return {
    name,
    get size() {
      return records.size;
    },
    get: (id) => records.get(id),
    all: () => records.values(),
    by: (i, key) => {
      const bucket = bucketOf(i, key);
      return bucket ? [...bucket.values()] : none;
    },
    count: (i, key) => bucketOf(i, key)?.size ?? 0,
    put,
    patch: (id, changes) => {
      const old = records.get(id);
      return old && put({ ...old, ...changes });
    },
    remove: (id) => {
      const old = records.get(id);
      if (!old) return undefined;
      records.delete(id);
      for (const i of names) for (const key of keysOf(i, old)) unlink(i, key, id);
      changed(name, id, undefined, old);
      return old;
    },
    restore: (record) => void store(record as T),
  };
};
