import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type { Transport } from "@slipway/openstack";
import type { Logger } from "@slipway/runtime";
import type { Links, SignInOptions } from "../contract/index.ts";
import { credentialDoors } from "./cloud/credentials.ts";
import { cloudDoors } from "./cloud/doors.ts";
import { templateDoors } from "./cloud/templates.ts";
import { accessDoors } from "./clusters/access.ts";
import { clusterDoors } from "./clusters/doors.ts";
import { insideDoors } from "./clusters/inside.ts";
import { createOverview } from "./clusters/overview.ts";
import { previewDoors } from "./clusters/previews.ts";
import { largestBodyBytes, readBody, readJson } from "./http/body.ts";
import { readCookie, sessionCookie } from "./http/cookies.ts";
import { createDoorFinder, type Doors, doorsWithoutProject, doorsWithoutToken } from "./http/doors.ts";
import type { Incoming, Outgoing, SignedVisit, Visit } from "./http/exchange.ts";
import { Fault, faultBody, isFault } from "./http/fault.ts";
import { securityHeaders } from "./http/headers.ts";
import { createLimiter } from "./http/limits.ts";
import { checkCsrf, checkOrigin, type Site } from "./http/origin.ts";
import { createLive } from "./live/live.ts";
import type { OpenWatch } from "./live/upstream.ts";
import { createKeystone, identityUrl } from "./openstack/keystone.ts";
import { createServices } from "./openstack/services.ts";
import { operatorDoors } from "./operator/doors.ts";
import { accepts, createAssets } from "./pages/assets.ts";
import { sessionDoors, signedIn, signedOut } from "./session/doors.ts";
import { createSessions, defaultSessionLimits, type Session, type SessionLimits, type SessionVault } from "./session/sessions.ts";

export interface ConsoleOptions {
  /** How requests to OpenStack leave. */
  readonly transport: Transport;
  /** Opens a stream of Magnum's. */
  readonly openWatch: OpenWatch;
  /** Keystone as this server reaches it, and as the tenants' own tools do. */
  readonly authUrl: string;
  readonly publicAuthUrl?: string;
  readonly region?: string;
  readonly interface?: "public" | "internal";
  /** Instead of the catalog's. With its `/v1`. */
  readonly magnumUrl?: string;
  readonly computeMicroversion?: string;
  readonly vault: SessionVault;
  readonly limits?: Partial<SessionLimits>;
  /** The built front end: `apps/console/dist`. */
  readonly pages: string;
  readonly site: Site & { readonly port: number };
  readonly signIn?: Partial<SignInOptions>;
  readonly links?: Links;
  /** An object as kubectl would show it. */
  readonly toYaml: (object: object) => string;
  readonly log: Logger;
  readonly now?: () => number;
  /** How often streams say that they live. */
  readonly heartbeatMilliseconds?: number;
}

/** The console's server: pages, and JSON under `/api` that does what its user's token may. */
export interface Console {
  /** Never throws. */
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** All but the stream, without sockets. */
  answer(incoming: Incoming): Promise<Outgoing>;
  close(): Promise<void>;
}

const sweepEveryMilliseconds = 30_000;

