/** Where the cloud's records live between runs: keys are `<collection>/<id>`, values plain JSON. */
export interface CloudStorage {
  load(): Promise<Iterable<readonly [key: string, value: unknown]>>;
  /** All or nothing; resolves when it is durable. An `undefined` value deletes the key. */
  write(changes: ReadonlyMap<string, unknown>): Promise<void>;
}

/** Forgets everything when the process ends. Give the same one to two clouds, one after the other, to play a restart. */
export const memoryCloudStorage = (): CloudStorage => {
  const values = new Map<string, unknown>();
  return {
    load: async () => [...values].map(([key, value]) => [key, structuredClone(value)] as const),
    write: async (changes) => {
      for (const [key, value] of changes) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
    },
  };
};
