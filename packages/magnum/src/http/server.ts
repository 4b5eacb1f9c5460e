import { ApiError, type Client, type StatusReason } from "@slipway/api";
import { type Cloud, type ConnectCloud, isCloudError, type Transport } from "@slipway/openstack";
import type { Clock, Logger } from "@slipway/runtime";
import { createValidateToken, KeystoneUnavailable, type ValidateToken } from "../cloud/keystone.ts";
import { createTenantClouds } from "../cloud/tenant.ts";
import { revokeWith } from "../driver/revoke.ts";
import type { MagnumSettings } from "../settings.ts";
import { isAdmin } from "./auth/policy.ts";
import { accessAllowed, createTokenCache } from "./auth/tokens.ts";
import { readJson } from "./body/json.ts";
import { createExaminer } from "./diagnosis/examiner.ts";
import { rootDocument, v1Document } from "./discovery/documents.ts";
import { errorBody, MagnumError, RoutingError, unauthorizedBody } from "./errors.ts";
import type { Answer, Random, World } from "./exchange.ts";
import { createTurns } from "./inturn.ts";
import type { AlertSource } from "./live/alerts.ts";
import { createSharedLists } from "./live/lists/index.ts";
import { createLiveView, type LiveCaches } from "./live/watch.ts";
import { requestedMinor, UnsupportedVersion, versionHeaders } from "./microversion.ts";
import { createOrphanage } from "./orphans/orphanage.ts";
import { createKnownNames } from "./records.ts";
import { createRouter, readQuery } from "./router.ts";
import { routes } from "./routes.ts";

export interface MagnumOptions {
  /** The management API: where the records are. */
  readonly client: Client;
  /** How requests to the tenants' cloud leave. */
  readonly transport: Transport;
  readonly clock: Pick<Clock, "now" | "setTimeout">;
  readonly log: Logger;
  readonly settings: MagnumSettings;
  /** Clouds by the credentials of clusters, for diagnoses; absent: a diagnosis rests on the objects alone. */
  readonly connect?: ConnectCloud;
  /** The cloud as an administrator's account sees it, for what is left of clusters that are no more. */
  readonly administrator?: Pick<Cloud, "everywhere" | "session">;
  /** The driver's: with them clusters can be watched. */
  readonly caches?: LiveCaches;
  /** What fires in the fleet, for administrators. */
  readonly alerts?: AlertSource;
  readonly random?: Random;
  /** In place of asking Keystone. */
  readonly validateToken?: ValidateToken;
}

export interface Magnum {
  /** Never rejects. */
  fetch(request: Request): Promise<Response>;
}

