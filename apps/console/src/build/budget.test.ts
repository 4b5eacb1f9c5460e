import { expect, test } from "vitest";
import { budget, type Chunk, firstLoad } from "./budget.ts";

const chunk = (
  fileName: string,
  imports: readonly string[] = [],
  isEntry = false,
  code = fileName,
): Chunk & { type: "chunk" } => ({
  type: "chunk",
  fileName,
  imports,
  isEntry,
  code,
});

test("the first load is the entry and what it imports, not what loads later [CON-076]", () => {
  const chunks = [chunk("main.js", ["react.js"], true), chunk("react.js", ["main.js"]), chunk("later.js", ["react.js"])];
  expect(firstLoad(chunks).map(({ fileName }) => fileName)).toEqual(["main.js", "react.js"]);
});

test("a build whose first load is too heavy fails and says what to do [CON-076]", () => {
  const noise = Array.from({ length: 40_000 }, (_, at) => ((at * 2654435761) % 4294967296).toString(36)).join("");
  const bundle = { main: chunk("main.js", [], true, noise), css: { type: "asset" } };
  expect(() => budget({ firstLoadKilobytes: 50 }).writeBundle({}, bundle)).toThrow(/50 kB are allowed.*lazily/);
  expect(() => budget({ firstLoadKilobytes: 500 }).writeBundle({}, bundle)).not.toThrow();
});
