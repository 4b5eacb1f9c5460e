import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { generateKeyPair, issueCertificate, readCertificate, readKubeconfig } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveApi, startLiveApi } from "../testing/live.node.ts";
import { type Listener, listen } from "./listen.node.ts";

/** What a server does about clients that do not get on, and how it takes its leave. */

let live: LiveApi;
let admin: { readonly ca: string; readonly cert: string; readonly key: string };
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  live = await startLiveApi();
  const access = readKubeconfig(readFileSync(await live.kubeconfig({ name: "admin", groups: ["system:masters"] }), "utf8"));
  admin = { ca: live.certificateAuthority, cert: access.clientCertificatePem ?? "", key: access.clientKeyPem ?? "" };
});
afterAll(async () => {
  for (const each of open) await each.close();
  await live.close();
});

const another = async (options: Partial<Parameters<typeof listen>[1]> = {}): Promise<Listener> => {
  const listener = await listen(live.server, { port: 0, ...options });
  open.push(listener);
  return listener;
};
const dial = async (listener: Listener): Promise<Socket> => {
  const socket = createConnection(listener.port, listener.host);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
};
const allOf = async (socket: Socket): Promise<string> => {
  let text = "";
  for await (const piece of socket) text += String(piece);
  return text;
};
const certificate = async () => {
  const issued = await issueCertificate(
    live.authority,
    { commonName: "kube-apiserver", sans: ["localhost", "127.0.0.1", "kubernetes.default.svc"], usages: ["serverAuth"], days: 1 },
    { keys: await generateKeyPair("ecdsa-p256"), now: new Date() },
  );
  return { key: issued.privateKeyPem, cert: issued.certificatePem, clientCa: live.authority.certificatePem };
};
const session = async (listener: Listener): Promise<ClientHttp2Session> => {
  const client = connectHttp2(listener.url, admin);
  client.on("error", () => {});
  await once(client, "connect");
  return client;
};

describe("clients that do not get on", () => {
  test("a request's head that comes drop by drop ends the connection, others go on [API-430]", async () => {
    const listener = await another({ patience: { headSeconds: 0.2 } });
    const slow = await dial(listener);
    slow.write("GET /version HTTP/1.1\r\nhost: x\r\n");
    const dripping = setInterval(() => slow.write("a: b\r\n"), 20);
    const good = await fetch(`${listener.url}/livez`);
    expect(good.status).toBe(200);
    // Node looks at its connections every half minute unless told otherwise; ours every second.
    expect(await allOf(slow)).toMatch(/^(HTTP\/1.1 408|$)/);
    clearInterval(dripping);
  });

  test("who does not take a large answer is let go, and holds up nobody meanwhile [API-205]", async () => {
    const { client } = live.api;
    const data = { text: "x".repeat(300_000) };
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        client.create({ group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" }, {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: `large-${at}`, namespace: "default" },
          data,
        } as never),
      ),
    );
    const listener = await another({ tls: await certificate(), patience: { answerSeconds: 0.5 } });
    const lazy = connectTls({
      port: listener.port,
      host: listener.host,
      ...admin,
      ALPNProtocols: ["http/1.1"],
      servername: "localhost",
    });
    lazy.on("error", () => {});
    await once(lazy, "secureConnect");
    lazy.pause();
    lazy.write("GET /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: x\r\n\r\n");
    const other = await session(listener);
    const stream = other.request({ ":path": "/api/v1/namespaces/default" });
    stream.end();
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(200);
    stream.resume();
    const closed = once(lazy, "close");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    let bytes = 0;
    lazy.on("data", (piece: Buffer) => {
      bytes += piece.length;
    });
    lazy.resume();
    await closed;
    expect(bytes).toBeLessThan(12_000_000);
    other.destroy();
  });

  test("long heads and long paths are taken: tokens are long [API-428]", async () => {
    const listener = await another();
    const answer = await fetch(`${listener.url}/version?x=${"y".repeat(16_000)}`, {
      headers: { "x-long": "z".repeat(32_000) },
    });
    expect(answer.status).toBe(200);
  });

  test("bytes that are no HTTP end their own connection only [API-430]", async () => {
    const listener = await another();
    const socket = await dial(listener);
    socket.write("\u0000\u0001nonsense\r\n\r\n");
    expect(await allOf(socket)).toContain("400 Bad Request");
    const secure = await another({ tls: await certificate() });
    const client = connectTls({ port: secure.port, host: secure.host, ...admin, ALPNProtocols: ["h2"], servername: "localhost" });
    client.on("error", () => {});
    await once(client, "secureConnect");
    const gone = once(client, "close");
    client.resume();
    client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.write(Buffer.alloc(2000, 0xff));
    await gone;
    const good = await session(secure);
    const stream = good.request({ ":path": "/livez" });
    stream.end();
    expect(((await once(stream, "response")) as [Record<string, unknown>])[0][":status"]).toBe(200);
    good.destroy();
  });

  test("an HTTP/2 client that vanished is noticed, and its watches end [API-210]", async () => {
    const listener = await another({ tls: await certificate(), patience: { silenceSeconds: 0.3 } });
    const wires: [Socket, Socket][] = [];
    const between = createServer((near) => {
      const far = createConnection(listener.port, listener.host);
      for (const end of [near, far]) end.on("error", () => {});
      near.pipe(far).pipe(near);
      wires.push([near, far]);
    });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    const client = connectHttp2(`https://127.0.0.1:${(between.address() as AddressInfo).port}`, admin);
    client.on("error", () => {});
    const watch = client.request({ ":path": "/api/v1/namespaces?watch=true" });
    watch.on("error", () => {});
    watch.end();
    await once(watch, "response");
    const before = live.server.metrics.render();
    expect(before).toMatch(/apiserver_longrunning_requests [1-9]/);
    // Its machine lost power: it neither reads nor answers any more.
    for (const [near, far] of wires) {
      near.unpipe(far);
      far.unpipe(near);
    }
    const began = performance.now();
    while (!live.server.metrics.render().includes("apiserver_longrunning_requests 0")) {
      if (performance.now() - began > 15_000) throw new Error("the watch is still there");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    client.destroy();
    for (const ends of wires) for (const end of ends) end.destroy();
    between.close();
  });
});

