/** Keeps the one stream of this tab open, and hands on what it says. */
import type { LiveEvent, LiveEventName, OperatorList } from "../../contract/index.ts";
import { type Connection, type Happening, next, retrySeconds } from "./connection.ts";
import { nothingRead, takeIn } from "./sse.ts";

export interface LiveOptions {
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  readonly chance: () => number;
  readonly isOffline: () => boolean;
  readonly onEvent: (event: LiveEvent) => void;
  /** The server refused the stream because nobody is signed in any more. */
  readonly onSignedOut: () => void;
}

/** What a page shows beside the project's clusters: the inside of one, or a list of every project's. */
export interface View {
  readonly cluster?: string | undefined;
  readonly list?: OperatorList | undefined;
}

export interface Live {
  /** Starts, or goes on with another page in view. */
  follow(view: View): void;
  /** The network is gone: what is open is dead, though it may not feel it yet. */
  networkGone(): void;
  /** Tries at once: the network is back. */
  retryNow(): void;
  /** The session has been renewed: goes on with what was followed before it ended. */
  resume(): void;
  stop(): void;
  readonly connection: { subscribe(listener: () => void): () => void; get(): Connection };
}

/** Heartbeats come every 15 s: a stream silent for this long is dead, whatever the socket thinks. */
const silenceMilliseconds = 40_000;

export const createLive = ({ fetch, now, chance, isOffline, onEvent, onSignedOut }: LiveOptions): Live => {
  let connection: Connection = { kind: "off" };
  let wanted: View | undefined;
  let current: AbortController | undefined;
  let suspended = false;
  let lastId: string | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const happen = (happening: Happening) => {
    connection = next(connection, happening);
    for (const listener of listeners) listener();
  };

  const open = () => {
    if (wanted === undefined || suspended) return;
    current?.abort();
    clearTimeout(retry);
    const stop = new AbortController();
    current = stop;
    happen({ is: "opening" });
    void read(wanted, stop).then((ending) => {
      if (current !== stop) return;
      current = undefined;
      if (ending === "signedOut") {
        suspended = true;
        happen({ is: "closed" });
        onSignedOut();
        return;
      }
      happen({ is: "broken", at: now().toISOString(), offline: isOffline() });
      const attempt = connection.kind === "lost" ? connection.attempt : 1;
      retry = setTimeout(open, retrySeconds(attempt, chance()) * 1000);
    });
  };

  const read = async ({ cluster, list }: View, stop: AbortController): Promise<"signedOut" | "broken"> => {
    const query = new URLSearchParams({
      ...(cluster === undefined ? {} : { cluster }),
      ...(list === undefined ? {} : { list }),
      ...(lastId === undefined ? {} : { since: lastId }),
    }).toString();
    let silence = setTimeout(() => stop.abort(), silenceMilliseconds);
    try {
      const response = await fetch(query === "" ? "/api/live" : `/api/live?${query}`, {
        headers: { accept: "text/event-stream" },
        credentials: "same-origin",
        cache: "no-store",
        signal: stop.signal,
      });
      if (response.status === 401) return "signedOut";
      if (!response.ok || response.body === null) return "broken";
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let state = nothingRead;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return "broken";
        clearTimeout(silence);
        silence = setTimeout(() => stop.abort(), silenceMilliseconds);
        const { events, after } = takeIn(state, value);
        state = after;
        for (const event of events) {
          if (event.id !== undefined) lastId = event.id;
          const live = { name: event.name as LiveEventName, data: JSON.parse(event.data) as unknown } as LiveEvent;
          if (live.name === "hello") happen({ is: "opened" });
          if (live.name === "upstream") happen({ is: "upstream", ...live.data });
          onEvent(live);
        }
      }
    } catch {
      return "broken";
    } finally {
      clearTimeout(silence);
    }
  };

  return {
    follow: (view) => {
      if (wanted !== undefined && wanted.cluster === view.cluster && wanted.list === view.list && current !== undefined) return;
      // A list that was left is not kept: it comes whole when one returns.
      if (wanted?.list !== view.list) lastId = lastId?.replace(/\.[a-z]+$/, "");
      wanted = view;
      open();
    },
    networkGone: () => current?.abort(),
    retryNow: () => {
      if (wanted !== undefined && connection.kind === "lost") open();
    },
    resume: () => {
      suspended = false;
      open();
    },
    stop: () => {
      wanted = undefined;
      suspended = false;
      lastId = undefined;
      clearTimeout(retry);
      current?.abort();
      current = undefined;
      happen({ is: "closed" });
    },
    connection: {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      get: () => connection,
    },
  };
};
