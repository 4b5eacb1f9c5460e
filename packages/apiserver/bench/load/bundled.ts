import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

/** Runs a benchmark as it would ship: one file, so that what is measured is the program's and not that of a compiler. Answers what it prints. */
export const runBundled = async (file: string, args: readonly string[]): Promise<string> => {
  const script = join(import.meta.dirname, `../../../../node_modules/.slipway/${basename(file, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [file],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["lmdb", "ws", "undici", "esbuild"],
    banner: { js: "import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);" },
    logLevel: "silent",
  });
  const run = spawnSync(process.execPath, [script, ...args], { encoding: "utf8", maxBuffer: 2 ** 26 });
  rmSync(script, { force: true });
  if (run.status !== 0) throw new Error(`${basename(file)} ended with ${run.status ?? run.signal}: ${run.stderr}`);
  return run.stdout;
};
