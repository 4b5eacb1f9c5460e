import type { IncomingMessage, ServerResponse } from "node:http";
import { constants as http2, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Answer } from "../exchange.ts";
import { WireExchange } from "../wireexchange.node.ts";
import { discard, send } from "./sink.node.ts";
import type { Traffic } from "./traffic.node.ts";

export const serveHttp2 = async (traffic: Traffic, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
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

export const serveHttp1 = async (traffic: Traffic, request: IncomingMessage, response: ServerResponse): Promise<void> => {
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

/** The rest of the body is not wanted any more. */
const leavesUnread = ({ status }: Answer): boolean => status === 413 || status === 504;

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(", ") : value);
