import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { ApiError, type Client } from "@slipway/api";
import {
  answerConversion,
  answerReview,
  kindsOf,
  parseConversion,
  parseReview,
  type WebhookProvider,
  webhooksOf,
} from "@slipway/api/webhooks/index.ts";

export interface WebhookServer {
  readonly port: number;
  /** Serves with this from the next connection on. */
  use(certificate: ServingPair): void;
  close(): Promise<void>;
}

/** PEM. */
export interface ServingPair {
  readonly cert: string;
  readonly key: string;
}

const largestBodyBytes = 7 * 1024 * 1024;
const slowestRequestMilliseconds = 30_000;

/**
 * Answers a kube-apiserver's reviews of a provider's kinds over HTTPS, at upstream's paths, and `/convert`. One process may answer
 * for several providers.
 */
export const listenWebhooks = async (options: {
  readonly providers: readonly WebhookProvider[];
  readonly client: Client;
  readonly address: string;
  readonly port: number;
  readonly certificate: ServingPair;
  readonly featureGates?: { readonly [gate: string]: boolean };
  readonly onError?: (error: unknown, path: string) => void;
}): Promise<WebhookServer> => {
  const answers = answersFor(options.providers, options);
  const server = createServer({ ...options.certificate, minVersion: "TLSv1.2" }, (request, response) => {
    const path = new URL(request.url ?? "/", "https://webhook").pathname;
    void serve(answers.get(path), request, response).catch((error: unknown) => {
      options.onError?.(error, path);
      fail(response, error);
    });
  });
  server.requestTimeout = slowestRequestMilliseconds;
  server.headersTimeout = slowestRequestMilliseconds;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    use: (certificate) => server.setSecureContext({ ...certificate, minVersion: "TLSv1.2" }),
    close: () => closed(server),
  };
};

type Answer = (body: unknown) => Promise<object>;

const answersFor = (
  providers: readonly WebhookProvider[],
  { client, featureGates }: { readonly client: Client; readonly featureGates?: { readonly [gate: string]: boolean } },
): ReadonlyMap<string, Answer> => {
  const options = {
    client,
    ...(featureGates === undefined ? {} : { featureGates }),
    pause: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  };
  const kinds = providers.flatMap(kindsOf);
  return new Map<string, Answer>([
    ...providers
      .flatMap(webhooksOf)
      .map((webhook) => [webhook.path, (body: unknown) => answerReview(webhook, parseReview(body), options)] as const),
    ["/convert", async (body) => answerConversion(kinds, parseConversion(body))],
  ]);
};

const serve = async (answer: Answer | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (answer === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
    return;
  }
  if (request.method !== "POST") {
    response.writeHead(405, { allow: "POST", "content-type": "text/plain" }).end("only POST is answered here\n");
    return;
  }
  const body = await read(request);
  const text = JSON.stringify(await answer(parsed(body)));
  response.writeHead(200, { "content-type": "application/json" }).end(text);
};

const read = async (request: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > largestBodyBytes) {
      throw new ApiError("RequestEntityTooLarge", `the review is larger than ${largestBodyBytes} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError("BadRequest", "the body is not JSON", { cause });
  }
};

const fail = (response: ServerResponse, error: unknown): void => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const code = error instanceof ApiError ? error.code : 500;
  const text = error instanceof ApiError ? error.message : "the webhook failed; its log says why";
  response.writeHead(code, { "content-type": "text/plain" }).end(`${text}\n`);
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
