import type { Status } from "@slipway/api";
import { ApiError, jsonText } from "@slipway/api";

/** A request as handlers see it. Made from a web `Request` or straight from Node's sockets: the hot path needs no more than this. */
export interface Exchange {
  readonly method: string;
  /** As on the wire, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** @throws ApiError RequestEntityTooLarge */
  body(): Promise<Uint8Array>;
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal;
  readonly peer: Peer;
}

/** Who is at the other end, as far as the transport knows. */
export interface Peer {
  readonly address?: string;
  /** DER, verified by the transport to be signed by a client CA and in validity. */
  readonly certificate?: PeerCertificate;
  /** A certificate was shown that no client CA signed. */
  readonly untrusted?: boolean;
}

export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly sha256?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body?: AnswerBody;
  /** A watch or a followed log: flushed piece by piece, never compressed. */
  readonly longRunning?: boolean;
}
export type AnswerBody = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export const isStreamed = (body: AnswerBody | undefined): body is AsyncIterable<string | Uint8Array> =>
  typeof body === "object" && Symbol.asyncIterator in body;

export const textAnswer = (status: number, text: string): Answer => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  body: text,
});

/** Unknown group, version or resource: clients turn it into "the server could not find the requested resource". */
export const pageNotFound = (): Answer => textAnswer(404, "404 page not found\n");

export const jsonAnswer = (value: unknown, status = 200, headers: Answer["headers"] = {}): Answer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: jsonText(value),
});

export const statusAnswer = (status: Status): Answer => {
  const retryAfter = status.details?.retryAfterSeconds;
  return jsonAnswer(
    status,
    status.code ?? (status.status === "Success" ? 200 : 500),
    retryAfter !== undefined && retryAfter > 0 ? { "retry-after": String(retryAfter) } : {},
  );
};

export const errorAnswer = (error: ApiError): Answer => statusAnswer(error.toStatus());

/** Anything thrown, as an ApiError: what is not one is our own fault, and its text stays in the log. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError("InternalError", "This request caused apiserver to panic. Look in the logs for details.", { cause: error });
