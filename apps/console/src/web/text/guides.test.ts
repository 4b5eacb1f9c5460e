import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const docs = join(import.meta.dirname, "../../../../../docs");

test.each([
  ["tenant-guide.md", "en"],
  ["tenant-guide.ja.md", "ja"],
])("the guide %s shows the console in its own language, and each of its pictures is there [CON-019]", (file, language) => {
  const pictures = [...readFileSync(join(docs, file), "utf8").matchAll(/\]\((pictures\/[^)]+)\)/g)].map(([, path]) => path ?? "");
  expect(pictures.length).toBeGreaterThan(5);
  expect(pictures.filter((path) => !existsSync(join(docs, path)))).toEqual([]);
  expect(pictures.filter((path) => !path.endsWith(`.${language}.png`))).toEqual([]);
});
