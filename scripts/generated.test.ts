import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generatedFiles } from "./generated.ts";

const top = join(import.meta.dirname, "..");

test("deploy/crds is what the kinds say: after a change, run `npm run generate`", () => {
  const files = generatedFiles();
  expect(readdirSync(join(top, "deploy/crds")).toSorted()).toEqual(
    [...files.keys()].map((path) => path.slice("deploy/crds/".length)).toSorted(),
  );
  for (const [path, content] of files) expect(readFileSync(join(top, path), "utf8"), path).toBe(content);
});
