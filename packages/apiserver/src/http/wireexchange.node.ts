import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { type PeerCertificate as NodeCertificate, TLSSocket } from "node:tls";
import { ApiError } from "@slipway/api";
import type { Exchange, Peer } from "./exchange.ts";

interface Closing {
  once(event: "close", listener: () => void): unknown;
  readonly destroyed: boolean;
}

/**
 * A request from a socket. What most requests never ask for (query, signal, peer) is made when it is asked for. A class, because an object
 * literal with getters gets a hidden class of its own from the engine each time, which keeps the whole request alive until the next full
 * collection.
 */
export class WireExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  readonly #search: string;
  readonly #source: Readable;
  readonly #closing: Closing;
  readonly #limit: number;
  readonly #stopping: AbortSignal;
  readonly #socket: () => Socket | undefined;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    method: string,
    url: string,
    header: (name: string) => string | undefined,
    source: Readable,
    closing: Closing,
    limit: number,
    stopping: AbortSignal,
    socket: () => Socket | undefined,
  ) {
    const mark = url.indexOf("?");
    this.method = method;
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.header = header;
    this.#search = mark < 0 ? "" : url.slice(mark + 1);
    this.#source = source;
    this.#closing = closing;
    this.#limit = limit;
    this.#stopping = stopping;
    this.#socket = socket;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }

  get signal(): AbortSignal {
    this.#signal ??= closeSignal(this.#closing, this.#stopping);
    return this.#signal;
  }

  get peer(): Peer {
    return peerOf(this.#socket());
  }

  body(): Promise<Uint8Array> {
    return readBody(this.#source, this.#limit);
  }
}

const closeSignal = (closing: Closing, stopping: AbortSignal): AbortSignal => {
  const controller = new AbortController();
  const abort = () => {
    stopping.removeEventListener("abort", abort);
    controller.abort();
  };
  closing.once("close", abort);
  stopping.addEventListener("abort", abort, { once: true });
  if (closing.destroyed || stopping.aborted) abort();
  return controller.signal;
};

/** By events: half of what a loop over the stream costs. A client that goes half way is no fault of ours. */
const readBody = (source: Readable, limit: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    const leave = (): void => {
      source.off("data", take);
      source.off("end", end);
      source.off("close", gone);
      source.off("error", reject);
    };
    const take = (piece: Uint8Array): void => {
      length += piece.length;
      pieces.push(piece);
      if (length <= limit) return;
      // The stream stays as it is: the refusal still has to go out on it.
      leave();
      source.pause();
      reject(new ApiError("RequestEntityTooLarge", `Request entity too large: limit is ${limit}`));
    };
    const end = (): void => {
      leave();
      const [only] = pieces;
      resolve(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, length));
    };
    const gone = (): void => {
      leave();
      reject(new ApiError("BadRequest", "the client went before its request was whole"));
    };
    if (source.readableEnded) return end();
    if (source.destroyed) return gone();
    source.on("end", end);
    source.on("close", gone);
    source.on("error", reject);
    source.on("data", take);
  });

/** Certificates are read once a connection: parsing them costs more than a request. */
const peers = new WeakMap<object, Peer>();

export const peerOf = (socket: Socket | undefined): Peer => {
  if (socket === undefined) return {};
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const peer = readPeer(socket);
  peers.set(socket, peer);
  return peer;
};

const readPeer = (socket: Socket): Peer => {
  const address = socket.remoteAddress === undefined ? {} : { address: socket.remoteAddress };
  const secure = socket instanceof TLSSocket || "getPeerCertificate" in socket ? (socket as TLSSocket) : undefined;
  if (secure === undefined) return address;
  const certificate: NodeCertificate | undefined = secure.getPeerCertificate();
  if (certificate === undefined || certificate === null || certificate.subject === undefined) return address;
  if (!secure.authorized) return { ...address, untrusted: true };
  // Node's types say one; several come as a list.
  const { CN, O }: { CN?: string | string[]; O?: string | string[] } = certificate.subject;
  return {
    ...address,
    certificate: {
      commonName: [CN ?? ""].flat()[0] ?? "",
      organizations: [O ?? []].flat(),
      sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    },
  };
};
