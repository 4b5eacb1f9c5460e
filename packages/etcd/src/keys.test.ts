import { describe, expect, test } from "vitest";
import { endOfPrefix, rangeRequest, readRange, readTxn, readWatch, txnRequest, watchRequest } from "./keys.ts";
import { decodeFields, encodeInside, encodeMessage, joined } from "./protobuf.ts";

const hex = (message: Uint8Array) => Array.from(message, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

describe("messages about etcd's keys", () => {
  test("a range asks for a key, up to another, so many, at a revision; defaults are not written", () => {
    expect(hex(rangeRequest({ key: "a" }))).toBe("0a0161");
    expect(hex(rangeRequest({ key: "a", end: "b", limit: 300, revision: 5 }))).toBe("0a0161" + "120162" + "18ac02" + "2005");
  });

  test("what is behind a prefix begins with the next character", () => {
    expect(endOfPrefix("/slipway/")).toBe("/slipway0");
    expect(endOfPrefix("a:")).toBe("a;");
    expect(() => endOfPrefix("")).toThrow(RangeError);
  });

  test("a transaction compares also with zero, which says that a key is not there [API-438]", () => {
    const request = txnRequest({
      compare: [
        { key: "k", target: "create", is: "equal", revision: 0 },
        { key: "k", target: "mod", is: "not equal", revision: 7 },
      ],
      success: [
        { op: "put", key: "k", value: bytes("7b7d") },
        { op: "delete", key: "k" },
      ],
      failure: [{ op: "range", key: "k" }],
    });
    expect(hex(request)).toBe(
      [
        "0a07" + "1001" + "1a016b" + "2800",
        "0a09" + "0803" + "1002" + "1a016b" + "3007",
        "120b" + "1209" + "0a016b" + "12027b7d" + "2001",
        "1207" + "1a05" + "0a016b" + "1801",
        "1a05" + "0a03" + "0a016b",
      ].join(""),
    );
  });

  const kv = (key: string, create: number, mod: number, value: string) =>
    encodeMessage([
      [1, key],
      [2, create],
      [3, mod],
      [5, value],
    ]);
  const header = encodeInside(1, encodeMessage([[3, 2 ** 40]]));

  test("answers: revisions beyond 32 bits, values, whether there is more", () => {
    const found = readRange(joined(header, encodeInside(2, kv("a", 3, 4, "x")), encodeMessage([[3, true]])));
    expect(found).toMatchObject({ revision: 2 ** 40, more: true, kvs: [{ key: "a", createRevision: 3, modRevision: 4 }] });
    expect(new TextDecoder().decode(found.kvs[0]?.value)).toBe("x");
  });

  test("of a transaction each operation's answer stands in its place, also one that found nothing", () => {
    const operation = (number: number, inside: Uint8Array) => encodeInside(3, encodeInside(number, inside));
    const answer = joined(
      header,
      encodeMessage([[2, true]]),
      operation(2, encodeInside(2, kv("a", 1, 2, "before"))),
      operation(2, new Uint8Array()),
      operation(3, joined(encodeMessage([[2, 1]]), encodeInside(3, kv("b", 1, 2, "gone")))),
      operation(1, new Uint8Array()),
    );
    const { succeeded, results } = readTxn(answer);
    expect(succeeded).toBe(true);
    expect(results.map((kvs) => kvs.map(({ key }) => key))).toEqual([["a"], [], ["b"], []]);
  });

  test("a watch begins at a revision, tells puts and deletes, and says when that revision is forgotten", () => {
    expect(hex(watchRequest({ key: "a", end: "b", startRevision: 5 }))).toBe("0a08" + "0a0161" + "120162" + "1805");
    const event = (type: number, key: string) =>
      encodeInside(11, joined(encodeMessage([[1, type]]), encodeInside(2, kv(key, 1, 6, ""))));
    expect(
      readWatch(joined(header, event(0, "a"), event(1, "b"))).events.map(({ type, kv: { key } }) => `${type} ${key}`),
    ).toEqual(["put a", "delete b"]);
    expect(
      readWatch(
        encodeMessage([
          [4, true],
          [5, 9],
          [6, "compacted"],
        ]),
      ),
    ).toMatchObject({
      canceled: true,
      compactRevision: 9,
      reason: "compacted",
    });
  });

  test("numbers of every length come back", () => {
    for (const value of [0n, 1n, 127n, 128n, 2n ** 35n - 1n, 2n ** 35n, 2n ** 42n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      const [field] = decodeFields(joined(encodeMessage([[1, value]]), Uint8Array.of(16, 1)));
      expect(value === 0n ? 1n : field?.value).toBe(value === 0n ? 1n : value);
    }
  });
});
