import { createCaches, silentLog } from "@slipway/runtime";
import { onTestFinished } from "vitest";
import { indexes } from "../driver/observed.ts";
import type { AlertSource, SeenAlert } from "../http/live/alerts.ts";
import { createMagnum } from "../http/server.ts";
import { createTestApi, type TestApi } from "./api.ts";

/** For tests: the API with the driver's caches in front, as the program has them. */
export const startLive = async (alerts: readonly SeenAlert[] = []) => {
  const listeners = new Set<() => void>();
  const source: AlertSource = {
    read: async () => alerts,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const revoked = new Set<string>();
  const api = await createTestApi({}, (options) => {
    const caches = createCaches({ client: options.client, clock: clockOf(options), log: silentLog, signal: stop.signal });
    for (const index of indexes) caches.index(index);
    const { transport } = options;
    return createMagnum({
      ...options,
      caches,
      alerts: source,
      transport: (request) =>
        revoked.has(request.headers["x-auth-token"] ?? "")
          ? Promise.resolve({ status: 404, headers: {}, text: async () => "" })
          : transport(request),
    });
  });
  const alert = () => {
    for (const listener of listeners) listener();
  };
  return { ...api, revoked, alert, listeners };
};
const clockOf = (options: Parameters<typeof createMagnum>[0]) => options.clock as unknown as TestApi["clock"];

/** A stream of its, and what it has said so far. */
export const watch = async ({ magnum }: Pick<TestApi, "magnum">, path = "/v1/live/watch", token = "tenant-a") => {
  const answer = await magnum.fetch(new Request(`http://magnum.test:9511${path}`, { headers: { "x-auth-token": token } }));
  const seen: { event: string; data: Record<string, unknown> }[] = [];
  const reader = (answer.body ?? new ReadableStream<Uint8Array>()).getReader();
  const state = { ended: false };
  const read = async () => {
    const decoder = new TextDecoder();
    for (let next = await reader.read(); !next.done; next = await reader.read())
      for (const frame of decoder.decode(next.value).split("\n\n")) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(frame) ?? [];
        if (event !== undefined) seen.push({ event, data: JSON.parse(data ?? "null") });
      }
    state.ended = true;
  };
  void read();
  onTestFinished(() => reader.cancel());
  return { status: answer.status, headers: answer.headers, seen, state, cancel: () => reader.cancel() };
};
/** Lets watches deliver and the gathering timer fire. */
export const turn = async ({ clock }: Pick<TestApi, "clock">, milliseconds = 300) => {
  for (let n = 0; n < 4; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(milliseconds / 4);
  }
};
