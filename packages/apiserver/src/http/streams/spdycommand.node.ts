import type { PodExecOptions, PodProcess } from "../pods.ts";
import { type CommandStreams, runCommand } from "./process.ts";
import { type SpdyStream, serveSpdy } from "./spdy.node.ts";
import type { Wire } from "./wire.node.ts";

/** Best first. */
export const spdyCommandProtocols: readonly string[] = [
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
];

const patienceMilliseconds = 30_000;

/** Remote commands over SPDY: the client opens one stream each for what it wants to send or see, and one for the outcome. */
export const serveSpdyCommand = async (
  wire: Wire,
  start: () => PodProcess,
  options: PodExecOptions,
  protocol: string,
): Promise<void> => {
  const expected = ["error", ...asked(options, protocol)];
  const streams = new Map<string, SpdyStream>();
  let complete: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    complete = resolve;
  });
  const connection = serveSpdy(wire, (stream) => {
    const type = stream.headers.get("streamtype") ?? "";
    if (!expected.includes(type) || streams.has(type)) return stream.reset();
    streams.set(type, stream);
    if (streams.size === expected.length) complete();
  });
  const late = setTimeout(connection.close, patienceMilliseconds);
  await Promise.race([ready, connection.closed]);
  clearTimeout(late);
  const error = streams.get("error");
  if (streams.size < expected.length || error === undefined) return;
  const stdin = streams.get("stdin");
  const stdout = streams.get("stdout");
  const stderr = streams.get("stderr");
  const resize = streams.get("resize");
  const given: CommandStreams = {
    error,
    ...(stdin === undefined ? {} : { stdin: stdin.readable }),
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
    ...(resize === undefined ? {} : { resize: resize.readable }),
  };
  await runCommand(start(), given, { statusAsJson: protocol === "v4.channel.k8s.io", left: connection.closed });
  // The client closes when it has read the outcome; who does not is closed.
  const slow = setTimeout(connection.close, 2000);
  for (const stream of streams.values()) stream.end();
  await connection.closed;
  clearTimeout(slow);
};

const asked = (options: PodExecOptions, protocol: string): readonly string[] => [
  ...(options.stdin ? ["stdin"] : []),
  ...(options.stdout ? ["stdout"] : []),
  ...(options.stderr && !options.tty ? ["stderr"] : []),
  // Sizes came with version 3.
  ...(options.tty && ["v4.channel.k8s.io", "v3.channel.k8s.io"].includes(protocol) ? ["resize"] : []),
];
