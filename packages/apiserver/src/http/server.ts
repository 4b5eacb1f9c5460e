import { ApiError } from "@slipway/api";
import type { Registry, UserInfo } from "../registry/registry.ts";
import { type AuditOptions, annotator, createAuditTrail, type Trace } from "./audit/trail.ts";
import { type Authenticator, anonymous, type Impersonation, impersonated, impersonationOf } from "./authn/authenticator.ts";
import type { AccessReview, Authorizer } from "./authz/authorizer.ts";
import { forbiddenMessage } from "./authz/message.ts";
import { createCors } from "./cors.ts";
import { createDiscovery } from "./discovery.ts";
import {
  type Answer,
  asApiError,
  type Exchange,
  errorAnswer,
  isStreamed,
  jsonAnswer,
  pageNotFound,
  textAnswer,
} from "./exchange.ts";
import { createHealth, type HealthCheck } from "./health.ts";
import type { TokenIssuer } from "./issuer.ts";
import { watched } from "./limits/body.ts";
import { createDeadlines } from "./limits/deadlines.ts";
import { allowedTime } from "./limits/duration.ts";
import { createInFlight, type InFlightLimits, tooManyRequests } from "./limits/inflight.ts";
import { createRequestMetrics, type RequestMetrics } from "./metrics/requests.ts";
import { createOpenApi } from "./openapi/index.ts";
import { isLongRunning, pinnedName, type RequestInfo, requestInfo } from "./path.ts";
import { createPodStreams, type PodBackend } from "./pods.ts";
import { createLayouts } from "./representation.ts";
import { createResourceHandler, type ResourceCall } from "./resources.ts";
import { versionAnswer } from "./version.ts";
import { warningHeaders } from "./warnings.ts";
import { exchangeOf, responseOf } from "./web.ts";

export interface ApiServerOptions {
  readonly registry: Registry;
  /** Who is asking. Absent: everybody is `system:anonymous`. */
  readonly authenticator?: Authenticator;
  /** Who may do what. Absent: everybody may do everything. */
  readonly authorizer?: Authorizer;
  /** `v1.33.4`: what `/version` says. */
  readonly version?: string;
  readonly pods?: PodBackend;
  readonly healthChecks?: readonly HealthCheck[];
  /** Told of what answered 500. */
  readonly onError?: (error: unknown, about: { readonly method: string; readonly path: string }) => void;
  readonly random?: () => number;
  readonly newId?: () => string;
  /** Answers for paths outside the API; after authorization. */
  readonly extra?: (exchange: Exchange, user: UserInfo) => Promise<Answer | undefined>;
  /** Added to `/metrics`: what the process and its controllers count, in the text format. */
  readonly moreMetrics?: () => string | Promise<string>;
  /** Requests under way at once. */
  readonly limits?: InFlightLimits;
  /** Origins of pages that may read answers: `https://console.example.com`. None unless named. */
  readonly corsOrigins?: readonly string[];
  /** Who did what. Absent: nobody writes it down. */
  readonly audit?: AuditOptions;
  /** Publishes the keys that ServiceAccount tokens are checked with. */
  readonly issuer?: () => TokenIssuer | undefined;
}

/** A Kubernetes API as a function from requests to responses. Whoever owns sockets calls `handle`, everyone else `fetch`. */
export interface ApiServer {
  fetch(request: Request): Promise<Response>;
  handle(exchange: Exchange): Promise<Answer>;
  /** Who asks, and whether they may: for connections that change protocol, which the listener speaks itself. @throws ApiError */
  admit(exchange: Exchange): Promise<Admitted>;
  /** For what the listener meets after `handle` has answered. */
  reportFault(error: unknown, about: { readonly method: string; readonly path: string }): void;
  /** From now on `/readyz` says that the server goes; everything else is answered as before. */
  beginShutdown(): void;
  readonly metrics: RequestMetrics;
  readonly registry: Registry;
  readonly pods: PodBackend;
}

export interface Admitted {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** The right to another verb on the same. @throws ApiError Forbidden */
  require(verb: string): Promise<void>;
  /** For the audit trail. */
  annotate(key: string, value: string): void;
  /** The protocol has changed. */
  switched(): void;
  /** It was refused after all, or the connection has ended. */
  ended(answer: Answer): void;
}

