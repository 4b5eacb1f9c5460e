import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  constants as http2,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { promisify } from "node:util";
import { constants, createGzip, gzip } from "node:zlib";
import { type Answer, type AnswerBody, type Exchange, isStreamed } from "./exchange.ts";
import type { ApiServer } from "./server.ts";
import { createUpgrades } from "./upgrade.node.ts";
import { WireExchange } from "./wireexchange.node.ts";

export interface ListenOptions {
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absent: plain HTTP, for loopback and tests. */
  readonly tls?: {
    /** PEM. */
    readonly key: string;
    readonly cert: string;
    /** PEM of the authorities that sign client certificates. Clients may come without one. */
    readonly clientCa?: string;
  };
  /** Bodies beyond it are refused. 3 MiB, as upstream's. */
  readonly maximumBodyBytes?: number;
  /** Origins of pages that may open WebSockets here besides those of this very host: `https://console.example.com`. */
  readonly allowedOrigins?: readonly string[];
  /** When it closes, requests under way get so long to finish. Default 60. */
  readonly graceSeconds?: number;
  /** For clients that do not get on: with the TLS handshake, with the head of a request, with taking an answer. */
  readonly patience?: Partial<Patience>;
}

export interface Patience {
  readonly handshakeSeconds: number;
  readonly headSeconds: number;
  readonly answerSeconds: number;
  /** An HTTP/2 client that has not been heard of for so long is asked whether it is there, and has as long again to say so. */
  readonly silenceSeconds: number;
}

const usualPatience: Patience = { handshakeSeconds: 10, headSeconds: 32, answerSeconds: 60, silenceSeconds: 20 };

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** New certificates for connections from now on. */
  setCertificate(tls: NonNullable<ListenOptions["tls"]>): void;
  /** Ends watches, then connections. */
  close(): Promise<void>;
}

