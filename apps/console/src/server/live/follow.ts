import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@slipway/runtime";
import type { OperatorList } from "../../contract/index.ts";
import type { FullOverview } from "../clusters/overview.ts";
import { isFault } from "../http/fault.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import { type ListEvent, type OpenWatch, readFrames, silentAfterMilliseconds, type WatchEvent } from "./upstream.ts";

export interface FollowOptions<Event> {
  /** The session as it is now; undefined ends it. */
  readonly session: () => Session | undefined;
  readonly path: string;
  readonly services: Services;
  readonly overview: FullOverview;
  readonly openWatch: OpenWatch;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly event: (event: Event) => void;
  readonly state: (state: "live" | "stale") => void;
}

/** What Magnum lets be watched. */
export const projectWatch = "/live/watch";
export const clusterWatch = (cluster: string): string => `${projectWatch}?cluster=${cluster}`;
export const listWatch = (list: OperatorList): string => `/live/lists/${list}`;

/** The same as an answer that ends. */
const plainOf = (path: string): string => {
  const cluster = /\?cluster=(.+)$/.exec(path)?.[1];
  if (cluster !== undefined) return `/live/clusters/${cluster}`;
  return path === projectWatch ? "/live/clusters" : path.replace("/lists/", "/");
};

const firstWaitMilliseconds = 250;
const longestWaitMilliseconds = 10_000;
const pollMilliseconds = 10_000;

/** Keeps a watch of Magnum's open, again and again, until the session or `signal` ends it. Never throws. */
export const follow = async <Event extends WatchEvent | ListEvent>(options: FollowOptions<Event>): Promise<void> => {
  const { signal, state, log } = options;
  let wait = firstWaitMilliseconds;
  while (!signal.aborted) {
    const session = options.session();
    if (session?.token === undefined) return;
    try {
      if (await options.overview.isSlipway(session)) {
        await watch(session, options, () => {
          wait = firstWaitMilliseconds;
          state("live");
        });
      } else if (options.path !== projectWatch) return;
      else await poll(session, options as unknown as FollowOptions<WatchEvent>);
    } catch (error) {
      if (signal.aborted) return;
      if (isFault(error, "sessionExpired")) return;
      // A cluster that is gone, or was never this project's, or what this Magnum does not tell: there is nothing to follow.
      if (isFault(error, "notFound", "forbidden", "unsupported")) return;
      log.debug("the watch of Magnum broke", { error });
    }
    if (signal.aborted) return;
    state("stale");
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    wait = Math.min(wait * 2, longestWaitMilliseconds);
  }
};

const watch = async <Event>(session: Session, options: FollowOptions<Event>, opened: () => void): Promise<void> => {
  const { services, openWatch, signal, path, event } = options;
  const ends = new AbortController();
  const abort = () => ends.abort();
  signal.addEventListener("abort", abort, { once: true });
  let timer = setTimeout(abort, silentAfterMilliseconds);
  try {
    const url = `${services.urlOf(session, "containerInfra")}${path}`;
    const answer = await openWatch(
      url,
      { accept: "text/event-stream", "x-auth-token": session.token ?? "", "openstack-api-version": "container-infra latest" },
      ends.signal,
    );
    if (answer.status !== 200) {
      for await (const _ of answer.chunks) break;
      // Asked as any other question, so that a token that has ended is noticed, and a 404 is one.
      await services.ask(session, "containerInfra", "GET", plainOf(path));
      throw new Error(`Magnum answered ${answer.status} to a watch`);
    }
    opened();
    const alive = async function* () {
      for await (const chunk of answer.chunks) {
        clearTimeout(timer);
        timer = setTimeout(abort, silentAfterMilliseconds);
        yield chunk;
      }
    };
    for await (const { event: name, data } of readFrames(alive())) {
      if (data !== "") event({ name, data: JSON.parse(data) } as unknown as Event);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    ends.abort();
  }
};

/** A Magnum that is not Slipway's says nothing by itself. */
const poll = async (session: Session, { overview, event, state, signal }: FollowOptions<WatchEvent>): Promise<void> => {
  const clusters = await overview.list(session);
  state("live");
  event({ name: "clusters", data: { clusters, last: true } });
  await sleep(pollMilliseconds, undefined, { signal });
};
