import { type Change, type HistoryLimits, StorageError, type Stores } from "@slipway/apiserver";
import type { CloudStorage } from "./storage.ts";

/** Nobody watches these records: what was before is not kept. */
const noHistory: HistoryLimits = { seconds: 0, events: 0, maximumEvents: 1, watcherLag: 1 };

/** The cloud's records in the store named `cloud`, beside the management cluster's. */
export const cloudStorageIn = (stores: Stores): CloudStorage => {
  const store = stores.store<object>("cloud", { history: noHistory });
  return {
    load: async () => store.list("").items.map(({ key, value }) => [key, value] as const),
    write: async (changes) => {
      const wanted: Change<object>[] = [];
      for (const [key, value] of changes) {
        if (value !== undefined) wanted.push({ op: "put", key, value: value as object });
        else if (store.get(key)) wanted.push({ op: "delete", key }); // what came and went between two writes was never there
      }
      if (wanted.length === 0) return;
      try {
        await store.write(wanted);
      } catch (error) {
        if (error instanceof StorageError)
          throw new Error(`the simulated cloud cannot keep its records: ${error.message}`, { cause: error });
        throw error;
      }
    },
  };
};
