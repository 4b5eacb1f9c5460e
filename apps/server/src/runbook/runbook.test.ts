import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sectionsOf } from "./blocks.ts";

const docs = join(import.meta.dirname, "../../../../docs");
const runbook = (file: string) => sectionsOf(readFileSync(join(docs, file), "utf8"));

test("the runbook's two languages have the same sections with the same commands [RUN-083]", () => {
  const [english, japanese] = [runbook("runbook.md"), runbook("runbook.ja.md")];
  expect(english.length).toBeGreaterThan(8);
  expect(japanese.map(({ blocks }) => blocks)).toEqual(english.map(({ blocks }) => blocks));
});