export const createConsole = async (options: ConsoleOptions): Promise<Console> => {
  const { transport, site, log, now = Date.now } = options;
  const links = options.links ?? {};
  const region = options.region;
  const signIn: SignInOptions = {
    methods: ["password", "applicationCredential", "token"],
    defaultDomain: "Default",
    ...options.signIn,
  };
  const keystone = createKeystone({ transport, authUrl: options.authUrl, region, interface: options.interface ?? "public" });
  const sessions = await createSessions({
    vault: options.vault,
    limits: { ...defaultSessionLimits, ...options.limits },
    now,
    onVaultError: (error) => log.error("a session could not be written down: it will not outlive a restart", { error }),
  });
  const cookie = sessionCookie({ secure: site.tls || site.origin?.startsWith("https:") === true, port: site.port });
  const services = createServices({
    transport,
    keystone,
    authUrl: identityUrl(options.authUrl),
    magnumUrl: options.magnumUrl,
    computeMicroversion: options.computeMicroversion ?? "2.63",
    ended: async ({ id, token }) => {
      const session = sessions.find(id);
      // Only the token that was refused: a renewal may have come between.
      if (session?.token === token) await sessions.change(id, { token: undefined });
    },
  });
  const publicAuthUrl = options.publicAuthUrl ?? identityUrl(options.authUrl);
  const overview = createOverview(services);
  const previews = previewDoors({ services, overview });
  const live = createLive({
    services,
    sessions,
    overview,
    openWatch: options.openWatch,
    log,
    now,
    ...(options.heartbeatMilliseconds === undefined ? {} : { heartbeatMilliseconds: options.heartbeatMilliseconds }),
  });
  const userName = (session: Session, userId: string) => (userId === session.user.id ? session.user.name : null);

  const apiLimit = createLimiter({ burst: 300, perSecond: 20, now });
  const whoLimit = createLimiter({ burst: 600, perSecond: 40, now });
  const sessionOptions = {
    keystone,
    sessions,
    signIn,
    region,
    now,
    tries: {
      account: createLimiter({ burst: 5, perSecond: 1 / 30, now }),
      address: createLimiter({ burst: 30, perSecond: 0.5, now }),
    },
    cookie,
    features: (session: Session) => overview.features(session),
    links,
  };

  /** Whose request it is. */
  const whose = (incoming: Incoming) => {
    const secret = readCookie(incoming.headers["cookie"], cookie.name);
    if (secret === undefined || secret === "") return { session: undefined, expired: false };
    const used = sessions.use(secret);
    return { session: used.session, expired: used.session === undefined };
  };
  const hasToken = (session: Session): boolean => session.token !== undefined && session.tokenExpiresAt > now();

  const doors: Doors = {
    "GET /api/session": async (visit) => {
      const { session, expired } = whose(visit.incoming);
      if (session === undefined) {
        if (expired) visit.cookie(cookie.clear());
        return signedOut(signIn, expired);
      }
      return hasToken(session) ? signedIn(session, sessions, sessionOptions) : signedOut(signIn, true);
    },
    ...sessionDoors(sessionOptions),
    ...clusterDoors({
      services,
      overview,
      checkQuota: previews.checkQuota,
      userName,
      log: (text, fields) => log.warn(text, { ...fields }),
    }),
    ...previews.doors,
    ...insideDoors({ services, overview, toYaml: options.toYaml }),
    ...accessDoors({ services, overview, publicAuthUrl }),
    ...cloudDoors({ services }),
    ...templateDoors({ services }),
    ...credentialDoors({ services, publicAuthUrl, now }),
    ...operatorDoors({ services }),
  };
  const findDoor = createDoorFinder(Object.keys(doors));

  const visitDoor = async (incoming: Incoming, requestId: string, cookies: string[]): Promise<unknown> => {
    const { door, params } = findDoor(incoming.method, incoming.path);
    const wait = whoLimit.take(incoming.remote);
    if (wait > 0) throw new Fault("tooManyRequests", "Too many requests from this address.", { retryAfterSeconds: wait });
    const changes = incoming.method !== "GET";
    if (changes) checkOrigin(incoming.headers, site);
    const open = door === "GET /api/session" || door === "POST /api/session";
    const { session, expired } = open ? { session: undefined, expired: false } : whose(incoming);
    if (!open && session === undefined) {
      if (expired) cookies.push(cookie.clear());
      throw expired
        ? new Fault("sessionExpired", "The session has ended: sign in again.")
        : new Fault("signedOut", "Sign in first.");
    }
    if (session !== undefined) {
      const slow = apiLimit.take(session.id);
      if (slow > 0) throw new Fault("tooManyRequests", "Too many requests.", { retryAfterSeconds: slow });
      if (changes) checkCsrf(incoming.headers, session.csrfToken);
      if (!hasToken(session) && !doorsWithoutToken.has(door))
        throw new Fault("sessionExpired", "The sign-in has ended: sign in again.");
      if (session.project === null && !doorsWithoutProject.has(door))
        throw new Fault("invalid", "Choose a project first.", { field: "project" });
    }
    const json = changes ? readJson(incoming.body, incoming.headers["content-type"]) : undefined;
    const visit: Visit | SignedVisit = {
      incoming,
      params,
      requestId,
      json,
      cookie: (header) => void cookies.push(header),
      ...(session === undefined ? {} : { session }),
    };
    const handle = doors[door] as (visit: Visit | SignedVisit) => Promise<unknown>;
    if (!changes) return handle(visit);
    const audit = (result: string) =>
      log.info("audit", {
        requestId,
        user: session?.user.id ?? null,
        project: session?.project?.id ?? null,
        action: door,
        target: Object.values(params).join("/"),
        remote: incoming.remote,
        result,
      });
    try {
      const done = await handle(visit);
      audit("accepted");
      return done;
    } catch (error) {
      audit(error instanceof Fault ? error.code : "internal");
      throw error;
    }
  };

  const toOutgoing = (error: unknown, requestId: string, headers: Outgoing["headers"]): Outgoing => {
    const fault = error instanceof Fault ? error : new Fault("internal", "The console failed: its log says why.");
    if (!(error instanceof Fault)) log.error("a request failed for a reason of our own", { requestId, error });
    const { status, body } = faultBody(fault, requestId);
    const retry = fault.more.retryAfterSeconds;
    return {
      status,
      headers: { ...headers, ...(retry === undefined ? {} : { "retry-after": String(retry) }) },
      body: JSON.stringify(body),
    };
  };
  const apiHeaders = (requestId: string) => ({
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-request-id": requestId,
  });

  const pages = createAssets(options.pages, { tls: site.tls });

  const answer = async (incoming: Incoming): Promise<Outgoing> => {
    const requestId = `req-${randomUUID()}`;
    const common = securityHeaders({ tls: site.tls });
    if (incoming.path === "/healthz")
      return {
        status: 200,
        headers: { ...common, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
        body: "ok\n",
      };
    if (!incoming.path.startsWith("/api/") && incoming.path !== "/api") {
      const page = await pages(incoming).catch((error: unknown) => toOutgoing(error, requestId, apiHeaders(requestId)));
      return { ...page, headers: { ...common, "x-request-id": requestId, ...page.headers } };
    }
    const headers = { ...common, ...apiHeaders(requestId) };
    const cookies: string[] = [];
    const withCookies = () => (cookies.length === 0 ? headers : { ...headers, "set-cookie": cookies.at(-1) ?? "" });
    try {
      const body = await visitDoor(incoming, requestId, cookies);
      if (body === undefined) {
        const { "content-type": _nothing, ...rest } = withCookies();
        return { status: 204, headers: rest };
      }
      return await packed({ status: 200, headers: withCookies(), body: JSON.stringify(body) }, incoming);
    } catch (error) {
      return toOutgoing(error, requestId, withCookies());
    }
  };

  const stream = (incoming: Incoming, request: IncomingMessage, response: ServerResponse): void => {
    const requestId = `req-${randomUUID()}`;
    const headers = { ...securityHeaders({ tls: site.tls }), "x-request-id": requestId };
    try {
      const { session, expired } = whose(incoming);
      if (session === undefined) throw new Fault(expired ? "sessionExpired" : "signedOut", "Sign in first.");
      if (!hasToken(session)) throw new Fault("sessionExpired", "The sign-in has ended: sign in again.");
      // A page of another site may not even read along.
      if ((incoming.headers["sec-fetch-site"] ?? "same-origin") !== "same-origin") checkOrigin(incoming.headers, site);
      live.open(session, incoming, request, response, headers);
    } catch (error) {
      write(response, toOutgoing(error, requestId, { ...headers, ...apiHeaders(requestId) }), false);
    }
  };

  const sweeping = setInterval(() => void sessions.sweep().then(revokeOf(keystone)), sweepEveryMilliseconds);
  sweeping.unref();

  return {
    answer,
    serve: (request, response) => {
      void (async () => {
        const incoming = incomingOf(request, site.trustForwarded);
        if (incoming.method === "GET" && incoming.path === "/api/live") return stream(incoming, request, response);
        let body: Uint8Array = new Uint8Array();
        try {
          if (incoming.method !== "GET" && incoming.method !== "HEAD") body = await readBody(request);
        } catch (error) {
          const headers = { ...securityHeaders({ tls: site.tls }), ...apiHeaders("none"), connection: "close" };
          write(
            response,
            toOutgoing(isFault(error) ? error : new Fault("tooLarge", `At most ${largestBodyBytes} bytes.`), "none", headers),
            false,
          );
          return;
        }
        write(
          response,
          await answer({ ...incoming, method: incoming.method === "HEAD" ? "GET" : incoming.method, body }),
          incoming.method === "HEAD",
        );
      })().catch((error: unknown) => {
        log.error("a request could not be answered", { error });
        response.destroy();
      });
    },
    close: async () => {
      clearInterval(sweeping);
      await live.close();
      await sessions.written();
    },
  };
};

const worthPackingBytes = 16 * 1024;
/** Long lists only. Nothing is packed that holds a secret: its length would tell of it. */
const packable =
  /^\/api\/(clusters(\/[^/]+\/(tree|nodes|events|history|objects))?|templates|images|flavors|networks|operator\/(lists\/)?[a-z]+)$/;

const packed = async (outgoing: Outgoing, { method, path, headers }: Incoming): Promise<Outgoing> => {
  const { body } = outgoing;
  if (method !== "GET" || body === undefined || body.length < worthPackingBytes || !packable.test(path)) return outgoing;
  if (!accepts(headers["accept-encoding"] ?? "", "gzip")) return outgoing;
  const small = await gzip(body, { level: 4 });
  return { ...outgoing, headers: { ...outgoing.headers, "content-encoding": "gzip", vary: "accept-encoding" }, body: small };
};
const gzip = promisify(gzipCallback);

/** What has ended by time is not left usable in Keystone. */
const revokeOf =
  (keystone: { revoke(token: string): Promise<void> }) =>
  async (ended: readonly Session[]): Promise<void> => {
    for (const { token, baseToken } of ended)
      for (const one of new Set([token, baseToken])) if (one !== undefined) await keystone.revoke(one);
  };

const incomingOf = (request: IncomingMessage, trustForwarded: boolean): Incoming => {
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  const headers: { [name: string]: string | undefined } = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  const forwarded = trustForwarded ? headers["x-forwarded-for"]?.split(",").at(-1)?.trim() : undefined;
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    headers,
    body: new Uint8Array(),
    remote: forwarded ?? request.socket.remoteAddress ?? "unknown",
  };
};

const write = (response: ServerResponse, outgoing: Outgoing, headOnly: boolean): void => {
  if (response.headersSent) return void response.destroy();
  const length = outgoing.body === undefined ? undefined : Buffer.byteLength(outgoing.body);
  response.writeHead(outgoing.status, { ...outgoing.headers, ...(length === undefined ? {} : { "content-length": length }) });
  response.end(headOnly ? undefined : outgoing.body);
};
