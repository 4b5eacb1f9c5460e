import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { operatorLists } from "@slipway/api/magnum/live.ts";
import type { Logger } from "@slipway/runtime";
import type { OperatorList } from "../../contract/index.ts";
import type { FullOverview } from "../clusters/overview.ts";
import type { Incoming } from "../http/exchange.ts";
import { Fault } from "../http/fault.ts";
import type { Services } from "../openstack/services.ts";
import type { Session, Sessions } from "../session/sessions.ts";
import { clusterWatch, follow, listWatch, projectWatch } from "./follow.ts";
import { createHub, type Hub } from "./hub.ts";
import { createReader } from "./reader.ts";
import type { ListEvent, OpenWatch, WatchEvent } from "./upstream.ts";

export interface LiveOptions {
  readonly services: Services;
  readonly sessions: Sessions;
  readonly overview: FullOverview;
  readonly openWatch: OpenWatch;
  readonly log: Logger;
  readonly now: () => number;
  readonly heartbeatMilliseconds?: number;
}

const mostStreamsOfOneSession = 8;
const mostHubs = 2000;
/** So long a hub waits for its browser to come back, and what was missed is still known. */
const lingerMilliseconds = 60_000;
const defaultHeartbeatMilliseconds = 15_000;
const warnMilliseconds = 120_000;

