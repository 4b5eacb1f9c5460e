import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { request as httpsRequest } from "node:https";
import { gunzipSync } from "node:zlib";
import { ConfigMap, Pod, ServiceAccount } from "@slipway/api";
import { createCertificateAuthority, generateKeyPair, issueCertificate, readKubeconfig } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type LiveApi, startLiveApi } from "../testing/live.node.ts";

/** The socket side: TLS, both HTTP versions, compression, limits, upgrades. */

let live: LiveApi;
let session: ClientHttp2Session;
let admin: { readonly ca: string; readonly cert: string; readonly key: string };

beforeAll(async () => {
  live = await startLiveApi({
    pods: {
      portForward: (pod, port) => {
        if (pod.metadata.name !== "etcd-a" || port !== 2379) return undefined;
        // Whoever listens there answers what it is sent, in capitals.
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, controller) =>
            controller.enqueue(new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase())),
        });
        return { readable, writable };
      },
    },
  });
  const access = readKubeconfig(readFileSync(await live.kubeconfig({ name: "admin", groups: ["system:masters"] }), "utf8"));
  admin = { ca: live.certificateAuthority, cert: access.clientCertificatePem ?? "", key: access.clientKeyPem ?? "" };
  session = connect(live.listener.url, admin);
  await once(session, "connect");
});
afterAll(async () => {
  session.close();
  await live.close();
});

const overHttp2 = async (headers: Record<string, string>, body?: string | Buffer) => {
  const stream = session.request(headers);
  stream.end(body);
  const [answer] = (await once(stream, "response")) as [Record<string, string | number>];
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { status: Number(answer[":status"]), headers: answer, body: Buffer.concat(pieces) };
};

const overHttp1 = (path: string, tls: object = admin, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const request = httpsRequest(`${live.listener.url}${path}`, { ...tls, headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces).toString() }),
      );
    });
    request.on("error", reject);
    request.end();
  });

