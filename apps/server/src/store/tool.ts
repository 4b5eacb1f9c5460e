/** The store of a home that nobody runs on, and files of snapshots: what `slipway snapshot` and the check at a start do. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLmdb } from "@slipway/apiserver/storage/lmdb.node.ts";
import { parsed } from "@slipway/apiserver/storage/record.node.ts";
import { restoreStores } from "@slipway/apiserver/storage/restore.node.ts";
import { readSnapshot, SnapshotError, type SnapshotHead, writeSnapshot } from "@slipway/apiserver/storage/snapshot.node.ts";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import { HomeError, writeSecretFile } from "../home/home.ts";
import { filesOf, homeFiles } from "./control.ts";
import { noteClosed } from "./integrity.ts";

const main = async (): Promise<object | undefined> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      home: { type: "string", default: "" },
      data: { type: "string", default: "" },
      file: { type: "string", default: "" },
      "without-secrets": { type: "boolean", default: false },
    },
  });
  switch (positionals[0]) {
    case "check":
      return check(values.data);
    case "save":
      return save(values.home, values.file, values["without-secrets"]);
    case "restore":
      return restore(values.home, values.file);
    case "status":
      return readSnapshot(values.file);
    case "compact":
      return compact(values.home);
    default:
      throw new HomeError("check, save, restore, status or compact");
  }
};

/** Reads every record. @throws when one cannot be read; a broken page of the database may end this process instead. */
const check = async (dataPath: string): Promise<object> => {
  const stores = openLmdb({ path: dataPath });
  const source = stores.dump();
  let count = 0;
  for (const { items } of source.stores) {
    for (const [key, record] of items()) {
      parsed(key, record);
      count += 1;
    }
  }
  source.close();
  await stores.close();
  return { count };
};

const save = async (home: string, file: string, withoutSecrets: boolean): Promise<object> => {
  if (!existsSync(join(home, "data/store.mdb"))) throw new HomeError(`There is no store in ${home}: nothing to save.`);
  const stores = openLmdb({ path: join(home, "data") });
  try {
    const files = withoutSecrets ? {} : filesOf(home);
    const program = process.env["SLIPWAY_VERSION"] ?? "unknown";
    return await writeSnapshot(stores.dump(), file, { program, now: new Date(), files });
  } finally {
    await stores.close();
    noteClosed(join(home, "data"));
  }
};

const compact = async (home: string): Promise<object> => {
  if (!existsSync(join(home, "data/store.mdb"))) throw new HomeError(`There is no store in ${home}: nothing to compact.`);
  const stores = openLmdb({ path: join(home, "data") });
  try {
    const { before, after } = await stores.compact();
    return { beforeBytes: before.fileBytes, afterBytes: after.fileBytes };
  } finally {
    await stores.close();
    noteClosed(join(home, "data"));
  }
};

/** The keys and certificates first, then the data: a home with data has what it needs to read it. */
const restore = async (home: string, file: string): Promise<object> => {
  const running = findRunning(home);
  if (running !== undefined) {
    throw new HomeError(
      `Slipway runs on ${home} (pid ${running.pid}): a snapshot is never restored under a running program. End it with \`slipway down\` and restore into a new home.`,
    );
  }
  const head: { value?: SnapshotHead } = {};
  await readSnapshot(file, {
    head: (read) => {
      head.value = read;
    },
  });
  const files = Object.entries(head.value?.files ?? {});
  const strange = files.find(([name]) => !homeFiles.includes(name));
  if (strange !== undefined) throw new SnapshotError(`The snapshot ${file} holds a file "${strange[0]}" that no home has.`);
  for (const [name, content] of files) {
    const present = join(home, name);
    if (existsSync(present) && readFileSync(present, "utf8") !== content) {
      throw new HomeError(
        `${present} is another one than the snapshot's. Restore into a new home, or move that file away first.`,
      );
    }
  }
  for (const name of files.length > 0 ? [] : homeFiles) {
    if (!existsSync(join(home, name))) {
      throw new HomeError(
        `This snapshot was taken without secrets: put ${homeFiles.join(" and ")} of the home that it was taken of into ${home} first.`,
      );
    }
  }
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const summary = await restoreStores(file, join(home, "data"), () => {
    for (const [name, content] of files) writeSecretFile(join(home, name), content);
  });
  noteClosed(join(home, "data"));
  return summary;
};

try {
  process.stdout.write(`${JSON.stringify(await main())}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
