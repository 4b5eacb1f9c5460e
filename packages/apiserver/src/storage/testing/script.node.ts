import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** Builds one of the scripts in this folder, so that a test can run it in a process of its own, and removes it afterwards. */
export const withScript = async <T>(name: string, use: (script: string) => Promise<T>): Promise<T> => {
  // Where the script finds the same libraries as its test.
  const script = join(import.meta.dirname, `../../../../../node_modules/.slipway/${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.node.ts`)],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["lmdb"],
    logLevel: "silent",
  });
  try {
    return await use(script);
  } finally {
    rmSync(script, { force: true });
  }
};
