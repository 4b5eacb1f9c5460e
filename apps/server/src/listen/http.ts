import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Transport, TransportRequest } from "@slipway/openstack";

/** Something that listens, and how to end it. */
export interface Listener {
  close(): Promise<void>;
}

const largestBodyBytes = 8 * 1024 * 1024;
const slowestRequestMilliseconds = 60_000;

/** Serves a function from request to answer on a plain HTTP port. `origin` is what absolute URLs begin with inside. */
export const listenTransport = (
  transport: Transport,
  options: { readonly address: string; readonly port: number; readonly origin: string },
): Promise<Listener> =>
  listen((request, response) => {
    void readBody(request, response)
      .then(async (body) => {
        if (body === undefined) return;
        const method = (request.method ?? "GET") as TransportRequest["method"];
        const answer = await transport({
          method,
          url: `${options.origin}${request.url ?? "/"}`,
          headers: plainHeaders(request),
          ...(body.length > 0 ? { body } : {}),
        });
        const text = await answer.text();
        response.writeHead(answer.status, { ...answer.headers });
        response.end(method === "HEAD" ? undefined : text);
      })
      .catch((error: unknown) => fail(response, error));
  }, options);

/** Serves a web `fetch` function on a plain HTTP port. */
export const listenFetch = (
  fetch: (request: Request) => Promise<Response>,
  options: { readonly address: string; readonly port: number; readonly origin: string },
): Promise<Listener> =>
  listen((request, response) => {
    void readBody(request, response)
      .then(async (body) => {
        if (body === undefined) return;
        const method = request.method ?? "GET";
        const answer = await fetch(
          new Request(`${options.origin}${request.url ?? "/"}`, {
            method,
            headers: plainHeaders(request),
            ...(body.length > 0 && method !== "GET" && method !== "HEAD" ? { body: new Uint8Array(body) } : {}),
          }),
        );
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        if (answer.headers.get("content-type")?.startsWith("text/event-stream") && answer.body !== null)
          return await sendStream(answer.body, response);
        response.end(Buffer.from(await answer.arrayBuffer()));
      })
      .catch((error: unknown) => fail(response, error));
  }, options);

/** Bytes as they come, until either side ends it. What the reader leaves unread stays in the stream's own bounds. */
const sendStream = async (body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> => {
  const reader = body.getReader();
  response.once("close", () => void reader.cancel().catch(() => undefined));
  response.flushHeaders();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (response.destroyed) break;
      if (!response.write(next.value))
        await new Promise<void>((resolve) => {
          const go = () => {
            response.off("drain", go);
            response.off("close", go);
            resolve();
          };
          response.once("drain", go);
          response.once("close", go);
        });
    }
    response.end();
  } catch {
    response.destroy();
  }
};

export const listen = (
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  options: { readonly address: string; readonly port: number },
): Promise<Listener> =>
  listenOn(createServer({ keepAliveTimeout: 65_000, requestTimeout: slowestRequestMilliseconds }, handler), options);

/** A server that somebody else made, on its port. */
export const listenOn = (server: Server, options: { readonly address: string; readonly port: number }): Promise<Listener> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.address, () => resolve({ close: () => closeServer(server) }));
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Answers under way get a moment; what streams has to end.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });

/** The whole body, or undefined when it was too large and the answer has been given. */
const readBody = (request: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > largestBodyBytes) {
        response.writeHead(413, { "content-type": "application/json", connection: "close" });
        response.end(
          JSON.stringify({
            error: {
              code: 413,
              title: "Request Entity Too Large",
              message: `The body is larger than ${largestBodyBytes} bytes.`,
            },
          }),
        );
        request.destroy();
        resolve(undefined);
        return;
      }
      chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });

const plainHeaders = (request: IncomingMessage): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

const fail = (response: ServerResponse, error: unknown): void => {
  const broken = error instanceof Error && "code" in error && error.code === "ECONNRESET"; // a fault of the simulated cloud
  if (response.headersSent || broken) response.destroy(error instanceof Error ? error : undefined);
  else {
    response.writeHead(500, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        error: { code: 500, title: "Internal Server Error", message: "The server could not answer. Its log says why." },
      }),
    );
  }
};