/** The streams to browsers: one hub a session, fed by one watch of Magnum's with the session's own token. */
export const createLive = (options: LiveOptions) => {
  const { services, sessions, overview, openWatch, log, now } = options;
  /** Ids of another process's events mean nothing here. */
  const epoch = randomBytes(6).toString("hex");
  const hubs = new Map<string, Kept>();
  interface Kept {
    readonly hub: Hub;
    readonly projectId: string;
    readonly stop: AbortController;
    readonly focused: Map<string, AbortController>;
    readonly listed: Map<OperatorList, { readonly stop: AbortController; linger: NodeJS.Timeout | undefined }>;
    warned: boolean;
    linger: NodeJS.Timeout | undefined;
  }

  const shut = (id: string): void => {
    const kept = hubs.get(id);
    if (kept === undefined) return;
    hubs.delete(id);
    clearTimeout(kept.linger);
    kept.stop.abort();
    for (const one of kept.focused.values()) one.abort();
    for (const { stop, linger } of kept.listed.values()) {
      clearTimeout(linger);
      stop.abort();
    }
  };

  const current = (id: string, projectId: string) => (): Session | undefined => {
    const session = sessions.find(id);
    return session?.project?.id === projectId ? session : undefined;
  };

  const hubFor = (session: Session): Kept => {
    const projectId = session.project?.id ?? "";
    const known = hubs.get(session.id);
    if (known !== undefined && known.projectId === projectId) return known;
    shut(session.id);
    if (hubs.size >= mostHubs) {
      const idle = [...hubs].find(([, { hub }]) => hub.readers() === 0)?.[0];
      if (idle === undefined) throw new Fault("tooManyRequests", "Too many live views are open.", { retryAfterSeconds: 30 });
      shut(idle);
    }
    const hub = createHub({
      epoch: `${epoch}${randomBytes(3).toString("hex")}`,
      projectId,
      roles: () => sessions.find(session.id)?.roles ?? [],
      now,
    });
    const kept: Kept = {
      ...{ hub, projectId, stop: new AbortController(), focused: new Map(), listed: new Map() },
      ...{ warned: false, linger: undefined },
    };
    hubs.set(session.id, kept);
    void follow<WatchEvent>({
      session: current(session.id, projectId),
      path: projectWatch,
      services,
      overview,
      openWatch,
      log,
      signal: kept.stop.signal,
      event: hub.take,
      state: hub.upstream,
    });
    return kept;
  };

  /** One cluster's page is followed while somebody looks at it. */
  const focus = (session: Session, kept: Kept, cluster: string): void => {
    if (kept.focused.has(cluster)) return;
    const stop = new AbortController();
    kept.focused.set(cluster, stop);
    void follow<WatchEvent>({
      session: current(session.id, kept.projectId),
      path: clusterWatch(cluster),
      services,
      overview,
      openWatch,
      log,
      signal: stop.signal,
      event: kept.hub.take,
      state: () => {},
    });
  };

  /** A list is followed while somebody looks at it, and some time longer: who lost the network goes on with it. */
  const enlist = (session: Session, kept: Kept, name: OperatorList): void => {
    const known = kept.listed.get(name);
    if (known !== undefined) {
      clearTimeout(known.linger);
      return;
    }
    const stop = new AbortController();
    kept.listed.set(name, { stop, linger: undefined });
    const list = kept.hub.list(name);
    void follow<ListEvent>({
      session: current(session.id, kept.projectId),
      path: listWatch(name),
      services,
      overview,
      openWatch,
      log,
      signal: stop.signal,
      event: list.take,
      state: (state) => {
        if (state === "stale") list.broken();
      },
    });
  };
  const delist = (kept: Kept, name: OperatorList): void => {
    const known = kept.listed.get(name);
    if (known === undefined || kept.hub.isListed(name)) return;
    clearTimeout(known.linger);
    known.linger = setTimeout(() => {
      known.stop.abort();
      kept.listed.delete(name);
      kept.hub.forgetList(name);
    }, lingerMilliseconds);
    known.linger.unref();
  };

  const open = (
    session: Session,
    incoming: Incoming,
    request: IncomingMessage,
    response: ServerResponse,
    headers: { readonly [name: string]: string },
  ): void => {
    if (session.project === null) throw new Fault("invalid", "Choose a project first.", { field: "project" });
    const cluster = incoming.query.get("cluster") ?? undefined;
    if (cluster !== undefined && !/^[0-9a-f-]{36}$/i.test(cluster)) throw new Fault("notFound", "There is no such cluster.");
    const wanted = incoming.query.get("list");
    const list = operatorLists.find((name) => name === wanted);
    // For others it is as if there were none.
    if (wanted !== null && (list === undefined || !session.roles.includes("admin")))
      throw new Fault("notFound", "There is no such list.");
    const kept = hubFor(session);
    if (kept.hub.readers() >= mostStreamsOfOneSession)
      throw new Fault("tooManyRequests", `At most ${mostStreamsOfOneSession} live views of one session.`, {
        retryAfterSeconds: 10,
      });
    clearTimeout(kept.linger);
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      connection: "keep-alive",
    });
    request.socket.setTimeout(0);
    request.socket.setNoDelay(true);
    const reader = createReader(response, {
      cluster,
      list,
      onCut: () => log.warn("a live view was cut: its browser does not read", { session: session.id.slice(0, 8) }),
    });
    const since = incoming.headers["last-event-id"] ?? incoming.query.get("since") ?? undefined;
    if (list !== undefined) enlist(session, kept, list);
    const leave = kept.hub.join(reader, since);
    if (cluster !== undefined) focus(session, kept, cluster);
    response.once("close", () => {
      leave();
      if (cluster !== undefined && !kept.hub.isFocused(cluster)) {
        kept.focused.get(cluster)?.abort();
        kept.focused.delete(cluster);
        kept.hub.forgetDetail(cluster);
      }
      if (list !== undefined) delist(kept, list);
      if (kept.hub.readers() === 0 && hubs.get(session.id) === kept) {
        kept.linger = setTimeout(() => shut(session.id), lingerMilliseconds);
        kept.linger.unref();
      }
    });
  };

  const stopListening = sessions.onChange((change) => {
    const id = change.kind === "ended" ? change.id : change.session.id;
    const kept = hubs.get(id);
    if (kept === undefined) return;
    if (change.kind === "ended") {
      kept.hub.tell("session", { change: "ended", reason: change.reason });
      kept.hub.end();
      shut(id);
    } else if (change.session.token === undefined) {
      kept.hub.tell("session", { change: "ended", reason: "expired" });
      kept.hub.end();
      shut(id);
    } else if (change.session.project?.id !== kept.projectId) {
      if (change.session.project !== null) kept.hub.tell("session", { change: "project", projectId: change.session.project.id });
      kept.hub.end();
      shut(id);
    } else kept.warned = false;
  });

  const beat = setInterval(() => {
    for (const [id, kept] of hubs) {
      kept.hub.beat();
      const session = sessions.find(id);
      const end = session === undefined ? 0 : Math.min(session.tokenExpiresAt, sessions.endOf(session));
      if (end <= now()) {
        kept.hub.tell("session", { change: "ended", reason: "expired" });
        kept.hub.end();
        shut(id);
      } else if (end - now() <= warnMilliseconds && !kept.warned) {
        kept.warned = true;
        kept.hub.tell("session", { change: "expiring", expiresAt: new Date(end).toISOString() });
      }
    }
  }, options.heartbeatMilliseconds ?? defaultHeartbeatMilliseconds);
  beat.unref();

  return {
    open,
    close: async () => {
      clearInterval(beat);
      stopListening();
      for (const [id, { hub }] of [...hubs]) {
        hub.end();
        shut(id);
      }
    },
  };
};
