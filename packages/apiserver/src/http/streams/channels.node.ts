import type { WebSocket } from "ws";
import type { PodExecOptions, PodProcess } from "../pods.ts";
import { createByteQueue, createThrottle } from "./bytequeue.ts";
import { runCommand, type StreamEnd } from "./process.ts";

/**
 * Remote commands over a WebSocket: each message begins with the number of its channel (a digit and base64 text in the base64 protocols,
 * which browsers use). Version 5 adds 255: "this channel is at its end".
 */
export const commandProtocols: readonly string[] = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
];

const stdin = 0;
const stdout = 1;
const stderr = 2;
const error = 3;
const resize = 4;
const closing = 255;

export const serveCommand = async (client: WebSocket, process: PodProcess, options: PodExecOptions): Promise<void> => {
  const { protocol } = client;
  const base64 = protocol.includes("base64");
  const send = (channel: number, data: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      const message = base64
        ? `${channel}${Buffer.from(data).toString("base64")}`
        : Buffer.concat([Buffer.from([channel]), data]);
      client.send(message, () => resolve());
    });
  const end = (channel: number): StreamEnd => ({ write: (data) => send(channel, data), end: () => {} });

  const counted = createThrottle(client);
  const input = createByteQueue(counted);
  const sizes = createByteQueue(counted);
  const queues = new Map([
    [stdin, input],
    [resize, sizes],
  ]);
  client.on("message", (data: Buffer, binary: boolean) => {
    const message =
      base64 && !binary ? fromBase64Message(data.toString()) : { channel: data[0] ?? closing, bytes: data.subarray(1) };
    if (message.channel === closing && protocol.startsWith("v5.")) queues.get(message.bytes[0] ?? closing)?.finish();
    else queues.get(message.channel)?.push(message.bytes);
  });
  const left = new Promise<void>((resolve) => {
    client.on("error", () => client.terminate());
    client.once("close", () => {
      for (const queue of queues.values()) queue.drop();
      resolve();
    });
  });
  // An empty message says that everything is connected.
  await send(options.stdout ? stdout : options.stderr ? stderr : error, new Uint8Array());
  await runCommand(
    process,
    {
      ...(options.stdin ? { stdin: input.readable } : {}),
      ...(options.stdout ? { stdout: end(stdout) } : {}),
      ...(options.stderr && !options.tty ? { stderr: end(stderr) } : {}),
      error: end(error),
      ...(options.tty ? { resize: sizes.readable } : {}),
    },
    { statusAsJson: protocol.startsWith("v"), left },
  );
  client.close(1000);
};

const fromBase64Message = (text: string) => ({
  channel: text === "" ? closing : text.charCodeAt(0) - 48,
  bytes: Buffer.from(text.slice(1), "base64"),
});
