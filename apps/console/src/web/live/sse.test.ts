import { expect, test } from "vitest";
import { nothingRead, takeIn } from "./sse.ts";

const readAll = (pieces: readonly string[]) => {
  let state = nothingRead;
  return pieces.flatMap((piece) => {
    const { events, after } = takeIn(state, piece);
    state = after;
    return events;
  });
};

test("an event that arrives in pieces is one event [CON-042]", () => {
  expect(readAll(["id: 7\neve", 'nt: cluster\ndata: {"a"', ":1}\n", "\n"])).toEqual([
    { name: "cluster", data: '{"a":1}', id: "7" },
  ]);
});

test("heartbeats are no events, and ids stay until the next [CON-042]", () => {
  expect(readAll([": \n\nid: 1\ndata: a\n\n: \n\ndata: b\r\n\r\n"])).toEqual([
    { name: "message", data: "a", id: "1" },
    { name: "message", data: "b", id: "1" },
  ]);
});

test("lines of data are put together again, however the stream is cut [CON-042]", () => {
  const stream = "event: x\ndata: one\ndata: two\nretry: 5\n\n";
  const whole = readAll([stream]);
  expect(whole).toEqual([{ name: "x", data: "one\ntwo", id: undefined }]);
  for (let cut = 1; cut < stream.length; cut++) expect(readAll([stream.slice(0, cut), stream.slice(cut)])).toEqual(whole);
});
