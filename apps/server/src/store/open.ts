import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock, StorageError } from "@slipway/apiserver";
import { type LmdbStores, openLmdb } from "@slipway/apiserver/storage/lmdb.node.ts";
import { createSealer, type KeyedSealer } from "@slipway/apiserver/storage/sealing.node.ts";
import { coversSecrets } from "@slipway/apiserver/storage/sealing.ts";
import { HomeError } from "../home/home.ts";
import type { StoreSettings } from "../inventory/schema.ts";
import { freshKey, type KeyFile, keyFileName, readKeyFile, writeKeyFile } from "./keys.ts";

export interface OpenStore {
  readonly stores: LmdbStores;
  readonly sealer: KeyedSealer;
  /** Undefined: there is no key and none is needed. */
  keyFile(): KeyFile | undefined;
  setKeyFile(file: KeyFile): void;
}

export interface StorePlace {
  readonly path: string;
  readonly dataPath: string;
}

/**
 * Opens a home's store with its keys; a new home gets a key of its own.
 *
 * @throws HomeError when the keys that the data needs are not there
 */
export const openStore = (
  home: StorePlace,
  settings: Pick<StoreSettings, "maximumBytes" | "encryption">,
  options: { readonly clock: Clock; readonly onFailure: (error: StorageError) => void },
): OpenStore => {
  const { enabled, keysFile } = settings.encryption;
  let keyFile = readKeyFile(home.path, keysFile);
  const sealer = createSealer(keyFile?.keys ?? [], coversSecrets, { seals: enabled });
  const known = existsSync(join(home.dataPath, "store.mdb"));
  if (keyFile === undefined && enabled && !known) {
    keyFile = writeKeyFile(home.path, [freshKey([])]);
    sealer.use(keyFile.keys);
  }
  const stores = openLmdb({
    path: home.dataPath,
    sealer,
    ...options,
    ...(settings.maximumBytes === undefined ? {} : { maximumBytes: settings.maximumBytes }),
  });
  if (keyFile === undefined) {
    const needed = stores.sealedWith();
    if (needed !== "") {
      void stores.close();
      throw new HomeError(
        `The Secrets in ${home.dataPath} are encrypted with the key "${needed}", and ${join(home.path, keyFileName)} is not there. Put that file back: it is in every copy of the home and in snapshots. (If the inventory named a store.encryption.keys_file, name it again.)`,
      );
    }
    // Data of a time before there was encryption: it is encrypted from now on, and what is there follows.
    if (enabled) {
      keyFile = writeKeyFile(home.path, [freshKey([])]);
      sealer.use(keyFile.keys);
    }
  }
  return {
    stores,
    sealer,
    keyFile: () => keyFile,
    setKeyFile: (next) => {
      keyFile = next;
      sealer.use(next.keys);
    },
  };
};
