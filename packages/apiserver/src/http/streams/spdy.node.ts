import { type ByteQueue, createByteQueue, createThrottle } from "./bytequeue.ts";
import { createFrameReader, createFrameWriter, type Frame, type Headers, SpdyError } from "./spdyframes.node.ts";
import type { Wire } from "./wire.node.ts";

/** The server's side of a SPDY connection: the client opens streams, both sides send on them. */
export interface SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  /** What the client sends; ends when it has finished its half. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Resolves when there is room for more. */
  write(data: Uint8Array): Promise<void>;
  /** Our half is finished. */
  end(): void;
  reset(): void;
  /** Both halves are finished, or the connection is. */
  readonly closed: Promise<void>;
}

export interface SpdyConnection {
  close(): void;
  readonly closed: Promise<void>;
}

const mostStreams = 512;
const refusedStream = 3;
const cancelled = 5;

interface Open {
  readonly stream: SpdyStream;
  readonly queue: ByteQueue;
  readonly gone: () => void;
  ours: boolean;
  theirs: boolean;
}

export const serveSpdy = (wire: Wire, onStream: (stream: SpdyStream) => void): SpdyConnection => {
  const reader = createFrameReader();
  const writer = createFrameWriter();
  const streams = new Map<number, Open>();
  const counted = createThrottle(wire);
  let last = 0;
  let over = false;
  let finished: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    finished = resolve;
  });

  const forget = (open: Open): void => {
    streams.delete(open.stream.id);
    open.queue.drop();
    open.gone();
  };

  const halfClosed = (open: Open): void => {
    if (!open.ours || !open.theirs) return;
    // What came before the end may still be read.
    streams.delete(open.stream.id);
    open.gone();
  };

  const openStream = async (id: number, headers: Headers, fin: boolean): Promise<void> => {
    if (id % 2 === 0 || id <= last) throw new SpdyError(`stream ${id} was opened out of order`);
    last = id;
    if (streams.size >= mostStreams) return wire.send(writer.reset(id, refusedStream));
    let gone: () => void = () => {};
    const closedStream = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const queue = createByteQueue(counted);
    const open: Open = {
      ours: false,
      theirs: fin,
      queue,
      gone,
      stream: {
        id,
        headers,
        readable: queue.readable,
        write: async (data) => {
          if (open.ours || over) return;
          for (let at = 0; at < data.length; at += 32_768)
            await wire.send(writer.data(id, data.subarray(at, at + 32_768), false));
        },
        end: () => {
          if (open.ours || over) return;
          open.ours = true;
          void wire.send(writer.data(id, new Uint8Array(), true));
          halfClosed(open);
        },
        reset: () => {
          if (over || !streams.has(id)) return;
          forget(open);
          void wire.send(writer.reset(id, cancelled));
        },
        closed: closedStream,
      },
    };
    streams.set(id, open);
    if (fin) queue.finish();
    await wire.send(await writer.synReply(id, new Map()));
    onStream(open.stream);
  };

  const take = async (frame: Frame): Promise<void> => {
    switch (frame.type) {
      case "synStream":
        return openStream(frame.streamId, frame.headers, frame.fin);
      case "data": {
        const open = streams.get(frame.streamId);
        if (open === undefined || open.theirs) return;
        open.queue.push(frame.data);
        if (!frame.fin) return;
        open.theirs = true;
        open.queue.finish();
        return halfClosed(open);
      }
      case "reset": {
        const open = streams.get(frame.streamId);
        if (open !== undefined) forget(open);
        return;
      }
      case "ping":
        // Odd ones are the client's: it wants to know whether we are here.
        return frame.id % 2 === 1 ? wire.send(writer.ping(frame.id)) : undefined;
      case "goAway":
        return;
      default:
        return;
    }
  };

  const end = (): void => {
    if (over) return;
    over = true;
    for (const open of streams.values()) forget(open);
    reader.close();
    writer.close();
    finished();
  };

  let work: Promise<void> = Promise.resolve();
  wire.onClose(end);
  wire.onData((bytes) => {
    // Frames in their order, one piece of bytes after the other.
    work = work.then(async () => {
      if (over) return;
      try {
        for (const frame of await reader.read(bytes)) await take(frame);
      } catch {
        // Not SPDY, or not in its order: there is nobody to explain it to.
        end();
        wire.close();
      }
    });
  });

  return {
    close: () => {
      if (over) return;
      void wire.send(writer.goAway(last)).then(() => {
        end();
        wire.close();
      });
    },
    closed,
  };
};