export const createApiServer = (options: ApiServerOptions): ApiServer => {
  const { registry } = options;
  const random = options.random ?? Math.random;
  const newId = options.newId ?? (() => crypto.randomUUID());
  const pods = options.pods ?? {};
  const version = options.version ?? "v1.33.4";
  const inFlight = createInFlight(options.limits);
  const metrics = createRequestMetrics(registry, inFlight);
  const resources = createResourceHandler({
    registry,
    layouts: createLayouts(),
    pods: createPodStreams(registry, pods),
    random,
    onEvents: ({ group, version: served, kind }, count) => metrics.watchEvents(group, served, kind, count),
  });
  const discovery = createDiscovery(registry.catalog);
  const openApi = createOpenApi(registry.catalog, version, registry.clock);
  let leaving = false;
  const shutdown: HealthCheck = {
    name: "shutdown",
    readyOnly: true,
    check: () => {
      if (leaving) throw new Error("process is shutting down");
    },
  };
  const health = createHealth([...(options.healthChecks ?? []), shutdown]);
  const deadlines = createDeadlines(registry.clock);
  const cors = createCors(options.corsOrigins ?? []);
  const audit =
    options.audit === undefined
      ? undefined
      : createAuditTrail(options.audit, { audited: metrics.audited, lost: metrics.auditLost });

  const authenticate = async (exchange: Exchange): Promise<UserInfo> => {
    const found = options.authenticator === undefined ? anonymous : await options.authenticator(exchange);
    if (found === undefined) throw new ApiError("Unauthorized", "Unauthorized");
    return found;
  };

  const authorize = async (review: AccessReview, trace?: Trace): Promise<void> => {
    if (options.authorizer === undefined) return;
    const verdict = await options.authorizer.authorize(review);
    if (trace !== undefined) {
      trace.decision = verdict.allowed ? "allow" : "forbid";
      if (verdict.reason !== undefined) trace.reason = verdict.reason;
    }
    if (!verdict.allowed) throw forbidden(review, verdict.reason);
  };

  const assume = async (user: UserInfo, exchange: Exchange): Promise<UserInfo> => {
    const wanted: Impersonation | undefined = impersonationOf(exchange);
    if (wanted === undefined) return user;
    for (const review of wanted.reviews) await authorize({ ...review, user });
    return impersonated(wanted);
  };

  const admit = async (exchange: Exchange, trace?: Trace): Promise<Pick<Admitted, "info" | "user" | "require">> => {
    const info = trace?.info ?? requestInfo(exchange.method, exchange.path, exchange.query);
    const asking = await authenticate(exchange);
    if (trace !== undefined) trace.user = asking;
    const user = await assume(asking, exchange);
    if (trace !== undefined && user !== asking) trace.impersonated = user;
    if (trace !== undefined) audit?.record("RequestReceived", trace, exchange, undefined, registry.clock.now());
    await authorize(reviewOf(info, user, exchange), trace);
    return { info, user, require: (verb) => authorize({ ...reviewOf(info, user, exchange), verb }) };
  };

  const route = async (
    exchange: Exchange,
    info: RequestInfo,
    user: UserInfo,
    told: Pick<ResourceCall, "warn" | "annotate">,
  ): Promise<Answer> => {
    if (info.isResource) {
      const require = (verb: string) => authorize({ ...reviewOf(info, user, exchange), verb });
      return resources({ exchange, info, user, ...told, require });
    }
    const [root] = info.parts;
    switch (root) {
      case undefined:
        return jsonAnswer({ paths: discovery.paths() });
      case "api":
      case "apis":
        return (await discovery.answer(exchange, info.parts)) ?? pageNotFound();
      case "openapi":
        return (await openApi.answer(exchange, info.parts)) ?? pageNotFound();
      case "version":
        return versionAnswer(version);
      case "livez":
      case "readyz":
      case "healthz":
        return health(exchange, info.parts);
      case "metrics":
        return metricsAnswer(exchange, info.parts);
      case ".well-known":
      case "openid":
        return (await options.issuer?.()?.answer(exchange)) ?? pageNotFound();
      default:
        return (await options.extra?.(exchange, user)) ?? pageNotFound();
    }
  };

  const metricsAnswer = async (exchange: Exchange, parts: readonly string[]): Promise<Answer> => {
    if (parts.length > 1 || (exchange.method !== "GET" && exchange.method !== "HEAD")) return pageNotFound();
    const more = (await options.moreMetrics?.()) ?? "";
    return {
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      body: `${metrics.render()}${more}`,
    };
  };

  /** Who may come in is counted among those under way until the last byte of the answer is made. */
  const dispatch = async (exchange: Exchange, trace: Trace, warn: (text: string) => void): Promise<Answer> => {
    const { info, user } = await admit(exchange, trace);
    const told = { warn, annotate: annotator(trace) };
    if (isLongRunning(info, exchange.query)) {
      const leave = inFlight.longRunning();
      return untilSent(() => route(exchange, info, user, told), leave);
    }
    const leave = inFlight.enter(isWrite(info) ? "mutating" : "readOnly", isExempt(info, user));
    if (leave === undefined) return tooManyRequests();
    return untilSent(() => route(exchange, info, user, told), leave);
  };

  const allowed = (exchange: Exchange, trace: Trace): number | undefined => {
    const info = requestInfo(exchange.method, exchange.path, exchange.query);
    trace.info = info;
    if (isLongRunning(info, exchange.query)) return undefined;
    return allowedTime(exchange.query.get("timeout"), isWrite(info));
  };

  const attempt = async (exchange: Exchange, trace: Trace, warn: (text: string) => void): Promise<Answer> => {
    try {
      const time = allowed(exchange, trace);
      const work = dispatch(exchange, trace, warn);
      return await (time === undefined ? work : deadlines.within(time, work));
    } catch (thrown) {
      return refusal(thrown, exchange);
    }
  };

  const refusal = (thrown: unknown, exchange: Exchange): Answer => {
    const error = asApiError(thrown);
    if (error.code >= 500 && error.cause !== undefined)
      options.onError?.(error.cause, { method: exchange.method, path: exchange.path });
    const answer =
      error.reason === "InternalError" && error.cause !== undefined ? textAnswer(500, `${error.message}\n`) : errorAnswer(error);
    if (error.code !== 401 && error.code !== 403) return answer;
    return { ...answer, headers: { ...answer.headers, "x-content-type-options": "nosniff" } };
  };

  const handle = async (given: Exchange): Promise<Answer> => {
    const preflight = cors.preflight(given);
    if (preflight !== undefined) return preflight;
    const received = registry.clock.now();
    const trace: Trace = { id: given.header("audit-id") ?? newId(), received, told: new Set() };
    const exchange = audit?.wantsBody() === true ? new RememberingExchange(given, trace) : given;
    const warnings: string[] = [];
    const answer = withHeaders(
      await attempt(exchange, trace, (text) => warnings.push(text)),
      { "audit-id": trace.id, "cache-control": "no-cache, private", ...cors.headers(exchange) },
      warnings,
    );
    const told = (at: Date) => {
      const { body } = answer;
      metrics.answered(trace.info, {
        method: exchange.method,
        code: answer.status,
        seconds: (at.getTime() - received.getTime()) / 1000,
        dryRun: exchange.query.has("dryRun"),
        longRunning: answer.longRunning === true,
        bytes: typeof body === "string" || body instanceof Uint8Array ? body.length : undefined,
      });
      audit?.record("ResponseComplete", trace, exchange, answer, at);
    };
    if (!isStreamed(answer.body)) {
      told(registry.clock.now());
      return answer;
    }
    if (answer.longRunning === true) audit?.record("ResponseStarted", trace, exchange, answer, registry.clock.now());
    return { ...answer, body: watched(answer.body, () => told(registry.clock.now())) };
  };

  const admitConnection = async (exchange: Exchange): Promise<Admitted> => {
    const received = registry.clock.now();
    const trace: Trace = { id: exchange.header("audit-id") ?? newId(), received, told: new Set() };
    trace.info = requestInfo(exchange.method, exchange.path, exchange.query);
    const tell = (stage: "ResponseStarted" | "ResponseComplete", answer: Answer) =>
      audit?.record(stage, trace, exchange, answer, registry.clock.now());
    const count = (answer: Answer) =>
      metrics.answered(trace.info, {
        method: exchange.method,
        code: answer.status,
        seconds: 0,
        dryRun: false,
        longRunning: true,
        bytes: undefined,
      });
    try {
      const admitted = await admit(exchange, trace);
      let leave = (): void => {};
      return {
        ...admitted,
        annotate: annotator(trace),
        switched: () => {
          leave = inFlight.longRunning();
          tell("ResponseStarted", { status: 101, headers: {} });
        },
        ended: (answer) => {
          leave();
          count(answer);
          tell("ResponseComplete", answer);
        },
      };
    } catch (error) {
      const answer = errorAnswer(asApiError(error));
      count(answer);
      tell("ResponseComplete", answer);
      throw error;
    }
  };

  return {
    handle,
    admit: admitConnection,
    beginShutdown: () => {
      leaving = true;
    },
    metrics,
    reportFault: (error, about) => options.onError?.(error, about),
    registry,
    pods,
    fetch: async (request) => responseOf(await handle(exchangeOf(request)), request.method),
  };
};

