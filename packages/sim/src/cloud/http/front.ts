import type { Transport, TransportResponse } from "@slipway/openstack";
import { baseUrl, type CloudSettings, type ServiceName } from "../settings.ts";
import type { Service, ServiceResponse } from "./service.ts";

/** One service as the world outside sees it. */
export interface Front {
  /** @throws ConnectionReset when a fault breaks the connection */
  fetch(request: Request): Promise<Response>;
  /** For clients in this process. */
  transport: Transport;
}

type Services = { readonly [name in ServiceName]: Service };

/** Finds the service by the URL that the catalog gives for it, or by `/identity/…`, `/compute/…` as a path. */
export const createFront = (
  services: Services,
  settings: CloudSettings,
): Front & { readonly services: { readonly [name in ServiceName]: Front } } => {
  const names = Object.keys(services) as ServiceName[];
  const bases = names.map((name) => ({ name, base: baseUrl(settings, name) })).sort((a, b) => b.base.length - a.base.length);
  const prefixes: { readonly [segment: string]: ServiceName } = {
    identity: "identity",
    compute: "compute",
    networking: "network",
    network: "network",
    image: "image",
    "load-balancer": "loadbalancer",
    loadbalancer: "loadbalancer",
    volume: "volume",
  };

  /** The service and what is left of the path. */
  const route = (url: string): { name: ServiceName; path: string } | undefined => {
    for (const { name, base } of bases) {
      const next = url.charCodeAt(base.length);
      if (url.startsWith(base) && (url.length === base.length || next === 47 || next === 63))
        return { name, path: rooted(url.slice(base.length)) };
    }
    const [, path = "/"] = /^[a-z]+:\/\/[^/]*(\/.*)?$/i.exec(url) ?? [];
    const [, prefix = "", rest = "/"] = /^\/([a-z-]+)(.*)$/.exec(path) ?? [];
    const name = prefixes[prefix];
    return name && { name, path: rooted(rest) };
  };

  const call = async (name: ServiceName, path: string, request: Parameters<Transport>[0]): Promise<TransportResponse> => {
    const { method, headers, signal } = request;
    const response = await services[name]({
      method,
      path,
      headers,
      body: plainBody(request.body, headers["content-type"]),
      signal,
    });
    return { status: response.status, headers: response.headers, text: async () => textOf(response) };
  };
  const transport: Transport = async (request) => {
    const found = route(request.url);
    if (!found) return { status: 404, headers: {}, text: async () => noService(request.url) };
    return call(found.name, found.path, request);
  };

  const web = async (name: ServiceName, path: string, request: Request): Promise<Response> => {
    const headers: { [name: string]: string } = {};
    request.headers.forEach((value, key) => {
      headers[key] = value;
    });
    const body = plainBody(
      request.body === null ? undefined : new Uint8Array(await request.arrayBuffer()),
      headers["content-type"],
    );
    const response = await services[name]({ method: request.method, path, headers, body, signal: request.signal });
    const empty = response.body === undefined || request.method === "HEAD" || response.status === 204;
    return new Response(empty ? null : (response.body as BodyInit), { status: response.status, headers: response.headers });
  };

  return {
    transport,
    fetch: async (request) => {
      const found = route(request.url);
      return found ? web(found.name, found.path, request) : new Response(noService(request.url), { status: 404 });
    },
    services: Object.fromEntries(
      names.map((name) => [
        name,
        {
          // Whatever host and port the request came in by, this listener serves one service.
          fetch: (request: Request) => web(name, pathOf(request.url), request),
          transport: (request: Parameters<Transport>[0]) => call(name, pathOf(request.url), request),
        },
      ]),
    ) as { readonly [name in ServiceName]: Front },
  };
};

/** Text, unless it says that it is not: faults look into it and the audit compares it. */
const plainBody = (body: string | Uint8Array | undefined, type: string | undefined): string | Uint8Array | undefined => {
  if (body === undefined || body.length === 0) return undefined;
  return typeof body === "string" || type?.includes("octet-stream") ? body : new TextDecoder().decode(body);
};
const rooted = (path: string): string => (path.startsWith("/") ? path : `/${path}`);
const pathOf = (url: string): string => rooted(/^[a-z]+:\/\/[^/?]*(.*)$/i.exec(url)?.[1] ?? "/");
const textOf = ({ body }: ServiceResponse): string =>
  body === undefined ? "" : typeof body === "string" ? body : new TextDecoder().decode(body);
const noService = (url: string): string => `no service of the simulated cloud answers at ${url}`;
