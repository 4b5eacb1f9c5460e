import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** Two directions of bytes below SPDY: a socket after its upgrade, or the messages of a WebSocket. */
export interface Wire {
  /** Resolves when there is room for more. */
  send(bytes: Uint8Array): Promise<void>;
  onData(listener: (bytes: Buffer) => void): void;
  onClose(listener: () => void): void;
  /** No more data until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

export const socketWire = (socket: Duplex, head: Buffer): Wire => {
  let waiting: (() => void)[] = [];
  const goOn = (): void => {
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve();
  };
  socket.on("drain", goOn);
  socket.once("close", goOn);
  return {
    send: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed || socket.write(bytes)) resolve();
        else waiting.push(resolve);
      }),
    onData: (listener) => {
      if (head.length > 0) listener(head);
      socket.on("data", listener);
    },
    onClose: (listener) => {
      socket.once("close", listener);
      // A client that ends its half has left: nothing is of use to it any more.
      socket.once("end", () => socket.destroy());
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => {
      socket.end();
      // Who does not hang up on his side is hung up on.
      setTimeout(() => socket.destroy(), 2000).unref();
    },
  };
};

export const webSocketWire = (client: WebSocket): Wire => ({
  send: (bytes) => new Promise((resolve) => client.send(bytes, () => resolve())),
  onData: (listener) => {
    client.on("message", (data: Buffer) => listener(data));
  },
  onClose: (listener) => {
    client.on("error", () => client.terminate());
    client.once("close", listener);
  },
  pause: () => client.pause(),
  resume: () => client.resume(),
  close: () => client.close(1000),
});
