import fc from "fast-check";
import { expect, test } from "vitest";
import { isWhole, jsonText, parseJson } from "./index.ts";
import "../../../../scripts/propertyseed.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** As `parseJson` reads it. */
const inItsForm = (value: bigint): bigint | number => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    int64.map(inItsForm),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((each) => (Number.isInteger(each) && !Number.isSafeInteger(each) ? 0.5 : each)),
    fc.string({ unit: "binary" }),
    fc.constant(`9007199254740993 "12345678901234567890"`),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__"), fc.constant("1234567890123456789")), tie("value")),
  ),
})).value;

test("whole numbers of 64 bits come back as they were written, wherever they stand [API-040]", () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
      expect(parseJson(jsonText(value, indent))).toEqual(JSON.parse(JSON.stringify({ value }, marked), unmarked).value);
    }),
  );
});

/** The slow way to say the same: bigints as texts of a kind that nothing else has. */
const mark = "\u{10ffff}";
const marked = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${mark}${value}` : value);
const unmarked = (_key: string, value: unknown): unknown =>
  typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;

test.each([
  ["9007199254740991", 9007199254740991],
  ["9007199254740992", 9007199254740992n],
  ["-9007199254740993", -9007199254740993n],
  ["9223372036854775807", 9223372036854775807n],
  ["-9223372036854775808", -9223372036854775808n],
  ["9223372036854775808", 2 ** 63],
  ["0.50000000000000000000", 0.5],
  ["1234567890123456.0", 1234567890123456],
  ["12345678901234567e2", 1234567890123456800],
  ["[ 1234567890123456789 , -1234567890123456789 ]", [1234567890123456789n, -1234567890123456789n]],
  ['{"a":1234567890123456789,"a":2}', { a: 2 }],
  ['{ "\\u0061" : { } , "b" : [ ] , "c" : 1234567890123456789 }', { a: {}, b: [], c: 1234567890123456789n }],
])("reads %s as kube-apiserver does: an int64 if it is one, else a double [API-040]", (text, value) => {
  expect(parseJson(text)).toEqual(value);
  expect(isWhole(Array.isArray(value) ? value[0] : value)).toBe(!/^0\.|\{/.test(text));
});

test("refuses what is no JSON, long numbers in it or not [API-040]", () => {
  for (const text of ["", "{", '{"a":12345678901234567,}', "[12345678901234567 1]", "012345678901234567", "12345678901234567x"]) {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  }
  expect(() => parseJson(`${"[".repeat(5000)}12345678901234567${"]".repeat(5000)}`)).toThrow("exceeded max depth");
});

test("prints as JSON.stringify does, with bigints besides [API-040]", () => {
  const value = { a: undefined, b: [undefined, () => 1], d: new Date(0), e: [], f: {}, g: { h: "é\n" } };
  expect(jsonText({ ...value, i: [] })).toBe(JSON.stringify({ ...value, i: [] }));
  for (const indent of [undefined, 2])
    expect(jsonText({ ...value, i: 9007199254740993n }, indent)).toBe(
      JSON.stringify({ ...value, i: "9007199254740993" }, null, indent).replace('"9007199254740993"', "9007199254740993"),
    );
});