/** Serves an API on a socket: HTTP/2 and HTTP/1.1 by ALPN. No web Request or Response is made on the way. */
export const listen = async (api: ApiServer, options: ListenOptions): Promise<Listener> => {
  const limit = options.maximumBodyBytes ?? 3 * 1024 * 1024;
  const patience: Patience = { ...usualPatience, ...options.patience };
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for every watch
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const traffic = createTraffic(api, limit, stopping.signal, patience.answerSeconds);
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    void serveHttp1(traffic, request, response).catch(abandon(api, response, "HTTP/1.1"));
  const server: Http2SecureServer | Server =
    options.tls === undefined
      ? createServer({ maxHeaderSize: largestHead, connectionsCheckingInterval: 1000 }, onRequest)
      : secureServer(traffic, options.tls, patience, onRequest, sessions);
  // Read by the HTTP/1.1 half of either server: who sends a head or a body drop by drop is let go.
  const timed = server as Server;
  timed.headersTimeout = patience.headSeconds * 1000;
  timed.requestTimeout = Math.max(patience.headSeconds, 60) * 1000;
  server.on("upgrade", createUpgrades(api, stopping.signal, options.allowedOrigins ?? []));
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.setKeepAlive(true, 15_000);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host ?? "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const host = options.host ?? "127.0.0.1";
  return {
    host,
    port: address.port,
    url: `${options.tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    setCertificate: (tls) => {
      if ("setSecureContext" in server) server.setSecureContext(contextOf(tls));
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stopping.abort();
      await traffic.idle((options.graceSeconds ?? 60) * 1000);
      // GOAWAY: clients take their next request elsewhere.
      for (const session of sessions) session.close();
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      // A moment for the last pieces to go out; then whoever lingers is cut off.
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 200);
      await closed;
      clearTimeout(cut);
      traffic.close();
    },
  };
};

/** Bearer tokens with many groups are long. */
const largestHead = 64 * 1024;

const contextOf = (tls: NonNullable<ListenOptions["tls"]>) => ({
  key: tls.key,
  cert: tls.cert,
  minVersion: "TLSv1.2" as const,
  ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
});

const secureServer = (
  traffic: Traffic,
  tls: NonNullable<ListenOptions["tls"]>,
  patience: Patience,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
  sessions: Set<ServerHttp2Session>,
): Http2SecureServer => {
  const server = createSecureServer({
    ...contextOf(tls),
    allowHTTP1: true,
    ALPNProtocols: ["h2", "http/1.1"],
    requestCert: tls.clientCa !== undefined,
    rejectUnauthorized: false,
    handshakeTimeout: patience.handshakeSeconds * 1000,
    maxHeaderSize: largestHead,
    connectionsCheckingInterval: 1000,
    maxSessionMemory: 64,
    settings: { maxConcurrentStreams: 250, initialWindowSize: 1_048_576, maxHeaderListSize: largestHead },
  } as SecureServerOptions);
  // Node would answer HTTP/2 through its HTTP/1 look-alike objects as soon as someone listens for "request"; streams are leaner.
  server.removeAllListeners("newListener");
  server.on("request", onRequest as never);
  server.on(
    "stream",
    (stream, headers) => void serveHttp2(traffic, stream, headers).catch(abandon(traffic.api, stream, "HTTP/2")),
  );
  server.on("sessionError", () => {});
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    askWhenSilent(session, patience.silenceSeconds * 1000);
  });
  return server;
};

/** A client that vanished without a word (its machine lost power) would keep its watches here for hours otherwise. */
const askWhenSilent = (session: ServerHttp2Session, milliseconds: number): void => {
  session.setTimeout(milliseconds);
  session.on("timeout", () => {
    if (session.closed || session.destroyed) return;
    const gone = setTimeout(() => session.destroy(), milliseconds);
    gone.unref();
    const asked = session.ping(() => clearTimeout(gone));
    if (!asked) session.destroy();
  });
};

/** What goes wrong once an answer has begun can only be told by cutting it off; the client must not take the half for the whole. */
const abandon =
  (api: ApiServer, stream: { destroy(): unknown }, protocol: string) =>
  (error: unknown): void => {
    stream.destroy();
    api.reportFault(error, { method: protocol, path: "while answering" });
  };

/** The rest of the body is not wanted any more. */
const leavesUnread = ({ status }: Answer): boolean => status === 413 || status === 504;

/** What both protocols share: who is under way here, and what is said to those who come too late. */
interface Traffic {
  readonly api: ApiServer;
  readonly limit: number;
  readonly stopping: AbortSignal;
  answer(exchange: Exchange, sink: Sink): Promise<Answer>;
  /** Resolves when nobody is under way any more, or after that long. */
  idle(milliseconds: number): Promise<void>;
  close(): void;
}

const createTraffic = (api: ApiServer, limit: number, stopping: AbortSignal, answerSeconds: number): Traffic => {
  let underWay = 0;
  let whenIdle: (() => void) | undefined;
  /** Answers that do not fit into a socket's buffers at once: their readers have to take them within bounds. */
  const large = new Map<Sink, number>();
  const sweeper = setInterval(() => {
    const now = performance.now();
    for (const [sink, until] of large) if (until <= now) sink.destroy();
  }, 1000);
  sweeper.unref();
  const left = (): void => {
    underWay -= 1;
    if (underWay === 0) whenIdle?.();
  };

  const answer = async (exchange: Exchange, sink: Sink): Promise<Answer> => {
    if (stopping.aborted && !isProbe(exchange.path)) return leavingAnswer;
    underWay += 1;
    let given: Answer;
    try {
      given = await compressed(await api.handle(exchange), exchange);
    } catch (error) {
      left();
      throw error;
    }
    const { body, longRunning } = given;
    if (longRunning === true || (!isStreamed(body) && (body?.length ?? 0) < largeBytes)) {
      left();
      return given;
    }
    if (sink.destroyed) {
      left();
      return given;
    }
    large.set(sink, performance.now() + answerSeconds * 1000);
    sink.once("close", () => {
      large.delete(sink);
      left();
    });
    return given;
  };

  return {
    api,
    limit,
    stopping,
    answer,
    idle: (milliseconds) => {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const late = setTimeout(resolve, milliseconds);
        whenIdle = () => {
          clearTimeout(late);
          resolve();
        };
      });
    },
    close: () => clearInterval(sweeper),
  };
};

const largeBytes = 64 * 1024;
const isProbe = (path: string): boolean => /^\/(livez|readyz|healthz)(\/|$)/.test(path);

/** client-go comes again a second later, and by then to another server or to the next of this one. */
const leavingAnswer: Answer = {
  status: 429,
  headers: { "content-type": "text/plain; charset=utf-8", "retry-after": "1" },
  body: "The apiserver is shutting down, please try again later.\n",
};

/* HTTP/2 */

const serveHttp2 = async (traffic: Traffic, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
  stream.on("error", () => {});
  const { limit, stopping } = traffic;
  const method = headers[":method"] ?? "GET";
  const exchange = new WireExchange(
    method,
    headers[":path"] ?? "/",
    (name) => single(name === "host" ? (headers[":authority"] ?? headers.host) : headers[name]),
    stream,
    stream,
    limit,
    stopping,
    () => stream.session?.socket as unknown as Socket | undefined,
  );
  const answer = await traffic.answer(exchange, stream);
  if (stream.destroyed || stream.closed) return discard(answer.body);
  const bodiless = method === "HEAD" || answer.body === undefined || answer.status === 304;
  stream.respond({ ":status": answer.status, ...answer.headers }, { endStream: bodiless });
  if (bodiless) return discard(answer.body);
  await send(answer.body, stream);
  if (leavesUnread(answer)) stream.close(http2.NGHTTP2_NO_ERROR);
};

/* HTTP/1.1 */

const serveHttp1 = async (traffic: Traffic, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  response.on("error", () => {});
  const { limit, stopping } = traffic;
  const method = request.method ?? "GET";
  const exchange = new WireExchange(
    method,
    request.url ?? "/",
    (name) => single(request.headers[name]),
    request,
    response,
    limit,
    stopping,
    () => request.socket,
  );
  const answer = await traffic.answer(exchange, response);
  if (response.destroyed) return discard(answer.body);
  const bodiless = method === "HEAD" || answer.body === undefined || answer.status === 304;
  const length =
    typeof answer.body === "string"
      ? Buffer.byteLength(answer.body)
      : answer.body instanceof Uint8Array
        ? answer.body.length
        : undefined;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(length === undefined ? {} : { "content-length": length }),
    ...(stopping.aborted ? { connection: "close" } : {}),
  } as never);
  if (bodiless) {
    response.end();
    return discard(answer.body);
  }
  if (answer.longRunning === true) response.flushHeaders();
  if (leavesUnread(answer)) response.once("finish", () => request.destroy());
  await send(answer.body, response);
};

/** What a node stream and a response have in common. */
interface Sink {
  destroy(): unknown;
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string | Uint8Array): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
  readonly destroyed: boolean;
}

const send = async (body: AnswerBody | undefined, sink: Sink): Promise<void> => {
  if (!isStreamed(body)) {
    sink.end(body ?? "");
    return;
  }
  for await (const piece of body) {
    if (sink.destroyed) return;
    if (!sink.write(piece)) await drained(sink);
  }
  if (!sink.destroyed) sink.end();
};

/** A reader that does not read holds only its own stream: events stay in the store's history until it does. */
const drained = (sink: Sink): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      sink.off("drain", done);
      sink.off("close", done);
      resolve();
    };
    sink.once("drain", done);
    sink.once("close", done);
  });

const discard = (body: AnswerBody | undefined): void => {
  if (isStreamed(body)) void body[Symbol.asyncIterator]().return?.();
};

const gzipText = promisify<string | Uint8Array, { level: number }, Buffer>(gzip);
const compressFrom = 131_072;

/** Large answers only: small ones are faster as they are, and a watch must not wait for a block to fill. */
const compressed = async (answer: Answer, exchange: Exchange): Promise<Answer> => {
  const { body } = answer;
  if (body === undefined || answer.longRunning === true) return answer;
  if (!isStreamed(body) && body.length <= compressFrom) return answer;
  if (exchange.header("accept-encoding")?.includes("gzip") !== true) return answer;
  const headers = { ...answer.headers, "content-encoding": "gzip", vary: "Accept-Encoding" };
  if (!isStreamed(body)) return { ...answer, headers, body: await gzipText(body, { level: constants.Z_BEST_SPEED }) };
  return { ...answer, headers, body: gzipStream(body) };
};

async function* gzipStream(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGzip({ level: constants.Z_BEST_SPEED });
  const feeding = (async () => {
    for await (const piece of body) if (!stream.write(piece)) await drained(stream);
    stream.end();
  })();
  feeding.catch((error: Error) => stream.destroy(error));
  yield* stream as AsyncIterable<Uint8Array>;
  await feeding;
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(", ") : value);
