import { CloudError, refusal } from "../transport/error.ts";
import { once } from "../transport/once.ts";
import type { Transport, TransportRequest, TransportResponse } from "../transport/transport.ts";
import { endpointOf, type ServiceName } from "./catalog.ts";
import type { CloudConfig } from "./cloudsyaml.ts";
import { parseToken, type Token, tokenRequest } from "./tokens.ts";

/** One identity on one cloud: it proves itself when it must, and every service's requests go through it. */
export interface Session {
  /**
   * Answers successes only; refusals are thrown as `CloudError`. With `absent: "undefined"` a 404 is no refusal.
   * A 401 is answered with one new token and one repetition.
   */
  send(request: SessionRequest): Promise<TransportResponse | undefined>;
  token(): Promise<Token>;
  /** The id of the project that the token is for. @throws CloudError invalid: the credentials are for no project */
  projectId(): Promise<string>;
  endpoint(service: ServiceName): Promise<string>;
  /** Keystone's `…/v3`. */
  identityUrl(): Promise<string>;
}

export interface SessionRequest {
  /** `server_create`: what metrics call it. */
  readonly call: string;
  /** For messages: `POST /servers of compute`. */
  readonly asked: string;
  readonly method: TransportRequest["method"];
  readonly url: string;
  readonly headers?: { readonly [lowerCaseName: string]: string };
  readonly body?: string;
  readonly absent: "undefined" | "error";
}

export interface SessionOptions {
  readonly transport: Transport;
  readonly now: () => Date;
  readonly userAgent?: string;
  /** Told of every exchange: metrics and audit live elsewhere. */
  readonly observe?: (exchange: Exchange) => void;
}

export interface Exchange {
  readonly call: string;
  readonly seconds: number;
  /** Undefined: the connection broke. */
  readonly status: number | undefined;
  /** As upstream counts them: a 404 to a look-up or a deletion is none. */
  readonly failed: boolean;
}

/** Proves itself with credentials, whenever a token is missing or no longer taken. */
export const createSession = (config: CloudConfig, options: SessionOptions): Session => {
  const identityUrl = once(() => findIdentity(config.authUrl, options));
  const issue = async (): Promise<Token> => {
    const response = await exchange(options, "token_create", "POST /auth/tokens of identity", {
      method: "POST",
      url: `${await identityUrl()}/auth/tokens`,
      headers: { ...commonHeaders(options), "content-type": "application/json" },
      body: JSON.stringify(tokenRequest(config.credentials)),
    });
    if (response.status !== 201 && response.status !== 202) throw await refusedCredentials(config.authUrl, response);
    return parseToken(response.headers["x-subject-token"] ?? "", await response.text());
  };
  return sessionOf(config, identityUrl, issue, options);
};

/** Acts with a token that somebody else (a tenant's request) brought; it is never renewed. */
export const createTokenSession = (
  config: Pick<CloudConfig, "authUrl" | "region" | "interface">,
  token: string,
  options: SessionOptions,
): Session => {
  const identityUrl = once(() => findIdentity(config.authUrl, options));
  const look = async (): Promise<Token> => {
    const response = await exchange(options, "token_get", "GET /auth/tokens of identity", {
      method: "GET",
      url: `${await identityUrl()}/auth/tokens`,
      headers: { ...commonHeaders(options), "x-auth-token": token, "x-subject-token": token },
    });
    if (response.status !== 200 && response.status !== 203) throw await refusedCredentials(config.authUrl, response);
    return parseToken(token, await response.text());
  };
  return sessionOf(config, identityUrl, look, options);
};

/** Tokens that die within this time are renewed before they are used: a request must not outlive its token. */
const renewAheadMilliseconds = 30_000;

