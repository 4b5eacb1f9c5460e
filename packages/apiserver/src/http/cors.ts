import type { Answer, Exchange } from "./exchange.ts";

/** Pages of other sites that may read answers here: exact origins (`https://console.example.com`), none unless named. */
export interface Cors {
  /** The answer to a browser that asks beforehand; undefined: not such a question. */
  preflight(exchange: Exchange): Answer | undefined;
  /** What an answer to a page of a named origin carries. */
  headers(exchange: Exchange): Answer["headers"];
}

const none: Answer["headers"] = {};

export const createCors = (origins: readonly string[]): Cors => {
  const allowed = new Set(origins);
  const headers = (exchange: Exchange): Answer["headers"] => {
    if (allowed.size === 0) return none;
    const origin = exchange.header("origin");
    if (origin === undefined || !allowed.has(origin)) return none;
    return {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST, GET, OPTIONS, PUT, DELETE, PATCH",
      "access-control-allow-headers":
        "Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since",
      "access-control-expose-headers": "Date",
      "access-control-allow-credentials": "true",
      vary: "Origin",
    };
  };
  return {
    headers,
    preflight: (exchange) => {
      if (allowed.size === 0 || exchange.method !== "OPTIONS" || exchange.header("origin") === undefined) return undefined;
      const found = headers(exchange);
      return found === none ? undefined : { status: 204, headers: found };
    },
  };
};
