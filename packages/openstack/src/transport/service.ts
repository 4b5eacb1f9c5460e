import type { Session } from "../identity/session.ts";
import { CloudError } from "./error.ts";
import { type Json, object, objects, optionalText } from "./json.ts";
import type { TransportRequest } from "./transport.ts";

export type Query = { readonly [name: string]: string | number | boolean | readonly string[] | undefined };

/** One OpenStack service seen through a session: paths are below its base, answers are JSON, absence is `undefined`. */
export interface Service {
  /** `call` names the request in metrics, as upstream's do: `server_create`. */
  get(call: string, path: string, query?: Query): Promise<Json>;
  find(call: string, path: string, query?: Query): Promise<Json | undefined>;
  /** Every page. */
  list(call: string, path: string, collection: string, query?: Query): Promise<readonly Json[]>;
  post(call: string, path: string, body: unknown): Promise<Json>;
  put(call: string, path: string, body: unknown): Promise<Json>;
  /** Deleting what is not there is done already: answers false then. */
  delete(call: string, path: string, query?: Query): Promise<boolean>;
}

export interface ServiceOptions {
  /** The address that paths are below, without a trailing slash; looked up once. */
  readonly base: () => Promise<string>;
  /** Microversions. */
  readonly headers?: { readonly [name: string]: string };
}

/** A page limit against clouds whose `next` links run in a circle. */
const maxPages = 1000;

export const createService = (session: Session, name: string, { base, headers = {} }: ServiceOptions): Service => {
  const send = async (
    call: string,
    method: TransportRequest["method"],
    path: string,
    url: string,
    body?: unknown,
  ): Promise<Json | undefined> => {
    const response = await session.send({
      call,
      asked: `${method} ${path} of ${name}`,
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      absent: method === "GET" || method === "DELETE" ? "undefined" : "error",
    });
    if (response === undefined) return undefined;
    const answer = await response.text();
    if (answer === "") return {};
    try {
      return object(JSON.parse(answer), "object");
    } catch (cause) {
      throw new CloudError("unavailable", `${name} answered ${method} ${path} with something that is not JSON`, { cause });
    }
  };
  const address = async (path: string, query?: Query) => `${await base()}${path}${queryString(query)}`;
  const find = async (call: string, path: string, query?: Query) => send(call, "GET", path, await address(path, query));
  return {
    find,
    get: async (call, path, query) => {
      const found = await find(call, path, query);
      if (found === undefined) throw new CloudError("notFound", `${name} has no ${path}`);
      return found;
    },
    list: async (call, path, collection, query) => {
      const items: Json[] = [];
      let url: string | undefined = await address(path, query);
      for (let page = 0; url !== undefined; page++) {
        if (page >= maxPages) throw new CloudError("unavailable", `${name} lists ${path} without an end`);
        const answer = await send(call, "GET", path, url);
        // A collection that is not there is an extension that the cloud does not have: nothing is in it.
        if (answer === undefined) return items;
        const found = objects(answer, collection);
        items.push(...found);
        url = found.length === 0 ? undefined : nextPage(answer, collection, url);
      }
      return items;
    },
    post: async (call, path, body) => (await send(call, "POST", path, await address(path), body)) ?? {},
    put: async (call, path, body) => (await send(call, "PUT", path, await address(path), body)) ?? {},
    delete: async (call, path, query) => (await send(call, "DELETE", path, await address(path, query))) !== undefined,
  };
};

export const queryString = (query: Query | undefined): string => {
  if (query === undefined) return "";
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) {
      pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(one)}`);
    }
  }
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
};

/** Nova, Neutron, Octavia and Cinder link with `<collection>_links`, Glance with a top-level `next` below its root. */
const nextPage = (answer: Json, collection: string, current: string): string | undefined => {
  const link = objects(answer, `${collection}_links`).find((candidate) => candidate["rel"] === "next");
  const next = link === undefined ? optionalText(answer, "next") : optionalText(link, "href");
  if (next === undefined) return undefined;
  if (/^https?:/.test(next)) return next;
  const here = new URL(current);
  const root = here.pathname.slice(0, Math.max(0, here.pathname.indexOf("/v2/")));
  return `${here.origin}${next.startsWith(`${root}/`) ? "" : root}${next}`;
};
