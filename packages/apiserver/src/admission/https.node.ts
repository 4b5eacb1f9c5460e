import { Agent, request } from "node:https";
import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { hostOf, urlOf, type WebhookCaller, type WebhookService, type WebhookTarget } from "./caller.ts";

/** Where a service's webhook listens: an address, or a function of this very process that is handed the review. */
export type WebhookRoute = { readonly host: string; readonly port: number } | ((path: string, body: object) => Promise<unknown>);

export interface HttpsCallerOptions {
  /** Undefined: by its name in the cluster's DNS, `<name>.<namespace>.svc`. */
  readonly resolve?: (service: WebhookService) => WebhookRoute | undefined;
}

export interface HttpsCaller extends WebhookCaller {
  close(): void;
}

const mostBytes = 3 * 1024 * 1024;

/**
 * Webhooks over HTTPS: the server's certificate is checked against the configuration's `caBundle` (else the system's roots) and
 * the name of the service, redirects are not followed, an answer over 3 MiB is refused. Connections are kept for the next call.
 */
export const createHttpsCaller = (options: HttpsCallerOptions = {}): HttpsCaller => {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 16, maxSockets: 64 });
  return {
    post: async (target, body, { timeoutSeconds, query = "", signal }) => {
      const route = target.service === undefined ? undefined : options.resolve?.(target.service);
      const url = withQuery(urlOf(target), query);
      if (typeof route === "function") return inProcess(route, new URL(url).pathname, body, url, timeoutSeconds);
      const given = timeoutSignal(timeoutSeconds, signal);
      const text = await exchange(agent, url, target, route, jsonText(body), given);
      try {
        return parseJson(text);
      } catch (error) {
        throw new Error(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : error}`);
      }
    },
    close: () => agent.destroy(),
  };
};

const timeoutSignal = (seconds: number, signal: AbortSignal | undefined): AbortSignal => {
  const timeout = AbortSignal.timeout(Math.ceil(seconds * 1000));
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
};

const inProcess = async (
  handler: (path: string, body: object) => Promise<unknown>,
  path: string,
  body: object,
  url: string,
  timeoutSeconds: number,
): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Post ${jsonText(url)}: context deadline exceeded`)), timeoutSeconds * 1000);
  });
  try {
    // As over the wire: what the webhook holds is its own.
    return await Promise.race([handler(path, structuredClone(body)), late]);
  } finally {
    clearTimeout(timer);
  }
};

const withQuery = (url: string, query: string): string => (query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`);

const exchange = (
  agent: Agent,
  url: string,
  target: WebhookTarget,
  route: { readonly host: string; readonly port: number } | undefined,
  body: string,
  signal: AbortSignal,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const failed = (cause: string): void => reject(new Error(`Post ${jsonText(url)}: ${cause}`));
    const { hostname, port, pathname, search } = new URL(url);
    const caBundle = target.caBundle ?? "";
    const servername = target.service === undefined ? hostname : hostOf(target.service);
    const asked = request(
      {
        agent,
        method: "POST",
        host: route?.host ?? hostname.replace(/^\[|\]$/g, ""),
        port: route?.port ?? (port === "" ? 443 : Number(port)),
        path: `${pathname}${search}`,
        // SNI carries names only.
        ...(/^[\d.]+$|:/.test(servername) ? {} : { servername }),
        ...(caBundle === "" ? {} : { ca: Buffer.from(caBundle, "base64").toString("utf8") }),
        minVersion: "TLSv1.2",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          "content-length": Buffer.byteLength(body),
          host: `${target.service === undefined ? hostname : hostOf(target.service)}:${port === "" ? 443 : port}`,
          "user-agent": "slipway-admission",
        },
        signal,
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        const pieces: Buffer[] = [];
        let size = 0;
        answer.on("data", (piece: Buffer) => {
          size += piece.length;
          if (size > mostBytes) {
            failed(`response body too large: limit is ${mostBytes} bytes`);
            asked.destroy();
            return;
          }
          pieces.push(piece);
        });
        answer.on("error", (error) => failed(signal.aborted ? "context deadline exceeded" : error.message));
        answer.on("end", () => {
          const text = Buffer.concat(pieces).toString("utf8");
          if (status >= 200 && status < 300) resolve(text);
          else reject(new Error(refusal(status, text)));
        });
      },
    );
    asked.on("error", (error: NodeJS.ErrnoException) => failed(signal.aborted ? "context deadline exceeded" : causeOf(error)));
    asked.end(body);
  });

/** What client-go says of an answer that is no success. */
const refusal = (status: number, text: string): string => {
  if (status >= 300 && status < 400) return `the server redirected the request (${status}), which webhooks may not`;
  if (status === 404) return "the server could not find the requested resource";
  if (status === 503) return "the server is currently unable to handle the request";
  if (status >= 500) return `an error on the server (${jsonText(text.slice(0, 2048))}) has prevented the request from succeeding`;
  return `the server rejected our request for an unknown reason (${status}: ${jsonText(text.slice(0, 2048))})`;
};

/** In the words of Go, which people search for. */
const causeOf = (error: NodeJS.ErrnoException & { readonly address?: string; readonly port?: number }): string => {
  const place = error.address === undefined ? "" : ` ${error.address}:${error.port ?? ""}`;
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp${place}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${(error as { hostname?: string }).hostname ?? ""}: no such host`;
    case "ECONNRESET":
      return "EOF";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `tls: failed to verify certificate: x509: ${error.message}`;
    case "CERT_HAS_EXPIRED":
      return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    default:
      return error.message;
  }
};
