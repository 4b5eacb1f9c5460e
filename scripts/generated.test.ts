import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generatedFiles, generatedFolders } from "./generated.ts";

const top = join(import.meta.dirname, "..");

test("deploy/ is what the kinds and the alerts say: after a change, run `npm run generate` [OBS-099 OBS-183 CORE-487 CORE-488]", () => {
  const files = generatedFiles();
  for (const folder of generatedFolders) {
    const expected = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
    expect(readdirSync(join(top, folder)).toSorted()).toEqual(expected.map((path) => path.slice(folder.length + 1)).toSorted());
  }
  for (const [path, content] of files) expect(readFileSync(join(top, path), "utf8"), path).toBe(content);
});
