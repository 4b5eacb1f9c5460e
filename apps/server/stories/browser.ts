import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { AnswerOf, ApiFault, LiveEvent } from "@slipway/console/contract/index.ts";
import { type Console, createConsole, memoryVault } from "@slipway/console/server/index.ts";
import type { OpenWatch } from "@slipway/console/server/live/upstream.ts";
import type { SessionVault } from "@slipway/console/server/session/sessions.ts";
import type { Transport } from "@slipway/openstack";
import { silentLog } from "@slipway/runtime";
import { stringify } from "yaml";
import type { Story } from "./story.ts";

/** The console in front of a story's system, on a real port; its own requests go to the story's Magnum and cloud. */
export interface Site {
  readonly origin: string;
  readonly console: Console;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly vault?: SessionVault;
  readonly pages?: string;
  /** A Magnum that has none of Slipway's extensions. */
  readonly plainMagnum?: boolean;
  /** The same port again, after a restart. */
  readonly port?: number;
  readonly seen?: (line: { readonly message: string; readonly fields: object }) => void;
}

const magnumUrl = "http://127.0.0.1:9511/v1";

export const openSite = async (story: Story, options: SiteOptions = {}): Promise<Site> => {
  const { magnum } = story.system;
  const isExtension = (url: string) =>
    options.plainMagnum === true && /\/(live|tree|nodes|history|events|diagnosis)(\/|\?|$)/.test(url);
  const toMagnum = async (request: Request): Promise<Response> =>
    isExtension(request.url) ? new Response('{"errors":[{"detail":"Not Found"}]}', { status: 404 }) : magnum.fetch(request);
  const transport: Transport = async (request) => {
    if (!request.url.startsWith(magnumUrl)) return story.world.cloud.transport(request);
    const { method, url, headers, body } = request;
    const answer = await toMagnum(new Request(url, { method, headers, ...(body === undefined ? {} : { body: body as string }) }));
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: () => answer.text() };
  };
  const openWatch: OpenWatch = async (url, headers, signal) => {
    const answer = await toMagnum(new Request(url, { headers }));
    const body = answer.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    const reader = body.getReader();
    signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), { once: true });
    const chunks = async function* () {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    };
    return { status: answer.status, chunks: chunks() };
  };
  const log = options.seen === undefined ? silentLog : listening(options.seen);
  const server = createServer((request, response) => made.console?.serve(request, response));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const made: { console?: Console } = {};
  const console = await createConsole({
    transport,
    openWatch,
    authUrl: "http://127.0.0.1:5000/v3",
    magnumUrl,
    region: "RegionOne",
    vault: options.vault ?? memoryVault(),
    pages: options.pages ?? join(import.meta.dirname, "no-pages-here"),
    site: { port, tls: false, trustForwarded: false },
    toYaml: stringify,
    log,
    heartbeatMilliseconds: 50,
    now: () => story.clock.now().getTime(),
  });
  made.console = console;
  return {
    origin: `http://127.0.0.1:${port}`,
    console,
    close: async () => {
      await console.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const listening = (seen: NonNullable<SiteOptions["seen"]>) => {
  const tell = (message: string, fields: object = {}) => seen({ message, fields });
  const log = { debug: tell, info: tell, warn: tell, error: tell, child: () => log };
  return log;
};

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** What a browser does for its page: it keeps the cookie, and says where a request comes from. */
export interface Browser {
  cookie: string;
  csrf: string;
  send<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: { readonly [name: string]: string },
  ): Promise<Reply<Body>>;
  get<Body>(path: string): Promise<Body>;
  signIn(user: string, more?: object): Promise<AnswerOf<"POST /api/session">>;
  /** Events as they come; ends when the server ends the stream, or `stop` is called. */
  watch(
    query?: string,
  ): Promise<{ readonly events: (LiveEvent & { readonly id?: string })[]; readonly ended: Promise<void>; stop(): void }>;
}

export const openBrowser = (site: Pick<Site, "origin">): Browser => {
  const browser: Browser = {
    cookie: "",
    csrf: "",
    send: async <Body>(method: string, path: string, body?: unknown, headers: { readonly [name: string]: string } = {}) => {
      const answer = await fetch(`${site.origin}${path}`, {
        method,
        headers: {
          ...(method === "GET" ? {} : { origin: site.origin, "x-csrf-token": browser.csrf }),
          "sec-fetch-site": "same-origin",
          ...(browser.cookie === "" ? {} : { cookie: browser.cookie }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const set = answer.headers.get("set-cookie");
      if (set !== null) browser.cookie = set.split(";", 1)[0] ?? "";
      const text = await answer.text();
      const json: unknown = answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
      return { status: answer.status, headers: answer.headers, body: json as Body };
    },
    get: async <Body>(path: string) => {
      const { status, body } = await browser.send<Body>("GET", path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    signIn: async (user, more = {}) => {
      const body = { method: "password", user, password: `${user}-password`, domain: "Default", ...more };
      const reply = await browser.send<AnswerOf<"POST /api/session">>("POST", "/api/session", body);
      if (reply.status !== 200) throw new Error(`${user} cannot sign in: ${JSON.stringify(reply.body)}`);
      browser.csrf = reply.body.csrfToken;
      return reply.body;
    },
    watch: async (query = "") => {
      const stop = new AbortController();
      const answer = await fetch(`${site.origin}/api/live${query}`, { headers: { cookie: browser.cookie }, signal: stop.signal });
      if (answer.status !== 200 || answer.body === null)
        throw new Error(`the stream was refused: ${answer.status} ${await answer.text()}`);
      const events: (LiveEvent & { readonly id?: string })[] = [];
      const read = async () => {
        const decoder = new TextDecoder();
        let text = "";
        for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
          text += decoder.decode(chunk, { stream: true });
          for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            const frame = text.slice(0, end);
            text = text.slice(end + 2);
            const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1];
            const name = field("event");
            if (name === undefined) continue;
            const id = field("id");
            events.push({ name, data: JSON.parse(field("data") ?? "null"), ...(id === undefined ? {} : { id }) } as LiveEvent & {
              id?: string;
            });
          }
        }
      };
      const ended = read().catch(() => undefined);
      return { events, ended, stop: () => stop.abort() };
    },
  };
  return browser;
};

export const faultOf = (reply: Reply): ApiFault => (reply.body as { readonly error: ApiFault }).error;