const sessionOf = (
  config: Pick<CloudConfig, "region" | "interface">,
  identityUrl: () => Promise<string>,
  issue: () => Promise<Token>,
  options: SessionOptions,
): Session => {
  // The session's whole state: the token in use, shared by all that wait for it, so that a burst of 401s asks once.
  let current: Promise<Token> | undefined;
  const renew = (): Promise<Token> => {
    const attempt = issue();
    current = attempt;
    attempt.catch(() => {
      if (current === attempt) current = undefined;
    });
    return attempt;
  };
  const token = async (): Promise<Token> => {
    if (current === undefined) return renew();
    const held = current;
    const known = await held;
    if (known.expiresAt.getTime() - options.now().getTime() > renewAheadMilliseconds) return known;
    return current === held ? renew() : token();
  };
  const after401 = async (refused: Token): Promise<Token> => {
    const held = current;
    if (held !== undefined && (await held) !== refused) return held;
    return current === held ? renew() : token();
  };
  const attempt = async (request: SessionRequest, withToken: Token): Promise<TransportResponse> => {
    const sent: TransportRequest = {
      method: request.method,
      url: request.url,
      headers: {
        ...commonHeaders(options),
        "x-auth-token": withToken.id,
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    };
    return exchange(options, request.call, request.asked, sent);
  };
  return {
    token,
    identityUrl,
    projectId: async () => {
      const { project } = await token();
      if (project === undefined)
        throw new CloudError("invalid", "the cloud's credentials are for no project: name one in clouds.yaml");
      return project.id;
    },
    endpoint: async (service) => endpointOf((await token()).catalog, service, config),
    send: async (request) => {
      const first = await token();
      let response = await attempt(request, first);
      if (response.status === 401) {
        await response.text().catch(() => "");
        response = await attempt(request, await after401(first));
      }
      if (response.status >= 200 && response.status < 300) return response;
      if (response.status === 404 && request.absent === "undefined") {
        await response.text().catch(() => "");
        return undefined;
      }
      throw await refusal(request.asked, response);
    },
  };
};

const exchange = async (
  options: SessionOptions,
  call: string,
  asked: string,
  request: TransportRequest,
): Promise<TransportResponse> => {
  const started = options.now().getTime();
  const tell = (status: number | undefined) => {
    const absentIsFine = status === 404 && (request.method === "GET" || request.method === "DELETE");
    options.observe?.({
      call,
      seconds: (options.now().getTime() - started) / 1000,
      status,
      failed: status === undefined || (status >= 400 && !absentIsFine),
    });
  };
  try {
    const response = await sendOnce(options.transport, request);
    tell(response.status);
    return response;
  } catch (cause) {
    tell(undefined);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CloudError("unavailable", `${new URL(request.url).host} cannot be reached: ${why} (${asked})`, { cause });
  }
};

/**
 * Reading again harms nothing, and a kept-alive connection that the server closed at that moment is an ordinary thing: one
 * repetition, at once. Whatever changes the cloud is never sent twice: whether it happened is seen in the next pass.
 */
const sendOnce = async (transport: Transport, request: TransportRequest): Promise<TransportResponse> => {
  if (request.method !== "GET") return transport(request);
  try {
    return await transport(request);
  } catch {
    return transport(request);
  }
};

const commonHeaders = (options: SessionOptions) => ({
  accept: "application/json",
  "user-agent": options.userAgent ?? "slipway",
});

const refusedCredentials = async (authUrl: string, response: TransportResponse): Promise<CloudError> => {
  const error = await refusal("POST /auth/tokens of identity", response);
  // Keystone answers 404 for an application credential that was deleted: not something to look for elsewhere.
  const kind = error.kind === "notFound" ? "unauthorized" : error.kind;
  return new CloudError(kind, `${authUrl} does not accept the credentials: ${error.message}`, {
    retryAfterSeconds: error.retryAfterSeconds,
    requestId: error.requestId,
  });
};

/** An `auth_url` with its version is taken at its word; without one, Keystone's root document says where v3 is. */
const findIdentity = async (authUrl: string, options: SessionOptions): Promise<string> => {
  const url = authUrl.replace(/\/+$/, "");
  if (/\/v3$/.test(url)) return url;
  const base = url.replace(/\/v2\.0$/, "");
  const response = await exchange(options, "version_get", "GET / of identity", {
    method: "GET",
    url: `${base}/`,
    headers: commonHeaders(options),
  });
  if (response.status !== 200 && response.status !== 300) throw await refusal("GET / of identity", response);
  let versions: readonly {
    readonly id?: string;
    readonly links?: readonly { readonly rel?: string; readonly href?: string }[];
  }[];
  try {
    versions = JSON.parse(await response.text()).versions.values;
  } catch (cause) {
    throw new CloudError("unavailable", `${base}/ is no Keystone: its answer lists no versions`, { cause });
  }
  const v3 = versions.find(({ id }) => /^v3(\.|$)/.test(id ?? ""));
  if (v3 === undefined) throw new CloudError("unsupported", `${base}/ offers no Keystone v3`);
  const self = v3.links?.find(({ rel }) => rel === "self")?.href;
  return (self ?? `${base}/v3`).replace(/\/+$/, "");
};
