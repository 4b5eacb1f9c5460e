import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SnapshotSummary } from "@slipway/api/program/snapshot.ts";
import { writeSnapshot } from "@slipway/apiserver/storage/snapshot.node.ts";
import { freshKey, type KeyFile, keyFileName, readKeyFile, writeKeyFile } from "./keys.ts";
import type { OpenStore, StorePlace } from "./open.ts";

/** What an operator does with the store while the program runs. Answers are plain JSON. */
export interface StoreControl {
  status(): Promise<StoreStatus>;
  /** Writes a snapshot into a file; with the home's keys and certificates unless told otherwise. */
  snapshot(file: string, options: { readonly withoutSecrets: boolean }): Promise<SnapshotSummary>;
  compact(): Promise<{ readonly beforeBytes: number; readonly afterBytes: number }>;
  /** Takes a new key and encrypts everything with it. @throws Error when the operator's own file holds no new one */
  rotate(options: { readonly forgetOldKeys: boolean }): Promise<Rotation>;
  /** Encrypts what is not encrypted as it should be: left so by a rotation that was cut short, or by an older version. */
  catchUp(): Promise<number>;
}

export interface StoreStatus {
  readonly stores: readonly { readonly name: string; readonly revision: number; readonly count: number }[];
  readonly fileBytes: number;
  readonly usedBytes: number;
  readonly encryption: {
    /** Undefined: values are written as they are. */
    readonly writesWith: string | undefined;
    readonly keys: readonly string[];
    /** Records by the key that they are encrypted with; `""` are those in plain text. */
    readonly records: { readonly [key: string]: number };
  };
}

export interface Rotation {
  readonly key: string;
  readonly rewritten: number;
  /** Still in the file: snapshots of before need them. */
  readonly oldKeys: readonly string[];
}

/** Of the home, without which its data is of little use. */
export const homeFiles = ["secrets.json", keyFileName];

export const createStoreControl = (
  home: StorePlace,
  open: OpenStore,
  options: { readonly version: string; readonly now: () => Date; readonly keysFile: string | undefined },
): StoreControl => {
  const { stores, sealer } = open;
  /** One at a time: a rotation on a rotation would be two half ones. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };

  const nextKeys = (): KeyFile => {
    if (sealer.current() === undefined) {
      throw new Error("Encryption is switched off in the inventory (store.encryption.enabled): there is no key to change.");
    }
    const known = open.keyFile();
    if (known === undefined || known.own) {
      const keys = known?.keys ?? [];
      return writeKeyFile(home.path, [freshKey(keys), ...keys]);
    }
    const again = readKeyFile(home.path, options.keysFile);
    if (again === undefined || again.keys[0]?.name === sealer.current()) {
      throw new Error(
        `${known.path} still has "${sealer.current()}" first. Put a new key at the beginning of that file, keep the old ones behind it, and run this again.`,
      );
    }
    return again;
  };

  const compact = async () => {
    const { before, after } = await stores.compact();
    return { beforeBytes: before.fileBytes, afterBytes: after.fileBytes };
  };

  return {
    status: async () => {
      const source = stores.dump();
      try {
        return {
          stores: source.stores.map(({ name, revision, items }) => ({ name, revision, count: countOf(items()) })),
          ...stores.size(),
          encryption: {
            writesWith: sealer.current(),
            keys: sealer.keyNames(),
            records: Object.fromEntries(await stores.sealed()),
          },
        };
      } finally {
        source.close();
      }
    },
    snapshot: (file, { withoutSecrets }) =>
      inTurn(async () => {
        const files = withoutSecrets ? {} : filesOf(home.path);
        const summary = await writeSnapshot(stores.dump(), file, { program: options.version, now: options.now(), files });
        await stores.forgetPages();
        return summary;
      }),
    compact: () => inTurn(compact),
    rotate: ({ forgetOldKeys }) =>
      inTurn(async () => {
        // On the disk first: a kill from here on leaves data that all its keys are there for.
        open.setKeyFile(nextKeys());
        const rewritten = await stores.reseal();
        // The pages that the old texts stood on are only free, not empty.
        await compact();
        const file = open.keyFile();
        const [key, ...old] = file?.keys ?? [];
        if (key === undefined) throw new Error("the keys are gone");
        if (forgetOldKeys && file?.own === true) open.setKeyFile(writeKeyFile(home.path, [key]));
        return { key: key.name, rewritten, oldKeys: forgetOldKeys && file?.own === true ? [] : old.map(({ name }) => name) };
      }),
    catchUp: () =>
      inTurn(async () => {
        if (stores.sealedWith() === (sealer.current() ?? "")) return 0;
        const rewritten = await stores.reseal();
        if (rewritten > 0) await compact();
        return rewritten;
      }),
  };
};

export const filesOf = (homePath: string): { readonly [name: string]: string } => {
  const names = homeFiles.filter((name) => existsSync(join(homePath, name)));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(homePath, name), "utf8")]));
};

const countOf = (items: Iterable<unknown>): number => {
  let count = 0;
  for (const _ of items) count += 1;
  return count;
};
