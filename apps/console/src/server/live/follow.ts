import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@slipway/runtime";
import type { FullOverview } from "../clusters/overview.ts";
import { isFault } from "../http/fault.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import { type OpenWatch, readFrames, silentAfterMilliseconds, type WatchEvent } from "./upstream.ts";

export interface FollowOptions {
  /** The session as it is now; undefined ends it. */
  readonly session: () => Session | undefined;
  readonly path: string;
  readonly services: Services;
  readonly overview: FullOverview;
  readonly openWatch: OpenWatch;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly event: (event: WatchEvent) => void;
  readonly state: (state: "live" | "stale") => void;
}

const firstWaitMilliseconds = 250;
const longestWaitMilliseconds = 10_000;
const pollMilliseconds = 10_000;

/** Keeps a watch of Magnum's open, again and again, until the session or `signal` ends it. Never throws. */
export const follow = async (options: FollowOptions): Promise<void> => {
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
      } else if (options.path.includes("cluster=")) return;
      else await poll(session, options);
    } catch (error) {
      if (signal.aborted) return;
      if (isFault(error, "sessionExpired")) return;
      // A cluster that is gone, or was never this project's: there is nothing to follow.
      if (isFault(error, "notFound", "forbidden")) return;
      log.debug("the watch of Magnum broke", { error });
    }
    if (signal.aborted) return;
    state("stale");
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    wait = Math.min(wait * 2, longestWaitMilliseconds);
  }
};

const watch = async (session: Session, options: FollowOptions, opened: () => void): Promise<void> => {
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
      const cluster = /cluster=([^&]+)/.exec(path)?.[1];
      await services.ask(
        session,
        "containerInfra",
        "GET",
        cluster === undefined ? "/live/clusters" : `/live/clusters/${cluster}`,
      );
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
      if (data !== "") event({ name, data: JSON.parse(data) } as WatchEvent);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    ends.abort();
  }
};

/** A Magnum that is not Slipway's says nothing by itself. */
const poll = async (session: Session, { overview, event, state, signal }: FollowOptions): Promise<void> => {
  const clusters = await overview.list(session);
  state("live");
  event({ name: "clusters", data: { clusters, last: true } });
  await sleep(pollMilliseconds, undefined, { signal });
};
