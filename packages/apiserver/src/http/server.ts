import { ApiError } from "@slipway/api";
import type { Registry, UserInfo } from "../registry/registry.ts";
import { type Authenticator, anonymous, type Impersonation, impersonated, impersonationOf } from "./authn/authenticator.ts";
import type { AccessReview, Authorizer } from "./authz/authorizer.ts";
import { forbiddenMessage } from "./authz/message.ts";
import { createDiscovery } from "./discovery.ts";
import { type Answer, asApiError, type Exchange, errorAnswer, jsonAnswer, pageNotFound, textAnswer } from "./exchange.ts";
import { createHealth, type HealthCheck } from "./health.ts";
import { createOpenApi } from "./openapi/index.ts";
import { pinnedName, type RequestInfo, requestInfo } from "./path.ts";
import { createPodStreams, type PodBackend } from "./pods.ts";
import { createLayouts } from "./representation.ts";
import { createResourceHandler } from "./resources.ts";
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
  /** Answers for paths outside the API (`/metrics`); after authorization. */
  readonly extra?: (exchange: Exchange, user: UserInfo) => Promise<Answer | undefined>;
}

/** A Kubernetes API as a function from requests to responses. Whoever owns sockets calls `handle`, everyone else `fetch`. */
export interface ApiServer {
  fetch(request: Request): Promise<Response>;
  handle(exchange: Exchange): Promise<Answer>;
  /** Who asks, and whether they may: for upgrades (WebSocket), which the listener speaks itself. @throws ApiError */
  admit(exchange: Exchange): Promise<{ readonly info: RequestInfo; readonly user: UserInfo }>;
  /** For what the listener meets after `handle` has answered. */
  reportFault(error: unknown, about: { readonly method: string; readonly path: string }): void;
  readonly registry: Registry;
  readonly pods: PodBackend;
}

export const createApiServer = (options: ApiServerOptions): ApiServer => {
  const { registry } = options;
  const random = options.random ?? Math.random;
  const newId = options.newId ?? (() => crypto.randomUUID());
  const pods = options.pods ?? {};
  const version = options.version ?? "v1.33.4";
  const resources = createResourceHandler({
    registry,
    layouts: createLayouts(),
    pods: createPodStreams(registry, pods),
    random,
  });
  const discovery = createDiscovery(registry.catalog);
  const openApi = createOpenApi(registry.catalog, version, registry.clock);
  const health = createHealth(options.healthChecks ?? []);

  const authenticate = async (exchange: Exchange): Promise<UserInfo> => {
    const found = options.authenticator === undefined ? anonymous : await options.authenticator(exchange);
    if (found === undefined) throw new ApiError("Unauthorized", "Unauthorized");
    return found;
  };

  const authorize = async (review: AccessReview): Promise<void> => {
    if (options.authorizer === undefined) return;
    const verdict = await options.authorizer.authorize(review);
    if (!verdict.allowed) throw forbidden(review, verdict.reason);
  };

  const assume = async (user: UserInfo, exchange: Exchange): Promise<UserInfo> => {
    const wanted: Impersonation | undefined = impersonationOf(exchange);
    if (wanted === undefined) return user;
    for (const review of wanted.reviews) await authorize({ ...review, user });
    return impersonated(wanted);
  };

  const admit = async (exchange: Exchange): Promise<{ info: RequestInfo; user: UserInfo }> => {
    const user = await assume(await authenticate(exchange), exchange);
    const info = requestInfo(exchange.method, exchange.path, exchange.query);
    await authorize(reviewOf(info, user, exchange));
    return { info, user };
  };

  const dispatch = async (exchange: Exchange, warn: (text: string) => void): Promise<Answer> => {
    const { info, user } = await admit(exchange);
    if (info.isResource) {
      const require = (verb: string) => authorize({ ...reviewOf(info, user, exchange), verb });
      return resources({ exchange, info, user, warn, require });
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
      default:
        return (await options.extra?.(exchange, user)) ?? pageNotFound();
    }
  };

  const handle = async (exchange: Exchange): Promise<Answer> => {
    const warnings: string[] = [];
    const common = { "audit-id": exchange.header("audit-id") ?? newId(), "cache-control": "no-cache, private" };
    try {
      const answer = await dispatch(exchange, (text) => warnings.push(text));
      return withHeaders(answer, common, warnings);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code >= 500 && error.cause !== undefined)
        options.onError?.(error.cause, { method: exchange.method, path: exchange.path });
      const answer =
        error.reason === "InternalError" && error.cause !== undefined
          ? textAnswer(500, `${error.message}\n`)
          : errorAnswer(error);
      const guarded: Answer["headers"] = error.code === 401 || error.code === 403 ? { "x-content-type-options": "nosniff" } : {};
      return withHeaders(answer, { ...common, ...guarded }, warnings);
    }
  };

  return {
    handle,
    admit,
    reportFault: (error, about) => options.onError?.(error, about),
    registry,
    pods,
    fetch: async (request) => responseOf(await handle(exchangeOf(request)), request.method),
  };
};

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
  const pinned = info.verb === "list" || info.verb === "watch" ? pinnedName(exchange.query.get("fieldSelector")) : undefined;
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