describe("the listener", () => {
  test("speaks HTTP/2 and HTTP/1.1 on one port, and knows a client by its certificate [API-423] [API-374]", async () => {
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const answer = await overHttp2(
      { ":method": "POST", ":path": path, "content-type": "application/json" },
      JSON.stringify(review),
    );
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.body.toString()).status.userInfo).toMatchObject({
      username: "admin",
      groups: ["system:masters", "system:authenticated"],
    });
    expect(await overHttp1("/api/v1/namespaces/default")).toMatchObject({ status: 200 });
  });

  test("lets strangers in only as strangers, and refuses certificates of other authorities [API-373] [API-374] [API-375]", async () => {
    const { ca } = admin;
    expect(JSON.parse((await overHttp1("/version", { ca })).body).gitVersion).toMatch(/^v1/);
    const anonymous = await overHttp1("/api/v1/pods", { ca });
    expect(anonymous.status).toBe(403);
    expect(anonymous.body).toContain('User \\"system:anonymous\\" cannot list resource');
    const now = new Date();
    const other = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), { now });
    const keys = await generateKeyPair("ecdsa-p256");
    const forged = await issueCertificate(
      other,
      { commonName: "admin", organizations: ["system:masters"], usages: ["clientAuth"], days: 1 },
      { keys, now },
    );
    const refused = await overHttp1("/api/v1/pods", { ca, cert: forged.certificatePem, key: forged.privateKeyPem });
    expect(refused.status).toBe(401);
    expect((await overHttp1("/version", { ca }, { authorization: "Bearer nonsense" })).status).toBe(401);
  });

  test("compresses what is large, of both kinds, and nothing small [API-041]", async () => {
    const { client } = live.api;
    const data = { text: "x".repeat(2000) };
    for (let at = 0; at < 300; at += 1)
      await client.create(ConfigMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `c-${at}`, namespace: "default" },
        data,
      });
    const gzip = { "accept-encoding": "gzip" };
    const list = await overHttp2({ ":path": "/api/v1/configmaps", ...gzip });
    expect(list.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(gunzipSync(list.body).toString()).items).toHaveLength(300);
    const one = await overHttp2({ ":path": "/api/v1/namespaces/default/configmaps/c-1", ...gzip });
    expect(one.headers["content-encoding"]).toBeUndefined();
    const plain = await overHttp2({ ":path": "/api/v1/configmaps" });
    expect(JSON.parse(plain.body.toString()).items).toHaveLength(300);
    const many = await overHttp1("/api/v1/configmaps");
    expect(JSON.parse(many.body).metadata.resourceVersion).toBe(JSON.parse(plain.body.toString()).metadata.resourceVersion);
  });

  test("refuses a body that is too large [API-024]", async () => {
    const answer = await overHttp2(
      { ":method": "POST", ":path": "/api/v1/namespaces/default/configmaps", "content-type": "application/json" },
      Buffer.alloc(3 * 1024 * 1024 + 1, 0x20),
    );
    expect(answer.status).toBe(413);
  });

  test("a watch begins at once and stops with its client [API-188] [API-210]", async () => {
    const stream = session.request({ ":path": "/api/v1/namespaces/default/secrets?watch=true&resourceVersion=1" });
    stream.end();
    const [answer] = (await once(stream, "response")) as [Record<string, string | number>];
    expect(answer[":status"]).toBe(200);
    await live.api.client.create(
      { group: "", version: "v1", kind: "Secret", plural: "secrets", scope: "Namespaced" },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "seen", namespace: "default" } },
    );
    const [piece] = (await once(stream, "data")) as [Buffer];
    expect(JSON.parse(piece.toString())).toMatchObject({ type: "ADDED", object: { metadata: { name: "seen" } } });
    stream.close();
    await once(stream, "close");
  });

  test("watches over WebSocket, one message an event [API-207]", async () => {
    const url = `${live.listener.url.replace("https", "wss")}/api/v1/namespaces?watch=true`;
    const socket = new WebSocket(url, ["base64.binary.k8s.io"], admin);
    const [data] = (await once(socket, "message")) as [Buffer];
    expect(JSON.parse(data.toString())).toMatchObject({ type: "ADDED", object: { kind: "Namespace" } });
    socket.close();
  });

  test("takes a browser's token as a subprotocol without echoing it, and no page of another site [API-208] [API-209]", async () => {
    const { client } = live.api;
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "browser", namespace: "default" } };
    await client.create(ServiceAccount, account);
    const asked = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: account.metadata };
    const answer = await client.create(ServiceAccount, asked, { subresource: "token" });
    const { token } = (answer as unknown as { status: { token: string } }).status;
    const url = `${live.listener.url.replace("https", "wss")}/api/v1/namespaces?watch=true`;
    const protocols = (value: string) => [
      `base64url.bearer.authorization.k8s.io.${Buffer.from(value).toString("base64url")}`,
      "base64.binary.k8s.io",
    ];
    const anonymousTls = { ca: admin.ca };
    // The account is known, though it may not watch namespaces: 403, where a token of nobody's is a 401.
    const [known] = (await once(new WebSocket(url, protocols(token), anonymousTls), "error")) as [Error];
    expect(known.message).toContain("403");
    const [unknown] = (await once(new WebSocket(url, protocols("nonsense"), anonymousTls), "error")) as [Error];
    expect(unknown.message).toContain("401");
    const [foreign] = (await once(new WebSocket(url, [], { ...admin, origin: "https://evil.example" }), "error")) as [Error];
    expect(foreign.message).toContain("403");
    const own = new WebSocket(url, protocols("x").slice(1), { ...admin, origin: live.listener.url });
    await once(own, "message");
    expect(own.protocol).toBe("base64.binary.k8s.io");
    own.close();
  });

  test("forwards a port of a pod to whoever answers for it [API-298]", async () => {
    const { client } = live.api;
    for (const name of ["etcd-a", "etcd-b"])
      await client.create(Pod, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "kube-system" },
        spec: { nodeName: "a", containers: [{ name: "etcd", image: "etcd" }] },
      });
    const url = (name: string, port: number) =>
      `${live.listener.url.replace("https", "wss")}/api/v1/namespaces/kube-system/pods/${name}/portforward?ports=${port}`;
    const socket = new WebSocket(url("etcd-a", 2379), ["v4.channel.k8s.io"], admin);
    const messages: Buffer[] = [];
    socket.on("message", (data: Buffer) => messages.push(data));
    await once(socket, "open");
    expect(socket.protocol).toBe("v4.channel.k8s.io");
    socket.send(Buffer.concat([Buffer.from([0]), Buffer.from("members")]));
    while (messages.length < 3) await once(socket, "message");
    expect(messages[0]).toEqual(Buffer.from([0, 2379 & 255, 2379 >> 8]));
    expect(messages[1]).toEqual(Buffer.from([1, 2379 & 255, 2379 >> 8]));
    expect(messages[2]).toEqual(Buffer.concat([Buffer.from([0]), Buffer.from("MEMBERS")]));
    socket.close();
    const nobody = new WebSocket(url("etcd-b", 2379), ["v4.channel.k8s.io"], admin);
    const refusals: Buffer[] = [];
    nobody.on("message", (data: Buffer) => refusals.push(data));
    while (refusals.length < 3) await once(nobody, "message");
    expect(refusals[2]?.subarray(1).toString()).toContain("nothing listens on port 2379");
    nobody.close();
    const missing = new WebSocket(url("nosuch", 2379), ["v4.channel.k8s.io"], admin);
    const [error] = (await once(missing, "error")) as [Error];
    expect(error.message).toContain("404");
  });

  test("agrees to SPDY within a WebSocket by the very name that kubectl and client-go ask with, though it is no token [API-298]", async () => {
    const protocol = "SPDY/3.1+portforward.k8s.io";
    await live.api.client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "etcd-a", namespace: "default" },
      spec: { nodeName: "a", containers: [{ name: "etcd", image: "etcd" }] },
    });
    const request = httpsRequest(`${live.listener.url}/api/v1/namespaces/default/pods/etcd-a/portforward`, {
      ...admin,
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": Buffer.alloc(16).toString("base64"),
        "sec-websocket-protocol": protocol,
      },
    });
    request.end();
    const answered = once(request, "response").then(([answer]) => answer);
    const [answer, socket] = await Promise.race([once(request, "upgrade"), answered.then((refusal) => [refusal])]);
    expect(answer).toMatchObject({ statusCode: 101, headers: { "sec-websocket-protocol": protocol } });
    socket.destroy();
  });

  test("ends its watches and closes within a moment [API-198]", async () => {
    const other = await startLiveApi();
    const access = readKubeconfig(readFileSync(await other.kubeconfig({ name: "admin", groups: ["system:masters"] }), "utf8"));
    const client = connect(other.listener.url, {
      ca: other.certificateAuthority,
      cert: access.clientCertificatePem,
      key: access.clientKeyPem,
    });
    client.on("error", () => {});
    const stream = client.request({ ":path": "/api/v1/pods?watch=true&resourceVersion=1" });
    stream.end();
    await once(stream, "response");
    const ended = once(stream, "end");
    stream.resume();
    const started = performance.now();
    await other.close();
    await ended;
    expect(performance.now() - started).toBeLessThan(2000);
    client.destroy();
  });
});
