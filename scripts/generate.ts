/** `npm run generate`: what is derived from the kinds, written where others look for it. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedFiles } from "./generated.ts";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const crds = join(top, "deploy/crds");
mkdirSync(crds, { recursive: true });
for (const stale of readdirSync(crds)) rmSync(join(crds, stale));
for (const [path, content] of generatedFiles()) writeFileSync(join(top, path), content);
