import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Session, SessionVault } from "./sessions.ts";

/** Nothing outlives the process: for tests, and for those who want it so. */
export const memoryVault = (): SessionVault => {
  const kept = new Map<string, Session>();
  return {
    load: async () => [...kept.values()],
    save: async (session) => void kept.set(session.id, session),
    remove: async (id) => void kept.delete(id),
  };
};

/**
 * One file a session, 0600, encrypted (AES-256-GCM) under a key that lies beside the folder: a copy of the folder alone opens nothing.
 * A file belongs to its name: it cannot be put in another's place. What cannot be read is no session, and goes.
 */
export const folderVault = (options: { readonly folder: string; readonly key: Buffer }): SessionVault => {
  const { folder, key } = options;
  const file = (id: string): string => join(folder, `${id}.session`);
  const seal = (session: Session): Buffer => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(session.id));
    const text = Buffer.concat([cipher.update(JSON.stringify({ ...session, format: 1 }), "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]);
  };
  const open = (id: string, sealed: Buffer): Session | undefined => {
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(id))
        .setAuthTag(sealed.subarray(12, 28));
      const text = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString("utf8");
      const { format, ...session } = JSON.parse(text) as Session & { readonly format: unknown };
      return format === 1 && session.id === id ? session : undefined;
    } catch {
      return undefined;
    }
  };
  // One write a session at a time, in order: two at once could leave the older one.
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const next = (turns.get(id) ?? Promise.resolve()).then(work, work);
    turns.set(id, next);
    const over = () => void (turns.get(id) === next && turns.delete(id));
    next.then(over, over);
    return next;
  };
  return {
    load: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const sessions: Session[] = [];
      for (const name of await readdir(folder)) {
        const id = /^([0-9a-f]{64})\.session$/.exec(name)?.[1];
        const session = id === undefined ? undefined : open(id, await readFile(join(folder, name)));
        if (session === undefined) await rm(join(folder, name), { force: true, recursive: true });
        else sessions.push(session);
      }
      return sessions;
    },
    save: (session) =>
      inTurn(session.id, async () => {
        const next = `${file(session.id)}.new`;
        await writeFile(next, seal(session), { mode: 0o600 });
        await rename(next, file(session.id));
      }),
    remove: (id) => inTurn(id, () => rm(file(id), { force: true })),
  };
};

/** Reads the key, or makes it once. */
export const openVaultKey = (path: string): Buffer => {
  if (!existsSync(path)) {
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (key.length !== 32)
    throw new Error(`${path} is not a key of 32 bytes. Remove it: everybody signs in again, nothing else is lost.`);
  return key;
};
