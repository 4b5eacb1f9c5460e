import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SealingKey } from "@slipway/apiserver/storage/sealing.node.ts";
import { HomeError, writeSecretFile } from "../home/home.ts";

/** The keys that Secrets are encrypted with in the store: the first writes, all of them read. */
export interface KeyFile {
  readonly path: string;
  /** In the home: ours to write. Else the operator's. */
  readonly own: boolean;
  readonly keys: readonly SealingKey[];
}

const format = 1;
export const keyFileName = "encryption.json";

/**
 * Reads the file of keys, the operator's or the home's own.
 *
 * @returns undefined when the home has none yet
 * @throws HomeError when it cannot be used, or others may read it
 */
export const readKeyFile = (homePath: string, named: string | undefined): KeyFile | undefined => {
  const path = named ?? join(homePath, keyFileName);
  if (named === undefined && !existsSync(path)) return undefined;
  let content: unknown;
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new HomeError(`Others may read ${path}, which holds encryption keys. Do: chmod 600 ${path}`);
    }
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof HomeError) throw error;
    throw new HomeError(
      `The encryption keys in ${path} cannot be read: ${error instanceof Error ? error.message : error}. Restore the file from a backup: without it nobody can read the Secrets in the store.`,
    );
  }
  return { path, own: named === undefined, keys: keysOf(content, path) };
};

const keysOf = (content: unknown, path: string): readonly SealingKey[] => {
  const wrong = (what: string) =>
    new HomeError(
      `The encryption keys in ${path} cannot be used: ${what}. It must be {"format": 1, "keys": [{"name": "…", "secret": "<32 bytes in base64>"}]}, the key to write with first.`,
    );
  if (typeof content !== "object" || content === null || !("keys" in content) || !Array.isArray(content.keys)) {
    throw wrong("there is no list of keys");
  }
  if ("format" in content && content.format !== format) throw wrong(`format ${String(content.format)} is not known`);
  if (content.keys.length === 0) throw wrong("the list of keys is empty");
  return content.keys.map((key: unknown, index) => {
    if (typeof key !== "object" || key === null || !("name" in key) || !("secret" in key)) throw wrong(`key ${index + 1}`);
    const { name, secret } = key;
    if (typeof name !== "string" || typeof secret !== "string") throw wrong(`key ${index + 1} has no name or no secret`);
    const bytes = Buffer.from(secret, "base64");
    if (bytes.length !== 32) throw wrong(`the secret of "${name}" has ${bytes.length} bytes, not 32`);
    return { name, secret: bytes };
  });
};

/** Writes the home's own keys, whole or not at all. */
export const writeKeyFile = (homePath: string, keys: readonly SealingKey[]): KeyFile => {
  const path = join(homePath, keyFileName);
  const written = { format, keys: keys.map(({ name, secret }) => ({ name, secret: Buffer.from(secret).toString("base64") })) };
  writeSecretFile(path, `${JSON.stringify(written, undefined, 2)}\n`);
  return { path, own: true, keys };
};

/** A new key with the next free name: `key-1`, `key-2`, … */
export const freshKey = (known: readonly SealingKey[]): SealingKey => {
  const numbers = known.map(({ name }) => Number(/^key-(\d+)$/.exec(name)?.[1] ?? 0));
  return { name: `key-${Math.max(0, ...numbers) + 1}`, secret: randomBytes(32) };
};
