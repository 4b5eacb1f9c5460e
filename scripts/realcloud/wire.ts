import type { Transport, TransportResponse } from "@slipway/openstack";

/** Carries every change out and then breaks the connection, once for each: nothing may be made twice by that. */
export const losingAnswers = (transport: Transport): Transport => {
  const lost = new Set<string>();
  return async (request) => {
    const answer = await transport(request);
    const key = `${request.method} ${request.url} ${String(request.body)}`;
    if (request.method === "GET" || request.url.endsWith("/auth/tokens") || lost.has(key)) return answer;
    lost.add(key);
    await answer.text();
    throw new Error("the answer was lost, on purpose");
  };
};

/** What was asked and what came, ids and values left out: two clouds that answer alike have the same lines. */
export interface Shapes {
  readonly lines: () => readonly string[];
  readonly record: (transport: Transport) => Transport;
}

export const createShapes = (): Shapes => {
  const seen = new Map<string, Set<string>>();
  return {
    lines: () => [...seen].flatMap(([call, shapes]) => [...shapes].map((shape) => `${call} ${shape}`)).sort(),
    record: (transport) => async (request) => {
      const answer = await transport(request);
      const text = await answer.text();
      const call = `${request.method} ${pathOf(request.url)} → ${answer.status}`;
      const shapes = seen.get(call) ?? new Set<string>();
      for (const line of text === "" ? ["(empty)"] : linesOf(JSON.parse(text) as unknown, "")) shapes.add(line);
      seen.set(call, shapes);
      return { ...answer, text: async () => text } satisfies TransportResponse;
    },
  };
};

const pathOf = (url: string): string => {
  const { pathname, searchParams } = new URL(url);
  const path = pathname.replace(/[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/g, "{id}").replace(/\/$/, "");
  const names = [...new Set(searchParams.keys())].sort().join(",");
  return names === "" ? path : `${path}?${names}`;
};

/** `server.addresses.*[].addr: string`. Keys that are data become `*`. */
const linesOf = (value: unknown, at: string): readonly string[] => {
  if (value === null) return [`${at}: null`];
  if (Array.isArray(value)) return value.length === 0 ? [] : [...new Set(value.flatMap((item) => linesOf(item, `${at}[]`)))];
  if (typeof value !== "object") return [`${at}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => linesOf(inner, `${at}.${dataKeys.test(at) ? "*" : key}`));
};

const dataKeys = /addresses$|metadata$|extra_specs$/;
