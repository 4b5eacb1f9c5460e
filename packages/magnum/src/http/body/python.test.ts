import { expect, test } from "vitest";
import { parsePythonLiteral, pythonRepr } from "./python.ts";

test.each([
  ["{'a': 'b'}", { a: "b" }],
  ['{"a": "b", \'c\': True, "d": None}', { a: "b", c: true, d: null }],
  ["[{'key': 'x', 'effect': 'NoSchedule'}, 1, -2.5]", [{ key: "x", effect: "NoSchedule" }, 1, -2.5]],
  ["('a', 'b',)", ["a", "b"]],
  ["{}", {}],
  ["[]", []],
  ["{u'old': u'client'}", { old: "client" }],
  ['{\'it\\\'s\': "say \\"hi\\"\\n"}', { "it's": 'say "hi"\n' }],
  ["{1: False}", { "1": false }],
  ["  'text'  ", "text"],
])("reads what Python prints: %s [MAG-197] [TRAP-05]", (text, value) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

test.each(["", "{", "{'a' 'b'}", "os.system('x')", "{'a': b}", "'open", "1 2", "[".repeat(100)])(
  "refuses what is no literal: %s [MAG-197]",
  (text) => {
    expect(() => parsePythonLiteral(text)).toThrow("malformed node or string");
  },
);

test("prints values as Python does in its messages", () => {
  expect(pythonRepr({ name: "it's", on: true, none: null, list: [1, "a"] })).toBe(
    `{'name': "it's", 'on': True, 'none': None, 'list': [1, 'a']}`,
  );
});
