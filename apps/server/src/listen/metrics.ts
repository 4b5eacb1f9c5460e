import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { contentTypes, negotiate, type PrometheusMetrics } from "@slipway/observability";
import type { RenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import { narrowed, scrapeBody } from "@slipway/observability/scrape/snapshot.node.ts";

/** Scrapes at once; each holds the objects that it has begun to show. */
const scrapesAtOnce = 2;
/** A reader that takes longer is let go. */
const longestScrapeMilliseconds = 60_000;
/** Bytes that are gathered before they are written. */
const enough = 64 * 1024;

/**
 * `/metrics`: what the controllers count, then what the kinds' objects say. Written piece by piece, with turns for everybody
 * else in between, so that neither memory nor waiting grows with the number of clusters.
 */
export const serveMetrics = (sources: {
  readonly metrics: Pick<PrometheusMetrics, "render">;
  readonly state: Pick<RenderedState, "snapshot">;
}): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
  const { metrics, state } = sources;
  let running = 0;
  return async (request, response) => {
    const head = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { ...head, allow: "GET, HEAD", "content-type": "text/plain" });
      response.end("Metrics are read with GET.\n");
      return;
    }
    if (running >= scrapesAtOnce) {
      response.writeHead(503, { ...head, "retry-after": "5", "content-type": "text/plain" });
      response.end(`${scrapesAtOnce} scrapes are under way: try again when one is over.\n`);
      return;
    }
    const format = negotiate(request.headers.accept);
    const gzip = acceptsGzip(request.headers["accept-encoding"]);
    running += 1;
    const late = setTimeout(() => response.destroy(), longestScrapeMilliseconds);
    try {
      const own = await metrics.render(format);
      const snapshot = narrowed(await state.snapshot(), new URL(request.url ?? "/", "http://here").searchParams);
      response.writeHead(200, {
        ...head,
        "content-type": contentTypes[format],
        vary: "accept, accept-encoding",
        ...(gzip ? { "content-encoding": "gzip" } : {}),
      });
      if (request.method === "HEAD") return void response.end();
      let gathered: Uint8Array[] = [];
      let size = 0;
      for await (const piece of scrapeBody(snapshot, { own, format, gzip })) {
        gathered.push(piece);
        size += piece.length;
        if (size < enough) continue;
        if (!(await written(response, gathered.length === 1 ? piece : Buffer.concat(gathered)))) return;
        gathered = [];
        size = 0;
      }
      response.end(Buffer.concat(gathered));
    } finally {
      clearTimeout(late);
      running -= 1;
    }
  };
};

const acceptsGzip = (header: string | string[] | undefined): boolean =>
  String(header ?? "")
    .split(",")
    .some((coding) => /^(gzip|\*)(?!.*;\s*q=0(\.0*)?$)/.test(coding.trim()));

/** Gives everybody else a turn. False when nobody reads any more. */
const written = async (response: ServerResponse, bytes: Uint8Array): Promise<boolean> => {
  if (response.destroyed) return false;
  if (!response.write(bytes)) {
    const gone = new AbortController();
    const left = () => gone.abort();
    response.once("close", left);
    await once(response, "drain", { signal: gone.signal }).catch(() => {});
    response.off("close", left);
  }
  // Also after "drain": to a reader on this machine it comes before anybody else has had a turn.
  await nextTurn();
  return !response.destroyed;
};
