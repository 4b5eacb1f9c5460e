/** `npm run generate`: what is derived from the kinds and the alerts, written where others look for it. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedFiles, generatedFolders } from "./generated.ts";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
for (const folder of generatedFolders) {
  mkdirSync(join(top, folder), { recursive: true });
  for (const stale of readdirSync(join(top, folder))) rmSync(join(top, folder, stale));
}
for (const [path, content] of generatedFiles()) {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), content);
}
