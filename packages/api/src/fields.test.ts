import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { shapesOf } from "./kind/shape.testing.ts";
import { customKinds } from "./kinds.ts";

/** `KubeadmConfig spec.ntp [BOOT-011]`, then a line for each field. */
const blocks = readFileSync(new URL("testdata/fields.txt", import.meta.url), "utf8")
  .replace(/^#.*\n/gm, "")
  .trim()
  .split("\n\n")
  .map((block) => {
    const [title = "", ...lines] = block.split("\n");
    const [kind = "", path = ""] = title.split(" ");
    return {
      title,
      kind,
      path: path.startsWith("[") && !path.startsWith("[]") ? "" : path,
      lines: lines.map((line) => line.trim()),
    };
  });

describe("fields are what the specification says", () => {
  // As text: an object's field would be cut short in the name, and the row's id with it.
  test.each(blocks.map((block) => [block.title, block] as const))("%s", (_title, { kind, path, lines }) => {
    const schema = customKinds.find((known) => known.kind === kind)?.schema ?? {};
    expect(Object.entries(shapesOf(schema, path)).map(([name, shape]) => `${name}: ${shape}`)).toEqual(lines);
  });
});
