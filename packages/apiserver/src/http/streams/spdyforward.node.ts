import type { PodStream } from "../pods.ts";
import { type SpdyStream, serveSpdy } from "./spdy.node.ts";
import type { Wire } from "./wire.node.ts";

export const forwardProtocol = "portforward.k8s.io";
/** The same within the messages of a WebSocket: what kubectl asks for first. */
export const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";

const patienceMilliseconds = 30_000;

/**
 * Forwarded ports: for each connection to them the client opens two streams of one `requestid`, one for bytes and one to be told what went
 * wrong.
 */
export const serveSpdyForward = async (
  wire: Wire,
  podName: string,
  open: (port: number) => PodStream | undefined,
): Promise<void> => {
  const halves = new Map<string, { error?: SpdyStream; data?: SpdyStream; late?: NodeJS.Timeout }>();
  const connection = serveSpdy(wire, (stream) => {
    const type = stream.headers.get("streamtype");
    const port = Number(stream.headers.get("port"));
    if ((type !== "error" && type !== "data") || !Number.isInteger(port) || port < 1 || port > 65_535) return stream.reset();
    // Old clients number nothing: their data stream follows its error stream.
    const id = stream.headers.get("requestid") ?? String(type === "error" ? stream.id : stream.id - 2);
    const pair = halves.get(id) ?? {};
    halves.set(id, pair);
    pair[type] = stream;
    pair.late ??= setTimeout(() => {
      halves.delete(id);
      for (const half of [pair.error, pair.data]) half?.reset();
    }, patienceMilliseconds);
    const { error, data, late } = pair;
    if (error === undefined || data === undefined) return;
    clearTimeout(late);
    halves.delete(id);
    void forward(data, error, open(port), port, podName);
  });
  await connection.closed;
  for (const { late } of halves.values()) clearTimeout(late);
};

const forward = async (
  data: SpdyStream,
  error: SpdyStream,
  target: PodStream | undefined,
  port: number,
  podName: string,
): Promise<void> => {
  const fail = async (why: string): Promise<void> => {
    await error.write(new TextEncoder().encode(`an error occurred forwarding ${port} -> ${port}: ${why}`));
  };
  if (target === undefined) await fail(`nothing listens on port ${port} of pod ${podName}`);
  else {
    const gone = new AbortController();
    void data.closed.then(() => gone.abort());
    const up = data.readable.pipeTo(target.writable, { signal: gone.signal }).catch(() => {});
    try {
      const reader = target.readable.getReader();
      void data.closed.then(() => reader.cancel().catch(() => {}));
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await data.write(value);
      }
    } catch (thrown) {
      await fail(thrown instanceof Error ? thrown.message : String(thrown));
    }
    data.end();
    void up;
  }
  data.end();
  error.end();
};
