import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer, type SecureServerOptions, type ServerHttp2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { ApiServer } from "./server.ts";
import { serveHttp1, serveHttp2 } from "./socket/serve.node.ts";
import { createTraffic, type Traffic } from "./socket/traffic.node.ts";
import { createUpgrades } from "./upgrade.node.ts";

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
