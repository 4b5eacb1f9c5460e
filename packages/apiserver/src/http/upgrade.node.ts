import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError, type Pod, type Stored } from "@slipway/api";
import { type WebSocket, WebSocketServer } from "ws";
import { type Answer, asApiError, type Exchange, errorAnswer, isStreamed } from "./exchange.ts";
import { peerOf } from "./listen.node.ts";
import type { ResourceRequest } from "./path.ts";
import type { ApiServer } from "./server.ts";

/**
 * Connections that change protocol: watches over WebSocket (browsers), and port-forward to pods in the channel protocol. SPDY is not
 * spoken: its clients get the reason as a Status.
 */
export const createUpgrades = (api: ApiServer, stopping: AbortSignal, origins: readonly string[]) => {
  const server = new WebSocketServer({ noServer: true, handleProtocols: (offered) => chooseProtocol(offered) ?? false });

  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    if (!mayUpgrade(request, origins)) {
      refuse(socket, errorAnswer(new ApiError("Forbidden", foreignOrigin(request))));
      return;
    }
    void upgrade(api, server, request, socket, head, stopping).catch((error: unknown) =>
      refuse(socket, errorAnswer(asApiError(error))),
    );
  };
};

/** A page of another site could use what its visitor's browser holds (a client certificate): only programs, our own pages and those named may. */
const mayUpgrade = (request: IncomingMessage, origins: readonly string[]): boolean => {
  const { origin, host } = request.headers;
  return origin === undefined || origins.includes(origin) || hostOf(origin) === host;
};

const hostOf = (origin: string): string | undefined => {
  try {
    return new URL(origin).host;
  } catch {
    return undefined; // "null": a sandboxed page
  }
};

const foreignOrigin = ({ headers }: IncomingMessage): string =>
  `a page of ${String(headers.origin)} may not open a connection here: name its origin among the allowed ones`;

const channelProtocols = ["v4.channel.k8s.io", "channel.k8s.io", "portforward.k8s.io"];
const tokenPrefix = "base64url.bearer.authorization.k8s.io.";

/** The token's protocol is never echoed. */
const chooseProtocol = (offered: ReadonlySet<string>): string | undefined => {
  const usable = [...offered].filter((each) => !each.startsWith(tokenPrefix));
  return usable.find((each) => channelProtocols.includes(each)) ?? usable[0];
};

const upgrade = async (
  api: ApiServer,
  server: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  stopping: AbortSignal,
): Promise<void> => {
  const exchange = upgradeExchange(request, socket, stopping);
  const webSocket = request.headers.upgrade?.toLowerCase() === "websocket";
  const { info } = await api.admit(exchange);
  if (!info.isResource) throw new ApiError("BadRequest", `${exchange.path} cannot be upgraded to another protocol`);
  if (info.verb === "watch" && webSocket) {
    const answer = await api.handle(exchange);
    if (answer.status !== 200 || !isStreamed(answer.body)) return refuse(socket, answer);
    const { body } = answer;
    return server.handleUpgrade(request, socket, head, (client) => void sendLines(client, body).catch(() => client.terminate()));
  }
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  if (info.subresource === "portforward" && webSocket && channelProtocols.some((each) => offered.split(/,\s*/).includes(each))) {
    const forward = await openPort(api, exchange, info);
    return server.handleUpgrade(request, socket, head, forward);
  }
  // Whatever else there is to say (no such pod, no host, not possible here) is said as an ordinary answer.
  refuse(socket, await api.handle(exchange));
};

const sendLines = async (client: WebSocket, body: AsyncIterable<string | Uint8Array>): Promise<void> => {
  const iterator = body[Symbol.asyncIterator]();
  client.on("close", () => void iterator.return?.());
  client.on("error", () => client.terminate());
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true) return client.close(1000);
    const text = typeof value === "string" ? value : new TextDecoder().decode(value);
    for (const line of text.split("\n"))
      if (line !== "") await new Promise<void>((resolve) => client.send(line, () => resolve()));
  }
};

/**
 * Per port two channels: bytes on the even one, an error text on the odd one. Each begins with the port's number, little-endian, so that
 * the client knows which is which.
 */
const openPort = async (api: ApiServer, exchange: Exchange, info: ResourceRequest): Promise<(client: WebSocket) => void> => {
  const { namespace, name } = info;
  const resource = api.registry.catalog.find("", "v1", "pods");
  if (resource === undefined) throw new ApiError("NotFound", "pods are not served here");
  const user = { name: "system:apiserver", groups: ["system:masters"] };
  const pod = (await api.registry.get(resource, { namespace, name }, {}, { user, warn: () => {} })) as unknown as Stored<Pod>;
  const ports = exchange.query
    .getAll("ports")
    .flatMap((value) => value.split(","))
    .map(Number);
  if (ports.length === 0 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535))
    throw new ApiError("BadRequest", "ports: name at least one port between 1 and 65535 (?ports=2379)");
  if ((pod.spec?.nodeName ?? "") === "") throw new ApiError("BadRequest", `pod ${name} does not have a host assigned`);
  const streams = ports.map((port) => ({ port, stream: api.pods.portForward?.(pod, port) }));

  return (client) => {
    const writers = streams.map(({ stream }) => stream?.writable.getWriter());
    const announce = (channel: number, port: number) => client.send(Buffer.from([channel, port & 255, port >> 8]));
    for (const [index, { port, stream }] of streams.entries()) {
      announce(index * 2, port);
      announce(index * 2 + 1, port);
      if (stream === undefined) {
        const text = `an error occurred forwarding ${port} -> ${port}: nothing listens on port ${port} of pod ${name}`;
        client.send(Buffer.concat([Buffer.from([index * 2 + 1]), Buffer.from(text)]));
        continue;
      }
      void pump(stream.readable, client, index * 2).then(
        () => client.close(1000),
        () => client.close(1011),
      );
    }
    client.on("message", (data: Buffer) => {
      const channel = data[0] ?? 0;
      if (channel % 2 === 0) writers[channel / 2]?.write(data.subarray(1)).catch(() => client.close(1011));
    });
    client.on("error", () => client.terminate());
    client.on("close", () => {
      for (const writer of writers) writer?.close().catch(() => {});
    });
  };
};

const pump = async (readable: ReadableStream<Uint8Array>, client: WebSocket, channel: number): Promise<void> => {
  const reader = readable.getReader();
  client.on("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const message = Buffer.concat([Buffer.from([channel]), value]);
    await new Promise<void>((resolve) => client.send(message, () => resolve()));
  }
};

const upgradeExchange = (request: IncomingMessage, socket: Duplex, stopping: AbortSignal): Exchange => {
  const url = new URL(request.url ?? "/", "http://host");
  const controller = new AbortController();
  socket.once("close", () => controller.abort());
  stopping.addEventListener("abort", () => controller.abort(), { once: true });
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: async () => new Uint8Array(),
    signal: controller.signal,
    peer: peerOf(request.socket),
  };
};

const refuse = (socket: Duplex, answer: Answer): void => {
  const body = typeof answer.body === "string" ? answer.body : "";
  const headers = Object.entries({ ...answer.headers, "content-length": String(Buffer.byteLength(body)), connection: "close" })
    .flatMap(([name, value]) => (typeof value === "string" ? [value] : value).map((each) => `${name}: ${each}`))
    .join("\r\n");
  socket.end(`HTTP/1.1 ${answer.status} Refused\r\n${headers}\r\n\r\n${body}`);
};