/** The answer, and `leave` called when its last byte is made or nobody wants it any more. */
const untilSent = async (work: () => Promise<Answer>, leave: () => void): Promise<Answer> => {
  try {
    const answer = await work();
    if (isStreamed(answer.body)) return { ...answer, body: watched(answer.body, leave) };
    leave();
    return answer;
  } catch (error) {
    leave();
    throw error;
  }
};

const isWrite = (info: RequestInfo): boolean =>
  info.isResource ? !["get", "list", "watch"].includes(info.verb) : info.verb !== "get" && info.verb !== "head";

/** The operator, and whoever holds or wants a lease: a flood of others must not cost a leader its office. */
const isExempt = (info: RequestInfo, user: UserInfo): boolean =>
  user.groups.includes("system:masters") || (info.isResource && info.group === "coordination.k8s.io") || !info.isResource;

/** Keeps the body for the audit trail. A class for the reason that WireExchange is one. */
class RememberingExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly #given: Exchange;
  readonly #trace: Trace;

  constructor(given: Exchange, trace: Trace) {
    this.method = given.method;
    this.path = given.path;
    this.#given = given;
    this.#trace = trace;
  }

  get query(): URLSearchParams {
    return this.#given.query;
  }

  get signal(): AbortSignal {
    return this.#given.signal;
  }

  get peer(): Exchange["peer"] {
    return this.#given.peer;
  }

  header(name: string): string | undefined {
    return this.#given.header(name);
  }

  async body(): Promise<Uint8Array> {
    const body = await this.#given.body();
    this.#trace.body = body;
    return body;
  }
}

