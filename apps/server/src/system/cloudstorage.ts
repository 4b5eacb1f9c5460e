import type { Change, Storage } from "@slipway/apiserver";
import type { CloudStorage } from "@slipway/sim";

/** The simulated cloud's records in one of our stores: an acknowledged call of the cloud survives a kill, as objects do. */
export const storedCloud = (storage: Storage<{ readonly value: unknown }>): CloudStorage => ({
  load: async () => storage.list("").items.map((item) => [item.key, item.value.value] as const),
  write: async (changes) => {
    const all: Change<{ readonly value: unknown }>[] = [];
    for (const [key, value] of changes) {
      if (value !== undefined) all.push({ op: "put", key, value: { value } });
      else if (storage.get(key) !== undefined) all.push({ op: "delete", key });
    }
    if (all.length > 0) await storage.write(all);
  },
});
