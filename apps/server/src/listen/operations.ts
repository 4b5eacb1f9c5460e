import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { PrometheusMetrics } from "@slipway/observability";
import type { RenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import type { AlertWatch } from "../alerts/watch.ts";
import type { Home } from "../home/home.ts";
import type { StatusBoard } from "../status/status.ts";
import { type Access, openAccess } from "./access.ts";
import { issueServing, renewServing } from "./certificate.ts";
import { type Listener, listen, listenOn } from "./http.ts";
import { serveMetrics } from "./metrics.ts";

/**
 * Metrics and status on one port. Metrics name tenants' clusters: they are for whom the
 * management API lets in, over TLS. Health and status tell nothing of tenants and are for everybody.
 */
export const listenOperations = (options: {
  readonly address: string;
  readonly ports: { readonly metrics: number };
  readonly board: StatusBoard;
  readonly metrics: Pick<PrometheusMetrics, "render">;
  readonly state: Pick<RenderedState, "snapshot">;
  readonly alerts: Pick<AlertWatch, "report">;
  /** Whether the management API lives. */
  readonly alive: () => Promise<boolean>;
  /** The operator's own paths, which know whom they let in; answers whether it has answered. */
  readonly control?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Absent: plain HTTP that asks nobody who they are, on loopback. */
  readonly secure?: { readonly home: Home; readonly access: Access; readonly now: () => Date };
}): Promise<readonly Listener[]> => {
  const { address, ports, secure } = options;
  const handle = operations(options, secure?.access ?? openAccess);
  const handler = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response).catch(() => response.destroy());
  return Promise.all([
    secure === undefined
      ? listen(handler, { address, port: ports.metrics })
      : listenSecure(handler, { ...secure, address, port: ports.metrics }),
  ]);
};

const operations = (
  sources: {
    readonly board: StatusBoard;
    readonly metrics: Pick<PrometheusMetrics, "render">;
    readonly state: Pick<RenderedState, "snapshot">;
    readonly alerts: Pick<AlertWatch, "report">;
    readonly alive: () => Promise<boolean>;
    readonly control?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  },
  access: Access,
) => {
  const { board } = sources;
  const scrape = serveMetrics(sources);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (path === "/status") return answer(response, "application/json", JSON.stringify(board.read()));
    if (path === "/healthz" || path === "/livez" || path === "/readyz") {
      const well = path === "/healthz" || (path === "/livez" ? await sources.alive() : board.read().ready);
      return answer(response, "text/plain", well ? "OK" : "not ready\n", well ? 200 : 503);
    }
    if (await sources.control?.(request, response)) return;
    if (path !== "/metrics" && path !== "/alerts")
      return answer(response, "text/plain", "There is /status, /healthz, /livez, /readyz, /metrics and /alerts.\n", 404);
    const verdict = await access(request, path);
    if (verdict.allowed && path === "/alerts")
      return answer(response, "application/json", JSON.stringify(await sources.alerts.report()));
    if (verdict.allowed) return scrape(request, response);
    if (verdict.status === 401) response.setHeader("www-authenticate", "Bearer");
    answer(response, "text/plain", verdict.message, verdict.status);
  };
};

const listenSecure = async (
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  options: { readonly address: string; readonly port: number; readonly home: Home; readonly now: () => Date },
): Promise<Listener> => {
  const { address, home, now } = options;
  const certificate = { commonName: "slipway-metrics", names: ["localhost", "127.0.0.1", "::1", address], now };
  const tls = await issueServing(home, certificate);
  const server = createSecureServer(
    {
      key: tls.key,
      cert: tls.cert,
      ca: tls.clientCa,
      requestCert: true,
      rejectUnauthorized: false, // who shows none, or another, may still show a token
      minVersion: "TLSv1.2",
      // As kube-state-metrics has them; how long an answer may take is the scrape's own business.
      headersTimeout: 5_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 300_000,
    },
    handler,
  );
  const listener = await listenOn(server, options);
  const stopRenewing = renewServing(home, certificate, ({ key, cert, clientCa: ca }) =>
    server.setSecureContext({ key, cert, ca, minVersion: "TLSv1.2" }),
  );
  return {
    close: async () => {
      stopRenewing();
      await listener.close();
    },
  };
};

const answer = (response: ServerResponse, type: string, body: string, status = 200): void => {
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(body);
};