/** The tenants' door: the Magnum API as a function of a request. */
export const createMagnum = (options: MagnumOptions): Magnum => {
  const { client, transport, clock, log, settings, random = webRandom } = options;
  const route = createRouter(routes);
  const validate = createTokenCache({
    validate: options.validateToken ?? createValidateToken(transport, settings.authUrl),
    clock,
    seconds: settings.tokenCacheSeconds,
  });
  const tenantCloud = createTenantClouds({
    transport,
    authUrl: settings.authUrl,
    endpoints: settings.endpoints,
    computeMicroversion: settings.computeMicroversion,
    now: () => clock.now(),
  });
  const live = options.caches === undefined ? undefined : createLiveView({ caches: options.caches, clock });
  const orphanage = options.administrator && createOrphanage({ client, clock, log, cloud: options.administrator.everywhere });
  const { maxClustersPerProject: clusterLimit } = settings;
  const world: World = {
    client,
    clock,
    log,
    settings,
    random,
    startedAt: clock.now(),
    inTurn: createTurns(),
    known: createKnownNames(),
    orphans: orphanage,
    examine: createExaminer({ client, clock, connect: options.connect }),
    live,
    alerts: options.alerts,
    lists: live && createSharedLists({ live, alerts: options.alerts, orphanage, clusterLimit, clock, log }),
    revoke: options.administrator && revokeWith(options.administrator),
    timers: clock,
  };

  const unauthorized = (): Answer => ({
    status: 401,
    body: unauthorizedBody,
    headers: { "WWW-Authenticate": `Keystone uri="${settings.publicAuthUrl}"` },
  });

  /** A service that speaks for a user must prove that it is one, or the user's own token counts for nothing. */
  const serviceAllowed = async (token: string | null): Promise<boolean> =>
    token === null || token === "" || ((await validate(token))?.roles.includes("service") ?? false);

  const serve = async (request: Request, target: Target): Promise<Answer> => {
    if (target.kind === "public" && target.document === "root") return { status: 200, body: rootDocument(target.base) };
    if (target.kind === "public") return { status: 200, body: "OK", headers: { "Content-Type": "text/plain" } };
    if (target.path.length === 0) {
      const minor = requestedMinor(request.headers.get("openstack-api-version"));
      if (request.method !== "GET" && request.method !== "HEAD")
        throw new RoutingError(405, "Method Not Allowed", "", { Allow: "GET" });
      return { status: 200, body: v1Document(target.base), headers: versionHeaders(`1.${minor}`) };
    }
    const token = request.headers.get("x-auth-token");
    const caller = token === null || token === "" ? undefined : await validate(token);
    if (token === null || caller === undefined || !accessAllowed(caller, request.method, `/v1/${target.path.join("/")}`))
      return unauthorized();
    if (!(await serviceAllowed(request.headers.get("x-service-token")))) return unauthorized();
    const minor = requestedMinor(request.headers.get("openstack-api-version"));
    const answer = await answerRouted(minor, async () => {
      const match = route(request.method, target.path, minor);
      return match.route.handle({
        caller,
        admin: isAdmin(caller) && !caller.system,
        minor,
        base: target.base,
        params: match.params,
        query: readQuery(target.search, match.route),
        json: () => readJson(request),
        cloud: tenantCloud(token),
        world,
        stillValid: async () => (await validate(token)) !== undefined,
      });
    });
    return { ...answer, headers: { ...versionHeaders(`1.${minor}`), ...answer.headers } };
  };

  /** Errors below a version carry its headers, as successes do. */
  const answerRouted = async (minor: number, work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      const answer = answerTo(error);
      return { ...answer, headers: { ...versionHeaders(`1.${minor}`), ...answer.headers } };
    }
  };

  const answerTo = (error: unknown): Answer => {
    if (error instanceof RoutingError) return { status: error.status, body: errorBody(error), headers: error.headers };
    if (error instanceof MagnumError) return { status: error.status, body: errorBody(error) };
    if (error instanceof UnsupportedVersion) return { status: 406, body: error.body, headers: versionHeaders(error.requested) };
    if (isCloudError(error))
      return { status: 403, body: errorBody(new MagnumError(403, `OpenStack connection failed. ${error.message}`)) };
    if (error instanceof KeystoneUnavailable) {
      log.error("Keystone did not check a token", { error });
      return { status: 503, body: errorBody(new MagnumError(503, "The identity service cannot check tokens at the moment.")) };
    }
    if (error instanceof ApiError && BUSY.has(error.reason)) {
      log.error("the management API does not answer", { error });
      return { status: 503, body: errorBody(new MagnumError(503, "The service's own store is not available at the moment.")) };
    }
    log.error("a request failed for a reason of our own", { error });
    return {
      status: 500,
      body: errorBody(new MagnumError(500, "The service failed to carry out the request; its log says why.")),
    };
  };

  return {
    fetch: async (request) => {
      const target = targetOf(request, settings.trustForwardedHeaders);
      const requestId = `req-${random.uuid()}`;
      const started = clock.now().getTime();
      const answer = await serve(request, target).catch(answerTo);
      // What changes something is told to the operator; what only looks, to who asks for it.
      log[request.method === "GET" || request.method === "HEAD" ? "debug" : "info"]("request", {
        requestId,
        method: request.method,
        path: new URL(request.url).pathname,
        status: answer.status,
        milliseconds: clock.now().getTime() - started,
      });
      return toResponse(answer, requestId, request.method === "HEAD");
    },
  };
};

type Target =
  | { readonly kind: "public"; readonly document: "root" | "health"; readonly base: string }
  | { readonly kind: "v1"; readonly base: string; readonly path: readonly string[]; readonly search: URLSearchParams };

/** `/clusters` is `/v1/clusters`; a trailing slash does not matter; `.json` is tolerated on the two public documents. */
const targetOf = (request: Request, trustForwarded: boolean): Target => {
  const url = new URL(request.url);
  const base = baseOf(request, url, trustForwarded);
  const parts = url.pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decode);
  if (parts.length === 0) return { kind: "public", document: "root", base };
  if (parts.length === 1 && parts[0] === "healthcheck") return { kind: "public", document: "health", base };
  const path = parts[0] === "v1" || (parts.length === 1 && parts[0] === "v1.json") ? parts.slice(1) : parts;
  return { kind: "v1", base, path, search: url.searchParams };
};

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

const baseOf = (request: Request, url: URL, trustForwarded: boolean): string => {
  if (!trustForwarded) return url.origin;
  const scheme = request.headers.get("x-forwarded-proto") ?? url.protocol.slice(0, -1);
  const host = request.headers.get("x-forwarded-host") ?? url.host;
  const prefix = (request.headers.get("x-forwarded-prefix") ?? "").replace(/\/+$/, "");
  return `${scheme}://${host}${prefix}`;
};

const toResponse = ({ status, body, stream, headers = {} }: Answer, requestId: string, headOnly: boolean): Response => {
  const all = { "x-openstack-request-id": requestId, ...headers };
  if (stream !== undefined) return new Response(stream, { status, headers: all });
  if (body === undefined) return new Response(null, { status, headers: all });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(headOnly ? null : text, { status, headers: { "Content-Type": "application/json", ...all } });
};

const BUSY: ReadonlySet<StatusReason> = new Set<StatusReason>([
  "ServiceUnavailable",
  "Timeout",
  "ServerTimeout",
  "TooManyRequests",
]);

const webRandom: Random = {
  uuid: () => crypto.randomUUID(),
  below: (limit) => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit,
};
