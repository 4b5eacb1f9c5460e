import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError, type Pod, type Stored } from "@slipway/api";
import { type WebSocket, WebSocketServer } from "ws";
import { connectOptions, queryOf } from "../admission/connect.ts";
import { type Answer, asApiError, type Exchange, errorAnswer, isStreamed } from "./exchange.ts";
import { type ResourceRequest, requestInfo } from "./path.ts";
import { checkStreamable, execOptions, isStreamedSubresource, notPossible, type PodProcess } from "./pods.ts";
import type { ApiServer } from "./server.ts";
import { commandProtocols, serveCommand } from "./streams/channels.node.ts";
import { serveSpdyCommand, spdyCommandProtocols } from "./streams/spdycommand.node.ts";
import { forwardProtocol, serveSpdyForward, tunnelProtocol } from "./streams/spdyforward.node.ts";
import { socketWire, webSocketWire } from "./streams/wire.node.ts";
import { peerOf } from "./wireexchange.node.ts";

/** Connections that change protocol: watches over WebSocket (browsers), remote commands and forwarded ports over WebSocket and SPDY. */
export const createUpgrades = (api: ApiServer, stopping: AbortSignal, origins: readonly string[]) => {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    handleProtocols: (offered) => chooseProtocol(offered) ?? false,
  });
  server.on("headers", (headers) => {
    const at = headers.indexOf(`Sec-WebSocket-Protocol: ${tunnelToken}`);
    if (at >= 0) headers[at] = `Sec-WebSocket-Protocol: ${tunnelProtocol}`;
  });

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

/** Clients send pieces of 32 KiB. */
const largestMessage = 4 * 1024 * 1024;

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

const forwardChannels = ["v4.channel.k8s.io", "channel.k8s.io", "portforward.k8s.io"];
/** `SPDY/3.1+…` is no token, as names of subprotocols must be, and ws refuses it; Kubernetes' clients send it and want it back. */
const tunnelToken = "spdy-3.1-tunnel";
const tokenPrefix = "base64url.bearer.authorization.k8s.io.";

/** The token's protocol is never echoed. */
const chooseProtocol = (offered: ReadonlySet<string>): string | undefined => {
  const usable = [...offered].filter((each) => !each.startsWith(tokenPrefix));
  const known = [tunnelToken, ...commandProtocols, ...forwardChannels];
  return known.find((each) => usable.includes(each)) ?? usable[0];
};

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly server: WebSocketServer;
}

const upgrade = async (
  api: ApiServer,
  server: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  stopping: AbortSignal,
): Promise<void> => {
  const exchange = upgradeExchange(request, socket, stopping);
  const to = request.headers.upgrade?.toLowerCase();
  const info = requestInfo(exchange.method, exchange.path, exchange.query);
  if (info.isResource && info.verb === "watch" && to === "websocket") {
    const answer = await api.handle(exchange);
    if (answer.status !== 200 || !isStreamed(answer.body)) return refuse(socket, answer);
    const { body } = answer;
    return server.handleUpgrade(request, socket, head, (client) => void sendLines(client, body).catch(() => client.terminate()));
  }
  const streamed =
    info.isResource && info.group === "" && info.resource === "pods" && isStreamedSubresource(info.subresource)
      ? info.subresource
      : undefined;
  // Whatever else there is to say is said as an ordinary answer.
  if (!info.isResource || streamed === undefined || (to !== "websocket" && to !== "spdy/3.1"))
    return refuse(socket, await api.handle(exchange));
  const admitted = await api.admit(exchange);
  try {
    // WebSockets come with GET; that must not make running a command a matter of reading.
    if (info.verb === "get") await admitted.require("create");
    const { pod, resource } = await podOf(api, info);
    const wanted = connectOptions(resource, streamed, exchange.query);
    const target = { namespace: info.namespace, name: info.name, subresource: streamed };
    const allowed = await api.registry.connect(resource, target, wanted, { ...admitted, warn: () => {} });
    checkStreamable(pod, streamed, api.pods);
    const asked: Upgrade = { request, socket, head, server };
    const as = allowed === wanted ? exchange : { ...exchange, query: queryOf(allowed) };
    if (streamed === "portforward") forwardPorts(api, as, pod, asked, to === "websocket");
    else runRemotely(api, as, pod, streamed, asked, to === "websocket");
  } catch (error) {
    const answer = errorAnswer(asApiError(error));
    admitted.ended(answer);
    return refuse(socket, answer);
  }
  admitted.switched();
  socket.once("close", () => admitted.ended({ status: 101, headers: {} }));
};

