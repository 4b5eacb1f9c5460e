import type { Change, Storage } from "./storage/storage.ts";

/** A write is durable, or refused: how long that took. `resource` is `<plural>.<group>`. */
export type ObserveWrite = (operation: "create" | "update" | "delete" | "txn", resource: string, seconds: number) => void;

/** The same store; every write is told when it is over. */
export const measuredStorage = <V extends object>(storage: Storage<V>, observe: ObserveWrite): Storage<V> => {
  const timed = async <T>(operation: Parameters<ObserveWrite>[0], key: string, work: Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      return await work;
    } finally {
      observe(operation, resourceOf(key), (performance.now() - began) / 1000);
    }
  };
  return {
    ...storage,
    create: (key, value, options) => timed("create", key, storage.create(key, value, options)),
    update: (key, value, expected, options) => timed("update", key, storage.update(key, value, expected, options)),
    put: (key, value, options) => timed("update", key, storage.put(key, value, options)),
    delete: (key, expected) => timed("delete", key, storage.delete(key, expected)),
    write: (changes: readonly Change<V>[]) => timed("txn", changes[0]?.key ?? "", storage.write(changes)),
  };
};

/** `/registry/<group or core>/<plural>/…` */
const resourceOf = (key: string): string => {
  const [, , group = "", plural = ""] = key.split("/", 4);
  return group === "core" || plural === "" ? plural : `${plural}.${group}`;
};
