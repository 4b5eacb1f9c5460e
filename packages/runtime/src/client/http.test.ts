import { Node } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { createHttpClient } from "./http.ts";
import type { KubeResponse, KubeTransport } from "./transport.ts";

/** A server that says one thing. */
const answering =
  (status: number, body: string, headers: { readonly [name: string]: string } = {}): KubeTransport =>
  async (): Promise<KubeResponse> => ({
    status,
    header: (name) => headers[name],
    text: async () => body,
    chunks: async function* () {
      yield body;
    },
  });

describe("the HTTP client", () => {
  test("names an answer that is no Status after its code", async () => {
    const client = createHttpClient({ transport: answering(503, "<html>proxy</html>", { "retry-after": "7" }) });
    await expect(client.get(Node, { name: "n" })).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      code: 503,
      details: { retryAfterSeconds: 7 },
      message: "GET /api/v1/nodes/n: 503 <html>proxy</html>",
    });
  });

  test("counts what it asked, and what went wrong [CORE-515]", async () => {
    const counts: unknown[] = [];
    const metrics = { count: (name: string, labels: object) => void counts.push([name, labels]) };
    const failing: KubeTransport = () => Promise.reject(new Error("reset"));
    await createHttpClient({ transport: failing, metrics, host: "h:1" })
      .list(Node)
      .catch(() => {});
    await createHttpClient({ transport: answering(404, ""), metrics, host: "h:1" })
      .get(Node, { name: "n" })
      .catch(() => {});
    expect(counts).toEqual([
      ["rest_client_requests_total", { code: "<error>", method: "GET", host: "h:1" }],
      ["rest_client_requests_total", { code: "404", method: "GET", host: "h:1" }],
    ]);
  });

  test("says that nobody answers, and why", async () => {
    const refused: KubeTransport = () =>
      Promise.reject(Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" }));
    await expect(createHttpClient({ transport: refused }).list(Node)).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: "GET /api/v1/nodes: the API server cannot be reached: connect ECONNREFUSED 127.0.0.1:1",
    });
  });

  test("tells items of a list what they are, as Kubernetes does not", async () => {
    const body = JSON.stringify({
      kind: "NodeList",
      apiVersion: "v1",
      metadata: { resourceVersion: "7" },
      items: [{ metadata: { name: "n" } }],
    });
    const { items } = await createHttpClient({ transport: answering(200, body) }).list(Node);
    expect(items).toEqual([{ apiVersion: "v1", kind: "Node", metadata: { name: "n" } }]);
    expect(Object.isFrozen(items[0])).toBe(true);
  });

  test("reads events that arrive in pieces, and ends with an error that the server sends", async () => {
    const event = { type: "ADDED", object: { apiVersion: "v1", kind: "Node", metadata: { name: "n", resourceVersion: "8" } } };
    const bookmark = {
      type: "BOOKMARK",
      object: { metadata: { resourceVersion: "9", annotations: { "k8s.io/initial-events-end": "true" } } },
    };
    const gone = {
      type: "ERROR",
      object: { kind: "Status", status: "Failure", reason: "Expired", code: 410, message: "too old" },
    };
    const text = [event, bookmark, gone].map((entry) => JSON.stringify(entry)).join("\n");
    const transport: KubeTransport = async () => ({
      status: 200,
      header: () => undefined,
      text: async () => text,
      chunks: async function* () {
        for (let at = 0; at < text.length; at += 7) yield text.slice(at, at + 7);
        yield "\n";
      },
    });
    const seen: unknown[] = [];
    const watching = async () => {
      for await (const found of createHttpClient({ transport }).watch(Node, { resourceVersion: "7" })) seen.push(found);
    };
    await expect(watching()).rejects.toMatchObject({ reason: "Expired" });
    expect(seen).toEqual([event, { type: "BOOKMARK", resourceVersion: "9", initialEventsEnd: true }]);
  });
});
