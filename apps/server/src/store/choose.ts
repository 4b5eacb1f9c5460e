import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock, StorageError, Stores } from "@slipway/apiserver";
import type { Election, Logger } from "@slipway/runtime";
import type { Home } from "../home/home.ts";
import type { StoreSettings } from "../inventory/schema.ts";
import { createStoreControl, type StoreControl } from "./control.ts";
import { openEtcdStore } from "./etcd.ts";
import { checkStore, noteClosed } from "./integrity.ts";
import { openStore } from "./open.ts";

/** Where the objects are, and what an operator can do with it. */
export interface ChosenStore {
  readonly stores: Stores;
  readonly control: StoreControl;
  /** On this machine's disk. */
  bytes(): number;
  /** To be called when everything has read what it needs: what is not as it should be on the disk is mended, and memory given back. */
  settle(): Promise<void>;
  /** To be called when the stores are closed. */
  closed(): void;
  /** When others may work on the same objects: who does is decided so. */
  readonly election: Election | undefined;
}

export interface ChoosingOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFailure: (error: StorageError) => void;
  /** Reads the file in a process of its own. */
  readonly check: readonly [program: string, ...args: string[]];
}

/** Opens the store that the inventory asks for. @throws HomeError */
export const chooseStore = async (home: Home, settings: StoreSettings, options: ChoosingOptions): Promise<ChosenStore> => {
  const { clock, log, version, onFailure } = options;
  if (settings.etcd !== undefined) {
    const opened = await openEtcdStore(home, { ...settings, etcd: settings.etcd }, { clock, log });
    return { ...opened, bytes: () => 0, settle: async () => undefined, closed: () => undefined };
  }
  await checkStore(home.dataPath, options.check);
  const store = openStore(home, settings, { clock, onFailure });
  const { keysFile } = settings.encryption;
  const control = createStoreControl(home, store, { version, now: () => clock.now(), keysFile });
  return {
    stores: store.stores,
    control,
    settle: async () => {
      const count = await control.catchUp();
      if (count > 0) log.info("encrypted what was not encrypted with the present key", { count });
      await store.stores.forgetPages();
    },
    bytes: () => statSync(join(home.dataPath, "store.mdb")).size,
    closed: () => noteClosed(home.dataPath),
    election: undefined,
  };
};
