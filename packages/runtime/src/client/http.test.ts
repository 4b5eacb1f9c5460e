import { customKinds, Node } from "@slipway/api";
import { createCertificateAuthority, freshKeys, issueCertificate, writeKubeconfig } from "@slipway/api/pki/index.ts";
import { createKubernetesApi, createMemoryStorage, type StoredObject, stampObject } from "@slipway/apiserver";
import { clientContract } from "@slipway/apiserver/client/contract.ts";
import { listen } from "@slipway/apiserver/http/listen.node.ts";
import { describe, expect, test } from "vitest";
import { createHttpClient } from "./http.ts";
import { fetchTransport, type KubeResponse, type KubeTransport } from "./transport.ts";
import { connectKubeconfig } from "./undici.node.ts";

const startApi = () =>
  createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    kinds: customKinds,
    authorization: "always",
  });

clientContract("HTTP over a server's own fetch", async () => {
  const api = await startApi();
  const transport = fetchTransport((request) => api.server.fetch(request), "http://slipway.test");
  return { client: createHttpClient({ transport }), close: api.close };
});

/** A real listener with TLS, and the kubeconfig that leads to it. */
const startListener = async () => {
  const api = await startApi();
  const keys = freshKeys("ecdsa-p256");
  const now = new Date();
  const ca = await createCertificateAuthority(await keys.take(), { now });
  const issue = async (commonName: string, usage: "clientAuth" | "serverAuth", sans: readonly string[] = []) =>
    issueCertificate(
      ca,
      { commonName, organizations: ["system:masters"], sans, usages: [usage], days: 1 },
      { keys: await keys.take(), now },
    );
  const [serving, user] = [await issue("server", "serverAuth", ["127.0.0.1"]), await issue("admin", "clientAuth")];
  const listener = await listen(api.server, {
    port: 0,
    tls: { key: serving.privateKeyPem, cert: serving.certificatePem, clientCa: ca.certificatePem },
  });
  const kubeconfig = writeKubeconfig({
    clusterName: "test",
    server: listener.url,
    certificateAuthorityPem: ca.certificatePem,
    userName: "admin",
    clientCertificatePem: user.certificatePem,
    clientKeyPem: user.privateKeyPem,
  });
  return { api, listener, kubeconfig };
};

clientContract("HTTPS with a kubeconfig", async () => {
  const { api, listener, kubeconfig } = await startListener();
  const connection = connectKubeconfig(kubeconfig);
  return {
    client: connection.client,
    close: async () => {
      await connection.close();
      await listener.close();
      await api.close();
    },
  };
});

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
