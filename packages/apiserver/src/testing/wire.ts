import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import type { ApiServer } from "../http/server.ts";

/** What a client saw. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  readonly body: any;
}

export interface Wire {
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Seen>;
  patch(path: string, type: PatchType, body: unknown): Promise<Seen>;
  /** The next events of a watch, as many as asked for. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  watch(path: string, headers?: Record<string, string>): { take(count: number): Promise<readonly any[]>; close(): void };
}

export type PatchType = "json-patch+json" | "merge-patch+json" | "strategic-merge-patch+json" | "apply-patch+yaml";

/** Speaks with an API as a client would, without sockets. */
export const wireTo = (server: () => ApiServer, common: Record<string, string> = {}): Wire => {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Seen> => {
    const response = await server().fetch(
      new Request(`http://api${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...common, ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" || body instanceof Uint8Array ? (body as BodyInit) : jsonText(body) }),
      }),
    );
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json") === true && text !== "";
    return { status: response.status, headers: response.headers, text, body: json ? parseJson(text) : undefined };
  };
  return Object.assign(call, {
    patch: (path: string, type: PatchType, body: unknown) => call("PATCH", path, body, { "content-type": `application/${type}` }),
    watch: (path: string, headers: Record<string, string> = {}) => {
      const stop = new AbortController();
      const opened = server().fetch(
        new Request(`http://api${path}`, { headers: { ...common, ...headers }, signal: stop.signal }),
      );
      const reader = opened.then((response) => {
        if (response.status !== 200 || response.body === null) throw new Error(`the watch was answered ${response.status}`);
        return response.body.getReader();
      });
      reader.catch(() => {});
      let text = "";
      const decoder = new TextDecoder();
      return {
        take: async (count: number) => {
          const events: unknown[] = [];
          while (events.length < count) {
            const end = text.indexOf("\n");
            if (end >= 0) {
              events.push(parseJson(text.slice(0, end)));
              text = text.slice(end + 1);
              continue;
            }
            const { done, value } = await (await reader).read();
            if (done) throw new Error(`the watch ended after ${events.length} of ${count} events`);
            text += decoder.decode(value, { stream: true });
          }
          return events;
        },
        close: () => stop.abort(),
      };
    },
  });
};
