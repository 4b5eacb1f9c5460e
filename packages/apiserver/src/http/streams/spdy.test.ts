import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createByteQueue, createThrottle } from "./bytequeue.ts";
import { type SpdyStream, serveSpdy } from "./spdy.node.ts";
import { createFrameReader, createFrameWriter, dictionary, type Frame } from "./spdyframes.node.ts";
import type { Wire } from "./wire.node.ts";
import "../../../../../scripts/propertyseed.ts";

/** SPDY/3.1 as kubectl speaks it, from both of its sides. */

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});
const reader = () => {
  const made = createFrameReader();
  cleanups.push(made.close);
  return made;
};
const writer = () => {
  const made = createFrameWriter();
  cleanups.push(made.close);
  return made;
};

/** The other end of a wire, with a client's framing. */
const connected = (onStream: (stream: SpdyStream) => void) => {
  const answers = reader();
  const frames: Frame[] = [];
  let deliver: (bytes: Buffer) => void = () => {};
  let hangUp: () => void = () => {};
  const state = { paused: false, closed: false };
  let reading: Promise<unknown> = Promise.resolve();
  const wire: Wire = {
    send: async (bytes) => {
      reading = reading.then(async () => frames.push(...(await answers.read(bytes))));
      await reading;
    },
    onData: (listener) => {
      deliver = listener;
    },
    onClose: (listener) => {
      hangUp = listener;
    },
    pause: () => {
      state.paused = true;
    },
    resume: () => {
      state.paused = false;
    },
    close: () => {
      state.closed = true;
    },
  };
  const connection = serveSpdy(wire, onStream);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  return {
    connection,
    frames,
    state,
    client: writer(),
    send: async (...pieces: (Buffer | Promise<Buffer>)[]) => {
      for (const piece of pieces) deliver(await piece);
      await settle();
    },
    hangUp: () => hangUp(),
  };
};
const headers = (pairs: Record<string, string>) => new Map(Object.entries(pairs));
const read = async (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

describe("frames", () => {
  test("headers are compressed with the draft's own dictionary [API-298]", () => {
    let a = 1;
    let b = 0;
    for (const byte of dictionary) {
      a = (a + byte) % 65_521;
      b = (b + a) % 65_521;
    }
    // As any SPDY/3 stream names it in its zlib header.
    expect([dictionary.length, ((b * 65_536 + a) >>> 0).toString(16)]).toEqual([1423, "e3c6a7c2"]);
  });

  test("come out as they went in, however the bytes are cut [API-298]", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), fc.string({ maxLength: 40 }), { maxKeys: 5 }), {
          maxLength: 4,
        }),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        async (blocks, data, step) => {
          const output = writer();
          const input = reader();
          const bytes = Buffer.concat([
            ...(await blocks.reduce<Promise<Buffer[]>>(
              async (made, block, at) => [...(await made), await output.synStream(at * 2 + 1, headers(block))],
              Promise.resolve([]),
            )),
            output.data(1, data, true),
            output.ping(7),
          ]);
          const frames: Frame[] = [];
          for (let at = 0; at < bytes.length; at += step) frames.push(...(await input.read(bytes.subarray(at, at + step))));
          expect(frames.map(({ type }) => type)).toEqual([...blocks.map(() => "synStream"), "data", "ping"]);
          expect(frames.slice(0, blocks.length)).toMatchObject(blocks.map((block) => ({ headers: headers(block) })));
          expect(frames[blocks.length]).toMatchObject({ data: Buffer.from(data), fin: true });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("nonsense is refused, not believed [API-298]", async () => {
    await expect(reader().read(Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n".padEnd(3_000_000, "x")))).rejects.toThrow(
      "too long",
    );
    await expect(reader().read(Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0]))).rejects.toThrow("not SPDY/3");
    const spoiled = await writer().synStream(1, headers({ streamtype: "data" }));
    spoiled.fill(0xaa, 20);
    await expect(reader().read(spoiled)).rejects.toThrow();
    const bomb = await writer().synStream(1, headers({ x: "y".repeat(3_000_000) }));
    await expect(reader().read(bomb)).rejects.toThrow("headers are too long");
  });
});

describe("connections", () => {
  test("streams are answered, carry bytes both ways and end half by half [API-298]", async () => {
    const seen: string[] = [];
    const { send, client, frames } = connected(async (stream) => {
      seen.push(stream.headers.get("streamtype") ?? "");
      await stream.write(new TextEncoder().encode("hello"));
      seen.push(await read(stream.readable));
      stream.end();
    });
    await send(client.synStream(1, headers({ StreamType: "data" })), client.data(1, Buffer.from("a"), false));
    await send(client.data(1, Buffer.from("b"), true), client.ping(3), client.ping(2));
    expect(seen).toEqual(["data", "ab"]);
    expect(frames.map((frame) => (frame.type === "data" ? `${frame.data} ${frame.fin}` : frame.type))).toEqual([
      "synReply",
      "hello false",
      "ping",
      " true",
    ]);
  });

  test("a reader that does not read stops the wire, not the others' memory [API-298]", async () => {
    const streams: SpdyStream[] = [];
    const { send, client, state } = connected((stream) => streams.push(stream));
    await send(client.synStream(1, headers({})));
    for (let at = 0; at < 40; at += 1) await send(client.data(1, new Uint8Array(32_768), at === 39));
    expect(state.paused).toBe(true);
    expect((await read((streams[0] as SpdyStream).readable)).length).toBe(40 * 32_768);
    expect(state.paused).toBe(false);
  });

  test("what breaks the order ends the connection; too many streams are refused one by one [API-298]", async () => {
    const { send, client, frames, state } = connected(() => {});
    await send(...Array.from({ length: 514 }, (_, at) => client.synStream(at * 2 + 1, headers({}))));
    await vi.waitFor(() => expect(frames.filter(({ type }) => type === "reset")).toHaveLength(2), 10_000);
    await send(client.synStream(1, headers({})));
    await vi.waitFor(() => expect(state.closed).toBe(true));
  });

  test("when the client leaves, its streams end [API-298]", async () => {
    const ended: Promise<unknown>[] = [];
    const { send, client, hangUp, connection } = connected((stream) => ended.push(read(stream.readable), stream.closed));
    await send(client.synStream(1, headers({})));
    hangUp();
    await Promise.all([...ended, connection.closed]);
  });
});

test("what waits is counted, and goes uncounted when nobody wants it", async () => {
  const calls: string[] = [];
  const counted = createThrottle({ pause: () => calls.push("pause"), resume: () => calls.push("resume") }, 10);
  const queue = createByteQueue(counted);
  queue.push(new Uint8Array(11));
  queue.drop();
  expect(calls).toEqual(["pause", "resume"]);
});
