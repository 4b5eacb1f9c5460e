import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
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
  /** Messages both ways, until somebody ends it. */
  stream(method: string): GrpcStream;
  /** Called once when the connection is gone, at once when it is already. */
  onClose(told: () => void): void;
  close(): void;
}

export interface GrpcStream {
  send(message: Uint8Array): void;
  /** Ends when the server has ended it well. @throws GrpcError when it ended otherwise, also by `close` */
  readonly messages: AsyncIterable<Uint8Array>;
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

export const grpcCode = { deadlineExceeded: 4, resourceExhausted: 8, outOfRange: 11, internal: 13, unavailable: 14 } as const;

/** What may be under way before the other side must wait for us: watches deliver many events at once. */
const windowBytes = 4 * 1024 * 1024;
const largestMessageBytes = 512 * 1024 * 1024;

export interface GrpcOptions {
  /** The TLS server name and the `:authority` of every call. */
  readonly authority: string;
  /** Absent: no TLS. */
  readonly credentials?: GrpcCredentials;
  readonly callTimeoutMilliseconds: number;
}

/** gRPC over HTTP/2, with or without TLS, over any stream of bytes. */
export const openGrpc = async (stream: Duplex, options: GrpcOptions): Promise<GrpcChannel> => {
  const { authority, credentials, callTimeoutMilliseconds } = options;
  const scheme = credentials === undefined ? "http" : "https";
  const socket = credentials === undefined ? stream : secured(stream, authority, credentials);
  const session = await new Promise<ClientHttp2Session>((resolve, reject) => {
    const settings = { initialWindowSize: windowBytes, enablePush: false };
    const opened = connect(`${scheme}://${authority}`, { createConnection: () => socket, settings });
    opened.once("connect", () => {
      opened.setLocalWindowSize(4 * windowBytes);
      resolve(opened);
    });
    opened.once("error", reject);
    opened.once("close", () => reject(new GrpcError(grpcCode.unavailable, `the connection to ${authority} was closed`)));
  });
  session.on("error", () => {}); // every call under way is told
  const head = { ":scheme": scheme, ":authority": authority };
  return {
    call: (method, request) => unary(session, { head, method, request, timeoutMilliseconds: callTimeoutMilliseconds }),
    stream: (method) => streaming(session, { head, method }),
    onClose: (told) => (session.closed || session.destroyed ? told() : session.once("close", told)),
    close: () => {
      session.destroy();
      socket.destroy();
      stream.destroy();
    },
  };
};

const secured = (stream: Duplex, authority: string, credentials: GrpcCredentials): Duplex =>
  connectTls({
    socket: stream,
    servername: authority,
    cert: credentials.certificatePem,
    key: credentials.privateKeyPem,
    ...(credentials.authorityPem === undefined ? {} : { ca: credentials.authorityPem }),
    rejectUnauthorized: credentials.authorityPem !== undefined,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
  });

interface Calling {
  readonly head: OutgoingHttpHeaders;
  readonly method: string;
}

const begin = (session: ClientHttp2Session, { head, method }: Calling, more: OutgoingHttpHeaders): ClientHttp2Stream => {
  try {
    return session.request({
      ...head,
      ":method": "POST",
      ":path": method,
      "content-type": "application/grpc+proto",
      te: "trailers",
      ...more,
    });
  } catch (error) {
    throw new GrpcError(grpcCode.unavailable, `${method}: ${error instanceof Error ? error.message : error}`);
  }
};

/** What the server says at the end, in its trailers, or in its head when there is no body. */
const outcomeOf = (stream: ClientHttp2Stream): (() => { readonly code: number; readonly said: string }) => {
  let outcome: IncomingHttpHeaders = {};
  for (const event of ["response", "trailers"] as const) {
    stream.on(event, (headers: IncomingHttpHeaders) => {
      outcome = { ...outcome, ...headers };
    });
  }
  return () => ({
    code: Number(outcome["grpc-status"] ?? grpcCode.unavailable),
    said: decodeURIComponent(String(outcome["grpc-message"] ?? "the connection was closed before an answer came")),
  });
};

const unary = async (
  session: ClientHttp2Session,
  calling: Calling & { readonly request: Uint8Array; readonly timeoutMilliseconds: number },
): Promise<Uint8Array> => {
  const { method, request, timeoutMilliseconds } = calling;
  const stream = begin(session, calling, { "grpc-timeout": `${timeoutMilliseconds}m` });
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const outcome = outcomeOf(stream);
    stream.setTimeout(timeoutMilliseconds, () => {
      reject(new GrpcError(grpcCode.deadlineExceeded, `${method}: no answer within ${timeoutMilliseconds / 1000} s`));
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("error", (error) => reject(new GrpcError(grpcCode.unavailable, `${method}: ${error.message}`)));
    stream.on("close", () => {
      const { code, said } = outcome();
      if (code !== 0) return reject(new GrpcError(code, `${method}: ${said}`));
      try {
        const [message] = createUnframing()(Buffer.concat(pieces));
        if (message === undefined) throw new GrpcError(grpcCode.internal, "the answer is cut off");
        resolve(message);
      } catch (error) {
        reject(error);
      }
    });
    stream.end(framed(request));
  });
};

const streaming = (session: ClientHttp2Session, calling: Calling): GrpcStream => {
  const stream = begin(session, calling, {});
  const outcome = outcomeOf(stream);
  let failure: Error | undefined;
  stream.on("error", (error) => {
    failure = error;
  });
  const messages = async function* (): AsyncGenerator<Uint8Array> {
    const unframe = createUnframing();
    try {
      for await (const piece of stream as AsyncIterable<Buffer>) yield* unframe(piece);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    const { code, said } = outcome();
    if (code !== 0) throw new GrpcError(code, `${calling.method}: ${failure?.message ?? said}`);
  };
  return {
    send: (message) => {
      if (stream.writable) stream.write(framed(message));
    },
    messages: messages(),
    close: () => stream.close(constants.NGHTTP2_CANCEL),
  };
};

/** A message on the wire: a byte for compression (none), four for its length. */
const framed = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** Whole messages out of pieces that end anywhere. */
const createUnframing = () => {
  let waiting: Buffer[] = [];
  let length = 0;
  return function* (piece: Buffer): Generator<Uint8Array> {
    waiting.push(piece);
    length += piece.length;
    for (;;) {
      const first = waiting[0];
      if (first === undefined || length < 5) return;
      const head = first.length >= 5 ? first : Buffer.concat(waiting);
      const size = head.readUInt32BE(1);
      if (head[0] !== 0 || size > largestMessageBytes)
        throw new GrpcError(grpcCode.internal, "the answer is compressed or too long");
      if (length < 5 + size) {
        if (head !== first) waiting = [head];
        return;
      }
      const whole = waiting.length === 1 ? first : Buffer.concat(waiting);
      yield whole.subarray(5, 5 + size);
      const rest = whole.subarray(5 + size);
      waiting = rest.length === 0 ? [] : [rest];
      length = rest.length;
    }
  };
};