const podOf = async (api: ApiServer, { namespace, name }: ResourceRequest) => {
  const resource = api.registry.catalog.find("", "v1", "pods");
  if (resource === undefined) throw new ApiError("NotFound", "pods are not served here");
  const user = { name: "system:apiserver", groups: ["system:masters"] };
  const pod = await api.registry.get(resource, { namespace, name }, {}, { user, warn: () => {} });
  return { resource, pod: pod as unknown as Stored<Pod> };
};

const runRemotely = (
  api: ApiServer,
  exchange: Exchange,
  pod: Stored<Pod>,
  subresource: "exec" | "attach",
  { request, socket, head, server }: Upgrade,
  webSocket: boolean,
): void => {
  const options = execOptions(pod, subresource, exchange.query);
  const begin = (): PodProcess => {
    const started = api.pods[subresource]?.(pod, options);
    if (started === undefined) throw notPossible(pod.metadata.name, subresource);
    // It may fail before anybody is there to be told.
    started.exit.catch(() => {});
    return started;
  };
  if (webSocket) {
    const offered = protocolsOf(request.headers["sec-websocket-protocol"]);
    if (!commandProtocols.some((each) => offered.includes(each)))
      throw new ApiError(
        "BadRequest",
        `unable to upgrade: none of the offered protocols is known: ${commandProtocols.join(", ")}`,
      );
    const process = begin();
    server.handleUpgrade(
      request,
      socket,
      head,
      (client) => void serveCommand(client, process, options).catch(() => client.terminate()),
    );
    return;
  }
  const offered = protocolsOf(exchange.header("x-stream-protocol-version"));
  const protocol = offered.length === 0 ? "channel.k8s.io" : spdyCommandProtocols.find((each) => offered.includes(each));
  if (protocol === undefined) throw new ApiError("Forbidden", unknownProtocol(offered, spdyCommandProtocols));
  // Whether it can be run is asked before the protocol changes: afterwards nobody reads an answer.
  const process = begin();
  switchProtocols(socket, offered.length === 0 ? undefined : protocol);
  void serveSpdyCommand(socketWire(socket, head), () => process, options, protocol).finally(() => {
    process.kill();
  });
};

const forwardPorts = (
  api: ApiServer,
  exchange: Exchange,
  pod: Stored<Pod>,
  { request, socket, head, server }: Upgrade,
  webSocket: boolean,
): void => {
  const { name } = pod.metadata;
  const open = (port: number) => api.pods.portForward?.(pod, port);
  if (!webSocket) {
    const offered = protocolsOf(exchange.header("x-stream-protocol-version"));
    if (offered.length > 0 && !offered.includes(forwardProtocol))
      throw new ApiError("Forbidden", unknownProtocol(offered, [forwardProtocol]));
    switchProtocols(socket, offered.length === 0 ? undefined : forwardProtocol);
    void serveSpdyForward(socketWire(socket, head), name, open);
    return;
  }
  const offered = protocolsOf(request.headers["sec-websocket-protocol"]);
  if (offered.includes(tunnelProtocol)) {
    request.headers["sec-websocket-protocol"] = tunnelToken;
    server.handleUpgrade(request, socket, head, (client) => void serveSpdyForward(webSocketWire(client), name, open));
    return;
  }
  if (!forwardChannels.some((each) => offered.includes(each)))
    throw new ApiError("BadRequest", `unable to upgrade: none of the offered protocols is known: ${tunnelProtocol}`);
  server.handleUpgrade(request, socket, head, openPort(api, exchange, pod));
};

const protocolsOf = (header: string | undefined): readonly string[] =>
  (header ?? "").split(",").flatMap((each) => (each.trim() === "" ? [] : [each.trim()]));

const unknownProtocol = (offered: readonly string[], known: readonly string[]): string =>
  `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${known.join(" ")}]`;

const switchProtocols = (socket: Duplex, protocol: string | undefined): void => {
  socket.write(
    [
      "HTTP/1.1 101 Switching Protocols",
      "Connection: Upgrade",
      "Upgrade: SPDY/3.1",
      ...(protocol === undefined ? [] : [`X-Stream-Protocol-Version: ${protocol}`]),
      "\r\n",
    ].join("\r\n"),
  );
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
const openPort = (api: ApiServer, exchange: Exchange, pod: Stored<Pod>): ((client: WebSocket) => void) => {
  const { name } = pod.metadata;
  const ports = exchange.query
    .getAll("ports")
    .flatMap((value) => value.split(","))
    .map(Number);
  if (ports.length === 0 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535))
    throw new ApiError("BadRequest", "ports: name at least one port between 1 and 65535 (?ports=2379)");
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
