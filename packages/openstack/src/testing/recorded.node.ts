import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Transport, TransportRequest } from "../transport/transport.ts";

/** An exchange with a real OpenStack (Zed), verbatim but for its secrets. */
export interface Recording {
  readonly file: string;
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly headers: { readonly [name: string]: string }; readonly body: unknown };
}

const folder = fileURLToPath(new URL("../../fixtures/recorded/", import.meta.url));

export const recordings = (service: string): readonly Recording[] =>
  readdirSync(`${folder}${service}`)
    .sort()
    .map((file) => ({ file: `${service}/${file}`, ...JSON.parse(readFileSync(`${folder}${service}/${file}`, "utf8")) }));

export const recording = (name: string): Recording => {
  const [service = "", number = ""] = name.split("/");
  const found = recordings(service).find(({ file }) => file.startsWith(`${service}/${number}-`));
  if (found === undefined) throw new Error(`no recording ${name}`);
  return found;
};

export interface Replay {
  readonly transport: Transport;
  readonly requests: TransportRequest[];
}

/** Answers as the real cloud answered; what it was not asked then is a failure of the test. Octavia was recorded at its alias /v2. */
export const replay = (...names: readonly string[]): Replay => {
  const known = [...names, "keystone/003", "nova/002"].map(recording);
  const requests: TransportRequest[] = [];
  const place = (url: string) => new URL(url).pathname.replace(/\/$/, "").replace(/^\/v2\/lbaas/, "/v2.0/lbaas");
  const search = (url: string) => new URL(url).search;
  return {
    requests,
    transport: async (request) => {
      requests.push(request);
      const same = known.filter(
        (one) =>
          one.request.method === request.method &&
          place(one.request.url) === place(request.url) &&
          port(one.request.url) === port(request.url),
      );
      const one = same.find(({ request: { url } }) => search(url) === search(request.url)) ?? same[0];
      if (one === undefined) throw new Error(`not recorded: ${request.method} ${request.url}`);
      return answer(one.response.status, one.response.body, one.response.headers);
    },
  };
};

const port = (url: string) => new URL(url).port;

export const answer = (status: number, body: unknown, headers: { readonly [name: string]: string } = {}) => ({
  status,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  text: async () => (body === null || body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)),
});
