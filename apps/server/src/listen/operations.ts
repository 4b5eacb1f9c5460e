import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrometheusMetrics } from "@slipway/observability";
import type { RenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import { statusPage } from "../status/page.ts";
import type { StatusBoard } from "../status/status.ts";
import { type Listener, listen } from "./http.ts";
import { serveMetrics } from "./metrics.ts";

/** Metrics and status on one port, a page for people on the console's. Metrics name tenants' clusters: they are for operators. */
export const listenOperations = (options: {
  readonly address: string;
  readonly ports: { readonly metrics: number; readonly console: number };
  readonly board: StatusBoard;
  readonly metrics: PrometheusMetrics;
  readonly state: RenderedState;
}): Promise<readonly Listener[]> => {
  const { address, ports, board } = options;
  const scrape = serveMetrics(options);
  const answer = (response: ServerResponse, type: string, body: string, status = 200) => {
    response.writeHead(status, {
      "content-type": type,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    });
    response.end(body);
  };
  const operations = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path === "/status") return answer(response, "application/json", JSON.stringify(board.read()));
    if (path === "/healthz" || path === "/readyz") {
      const { ready } = board.read();
      return answer(
        response,
        "text/plain",
        path === "/healthz" || ready ? "ok\n" : "not ready\n",
        path === "/healthz" || ready ? 200 : 503,
      );
    }
    if (path === "/metrics") return scrape(request, response);
    answer(response, "text/plain", "There is /status, /healthz, /readyz and /metrics.\n", 404);
  };
  const page = (_request: IncomingMessage, response: ServerResponse) =>
    answer(response, "text/html; charset=utf-8", statusPage(board.read()));
  return Promise.all([
    listen((request, response) => void operations(request, response).catch(() => response.destroy()), {
      address,
      port: ports.metrics,
    }),
    listen(page, { address, port: ports.console }),
  ]);
};