const withHeaders = (answer: Answer, common: Answer["headers"], warnings: readonly string[]): Answer => ({
  ...answer,
  headers: {
    ...common,
    ...answer.headers,
    ...(warnings.length === 0 ? {} : { warning: warningHeaders(warnings) }),
  },
});

const reviewOf = (info: RequestInfo, user: UserInfo, exchange: Exchange): AccessReview => {
  if (!info.isResource) return { user, verb: info.verb, path: exchange.path };
  const isRange = info.verb === "list" || info.verb === "watch" || info.verb === "deletecollection";
  const fieldSelector = isRange ? exchange.query.get("fieldSelector") : null;
  const pinned = info.verb === "deletecollection" ? undefined : pinnedName(fieldSelector);
  return {
    user,
    verb: info.verb,
    resource: {
      group: info.group,
      version: info.version,
      resource: info.resource,
      subresource: info.subresource,
      namespace: info.namespace,
      name: info.name === "" ? (pinned ?? "") : info.name,
      ...(fieldSelector === null ? {} : { fieldSelector }),
    },
  };
};

const forbidden = (review: AccessReview, reason: string | undefined): ApiError => {
  const { resource } = review;
  return new ApiError("Forbidden", forbiddenMessage(review, reason), {
    ...(resource === undefined
      ? { details: {} }
      : {
          details: {
            ...(resource.name === "" ? {} : { name: resource.name }),
            ...(resource.group === "" ? {} : { group: resource.group }),
            kind: resource.resource,
          },
        }),
  });
};
