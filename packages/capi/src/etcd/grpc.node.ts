import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

export interface GrpcCredentials {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Absent: the server is not verified; it was reached through the API server, which is. */
  readonly authorityPem?: string;
}

export interface GrpcChannel {
  /** One request, one answer. @throws GrpcError */
  call(method: string, request: Uint8Array): Promise<Uint8Array>;
  close(): void;
}

export class GrpcError extends Error {
  override readonly name = "GrpcError";
  /** As gRPC numbers them: 14 is unavailable, 4 a deadline that passed. */
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const deadlineExceeded = 4;
const unavailable = 14;

/** gRPC over HTTP/2 over TLS over any stream of bytes. `authority` is the TLS server name and the `:authority` of every call. */
export const openGrpc = async (
  stream: Duplex,
  options: { readonly authority: string; readonly credentials: GrpcCredentials; readonly callTimeoutMilliseconds: number },
): Promise<GrpcChannel> => {
  const { authority, credentials, callTimeoutMilliseconds } = options;
  const socket = connectTls({
    socket: stream,
    servername: authority,
    cert: credentials.certificatePem,
    key: credentials.privateKeyPem,
    ...(credentials.authorityPem === undefined ? {} : { ca: credentials.authorityPem }),
    rejectUnauthorized: credentials.authorityPem !== undefined,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
  });
  const session = await new Promise<ClientHttp2Session>((resolve, reject) => {
    const opened = connect(`https://${authority}`, { createConnection: () => socket });
    opened.once("connect", () => resolve(opened));
    opened.once("error", reject);
    opened.once("close", () => reject(new GrpcError(unavailable, `the connection to ${authority} was closed`)));
  });
  session.on("error", () => {}); // every call under way is told
  return {
    call: (method, request) => unary(session, { method, request, authority, timeoutMilliseconds: callTimeoutMilliseconds }),
    close: () => {
      session.destroy();
      socket.destroy();
      stream.destroy();
    },
  };
};

const unary = (
  session: ClientHttp2Session,
  {
    method,
    request,
    authority,
    timeoutMilliseconds,
  }: { method: string; request: Uint8Array; authority: string; timeoutMilliseconds: number },
): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": method,
      ":scheme": "https",
      ":authority": authority,
      "content-type": "application/grpc+proto",
      te: "trailers",
      "grpc-timeout": `${timeoutMilliseconds}m`,
    });
    const pieces: Buffer[] = [];
    let outcome: IncomingHttpHeaders = {};
    stream.setTimeout(timeoutMilliseconds, () => {
      reject(new GrpcError(deadlineExceeded, `${method}: no answer within ${timeoutMilliseconds / 1000} s`));
      stream.close(constants.NGHTTP2_CANCEL);
    });
    // An answer without a body has its trailers in its head.
    stream.on("response", (headers) => {
      outcome = { ...outcome, ...headers };
    });
    stream.on("trailers", (headers) => {
      outcome = { ...outcome, ...headers };
    });
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("error", (error) => reject(new GrpcError(unavailable, `${method}: ${error.message}`)));
    stream.on("close", () => {
      const code = Number(outcome["grpc-status"] ?? unavailable);
      const said = decodeURIComponent(String(outcome["grpc-message"] ?? "the connection was closed before an answer came"));
      if (code !== 0) return reject(new GrpcError(code, `${method}: ${said}`));
      resolve(unframed(Buffer.concat(pieces)));
    });
    stream.end(framed(request));
  });

/** A message on the wire: a byte for compression (none), four for its length. */
const framed = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

const unframed = (body: Buffer): Uint8Array => {
  const length = body.length >= 5 ? body.readUInt32BE(1) : -1;
  if (length < 0 || body[0] !== 0 || body.length < 5 + length) throw new GrpcError(13, "the answer is cut off or compressed");
  return body.subarray(5, 5 + length);
};