describe("leaving", () => {
  test("requests under way finish, new ones are sent away, watches end, probes still hear [API-430]", async () => {
    const listener = await listen(live.server, { port: 0, tls: await certificate() });
    const client = await session(listener);
    const watch = client.request({ ":path": "/api/v1/namespaces?watch=true&resourceVersion=1" });
    watch.end();
    await once(watch, "response");
    watch.resume();
    const ended = once(watch, "end");
    const slow = client.request({
      ":method": "POST",
      ":path": "/api/v1/namespaces/default/configmaps",
      "content-type": "application/json",
    });
    slow.write('{"apiVersion":"v1","kind":"ConfigMap",');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = listener.close();
    await ended;
    const late = client.request({ ":path": "/api/v1/namespaces" });
    late.end();
    const [refused] = (await once(late, "response")) as [Record<string, unknown>];
    late.resume();
    expect([refused[":status"], refused["retry-after"]]).toEqual([429, "1"]);
    const probe = client.request({ ":path": "/livez" });
    probe.end();
    expect(((await once(probe, "response")) as [Record<string, unknown>])[0][":status"]).toBe(200);
    probe.resume();
    slow.end('"metadata":{"name":"last-words"}}');
    expect(((await once(slow, "response")) as [Record<string, unknown>])[0][":status"]).toBe(201);
    slow.resume();
    await closed;
    client.destroy();
  });

  test("who never finishes is not waited for beyond the grace [API-430]", async () => {
    const listener = await listen(live.server, { port: 0, tls: await certificate(), graceSeconds: 0.3 });
    const client = await session(listener);
    const stuck = client.request({
      ":method": "POST",
      ":path": "/api/v1/namespaces/default/configmaps",
      "content-type": "application/json",
    });
    stuck.on("error", () => {});
    stuck.write("{");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await listener.close();
    expect(performance.now() - began).toBeLessThan(5000);
    client.destroy();
  });
});

test("the certificate may be exchanged while it listens [API-424]", async () => {
  const listener = await another({ tls: await certificate() });
  const shown = async () => {
    const socket = connectTls({ port: listener.port, host: listener.host, ...admin, servername: "kubernetes.default.svc" });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    const { raw } = socket.getPeerCertificate();
    socket.destroy();
    return readCertificate(`-----BEGIN CERTIFICATE-----\n${raw.toString("base64")}\n-----END CERTIFICATE-----`).serialNumber;
  };
  const before = await shown();
  listener.setCertificate(await certificate());
  expect(await shown()).not.toBe(before);
});
