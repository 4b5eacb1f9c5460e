/** Where stores are among etcd's keys: `<prefix><store>:<key>`, and one key that every write of ours changes. */
export interface Layout {
  readonly prefix: string;
  /** Its revision is that of the newest write, whoever made it: reading it tells how far a mirror has to be. */
  readonly newest: string;
  keyOf(store: string, key: string): string;
  storePrefix(store: string): string;
  /** Undefined: none of ours, or not an item. */
  itemOf(etcdKey: string): { readonly store: string; readonly key: string } | undefined;
}

/** @param root ends with a slash */
export const createLayout = (root: string): Layout => {
  const newest = `${root}newest`;
  return {
    prefix: root,
    newest,
    keyOf: (store, key) => `${root}${store}:${key}`,
    storePrefix: (store) => `${root}${store}:`,
    itemOf: (etcdKey) => {
      if (!etcdKey.startsWith(root)) return undefined;
      const end = etcdKey.indexOf(":", root.length);
      return end < 0 ? undefined : { store: etcdKey.slice(root.length, end), key: etcdKey.slice(end + 1) };
    },
  };
};
