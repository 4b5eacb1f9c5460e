import { constants, crc32, deflateRawSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { combineCrc, gzipHeader, gzipTrailer } from "./gzip.ts";

test("the checksum of two texts follows from the two checksums", () => {
  for (const [first, second] of [
    ["", ""],
    ["a", ""],
    ["", "b"],
    ["capi_cluster_created 1\n", "x".repeat(100_003)],
  ] as const) {
    expect(combineCrc(crc32(first), crc32(second), second.length)).toBe(crc32(first + second));
  }
});

test("pieces that were deflated apart are one gzip stream, with one member, that any reader takes [OBS-014]", () => {
  const texts = ["# HELP a b\n", "a 1\n".repeat(5000), "", "c 2\n"];
  const pieces = texts.map((text) => ({
    deflated: deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }),
    crc: crc32(text),
    size: text.length,
  }));
  const whole = pieces.reduce((sum, { crc, size }) => ({ crc: combineCrc(sum.crc, crc, size), size: sum.size + size }), {
    crc: 0,
    size: 0,
  });
  const stream = Buffer.concat([gzipHeader, ...pieces.map(({ deflated }) => deflated), gzipTrailer(whole.crc, whole.size)]);
  expect(gunzipSync(stream).toString()).toBe(texts.join(""));
});
