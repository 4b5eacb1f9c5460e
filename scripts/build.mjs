#!/usr/bin/env node
/**
 * `npm run build [-- --force]`: one file per program in dist/, from the TypeScript sources, and the console's pages in dist/console.
 * Native packages stay outside.
 * Nothing is built again when no source is newer than the build.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { build as buildPages } from "vite";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => ({ entry, path: join(entry.parentPath ?? entry.path, entry.name) }))
    .filter(
      ({ entry, path }) =>
        entry.isFile() && /\.(ts|tsx|css|html|svg|json|mjs|yaml)$/.test(path) && !path.includes("node_modules"),
    )
    .reduce((latest, { path }) => Math.max(latest, statSync(path).mtimeMs), 0);

const stamp = join(dist, "server.mjs");
const sources = Math.max(
  newest(join(root, "packages")),
  newest(join(root, "apps")),
  statSync(join(root, "package-lock.json")).mtimeMs,
);
if (!process.argv.includes("--force") && existsSync(stamp) && statSync(stamp).mtimeMs > sources) process.exit(0);

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
// Whoever builds from a test runner would else ship React's development build.
process.env.NODE_ENV = "production";
await buildPages({ configFile: join(root, "apps/console/vite.config.ts"), logLevel: "warn" });
await build({
  entryPoints: {
    slipway: join(root, "apps/cli/src/slipway.ts"),
    clusterctl: join(root, "apps/cli/src/clusterctl.ts"),
    server: join(root, "apps/server/src/main.ts"),
    console: join(root, "apps/server/src/console.ts"),
    storetool: join(root, "apps/server/src/store/tool.ts"),
  },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "linked",
  legalComments: "none",
  external: ["lmdb", "ws", "undici"],
  define: { "process.env.SLIPWAY_VERSION": JSON.stringify(version) },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: "warning",
});
