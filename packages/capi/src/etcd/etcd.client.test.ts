import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { Pod } from "@slipway/api";
import { type CertificateAuthority, createCertificateAuthority, freshKeys, issueCertificate } from "@slipway/api/pki/index.ts";
import { type LiveApi, startLiveApi } from "@slipway/apiserver/testing/live.node.ts";
import { GrpcError, openGrpc } from "@slipway/etcd/grpc.node.ts";
import { encodeNumbers } from "@slipway/etcd/protobuf.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../../scripts/freeports.ts";
import { certificateSecret } from "../certificates/secrets.ts";
import type { EtcdAccess } from "../workload/port.ts";
import { createCertificateCheck, createEtcdAccess } from "./access.node.ts";
import { etcdCredentials } from "./credentials.ts";
import { methods } from "./messages.ts";
import { type OpenPodPort, podPortForward } from "./portforward.node.ts";

/** Debian's etcd, three members with TLS and client certificates, asked directly and through a port-forward of our API server. */
const missing = !existsSync("/usr/bin/etcd") && process.env["CI"] !== "true";
const keys = freshKeys("ecdsa-p256");
const nodes = ["node-a", "node-b", "node-c"] as const;

let home: string;
let authority: CertificateAuthority;
let members: ChildProcess[] = [];
let ports: ReadonlyMap<string, number>;
let live: LiveApi;

const credentials = () =>
  etcdCredentials({
    cluster: { namespace: "tenants", name: "demo" },
    secret: (name) => {
      const place = { namespace: "tenants", cluster: "demo", owner: { apiVersion: "v1", kind: "X", name: "x", uid: "x" } };
      const secret = certificateSecret(place, "etcd", authority);
      return name === "demo-etcd" ? ({ ...secret, metadata: { ...secret.metadata } } as never) : undefined;
    },
    keys,
    now: () => new Date(),
  });

const direct: OpenPodPort = async (pod) => {
  const socket = connect(ports.get(pod.replace(/^etcd-/, "")) ?? 1, "127.0.0.1");
  await once(socket, "connect");
  return socket;
};

beforeAll(async () => {
  if (missing) return;
  home = mkdtempSync(join(tmpdir(), "slipway-etcd-"));
  authority = await createCertificateAuthority(await keys.take(), { now: new Date() });
  const file = (name: string, content: string) => {
    writeFileSync(join(home, name), content, { mode: 0o600 });
    return join(home, name);
  };
  const ca = file("ca.crt", authority.certificatePem);
  const peers = await Promise.all(nodes.map(freePort));
  ports = new Map(await Promise.all(nodes.map(async (node) => [node, await freePort()] as const)));
  const cluster = nodes.map((node, at) => `${node}=http://127.0.0.1:${peers[at]}`).join(",");
  members = await Promise.all(
    nodes.map(async (node, at) => {
      const request = {
        commonName: `etcd-${node}`,
        sans: ["localhost", "127.0.0.1", `etcd-${node}`],
        usages: ["serverAuth", "clientAuth"] as const,
        days: 1,
      };
      const serving = await issueCertificate(authority, request, { keys: await keys.take(), now: new Date() });
      const url = `https://127.0.0.1:${ports.get(node)}`;
      const peer = `http://127.0.0.1:${peers[at]}`;
      return spawn(
        "/usr/bin/etcd",
        [
          ...["--name", node, "--data-dir", join(home, node), "--log-level", "error", "--logger", "zap"],
          ...["--listen-client-urls", url, "--advertise-client-urls", url],
          ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster],
          ...["--client-cert-auth", "--trusted-ca-file", ca],
          ...[
            "--cert-file",
            file(`${node}.crt`, serving.certificatePem),
            "--key-file",
            file(`${node}.key`, serving.privateKeyPem),
          ],
        ],
        { stdio: "ignore" },
      );
    }),
  );
  live = await startLiveApi({
    pods: {
      portForward: (pod, port) => {
        const node = pod.metadata.name.replace(/^(etcd|kube-apiserver)-/, "");
        const target = port === 2379 ? ports.get(node) : Number(new URL(live.listener.url).port);
        if (target === undefined) return undefined;
        return Duplex.toWeb(connect(target, "127.0.0.1")) as {
          readable: ReadableStream<Uint8Array>;
          writable: WritableStream<Uint8Array>;
        };
      },
    },
  });
  for (const name of [...nodes.map((node) => `etcd-${node}`), "etcd-nobody", "kube-apiserver-node-a"]) {
    await live.api.client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "kube-system" },
      spec: { nodeName: "a", containers: [{ name: "c", image: "c" }] },
    });
  }
});
afterAll(async () => {
  for (const member of members) {
    member.kill("SIGKILL");
    if (member.exitCode === null && member.signalCode === null) await once(member, "exit");
  }
  await live?.close();
  if (home) rmSync(home, { recursive: true, force: true });
});

const forwarded = async (): Promise<OpenPodPort> =>
  podPortForward(readFileSync(await live.kubeconfig({ name: "admin", groups: ["system:masters"] }), "utf8"));

const untilLed = async (etcd: EtcdAccess) => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const seen = await etcd.members(nodes).catch(() => undefined);
    if (seen?.leaderId !== undefined && seen.members.length === 3 && seen.members.every(({ name }) => name !== "")) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("etcd did not come up");
};

describe.skipIf(missing)("a real etcd", () => {
  test("tells its members, leader and alarms [KCP-229] [KCP-230] [KCP-232]", async () => {
    const etcd = createEtcdAccess({ open: direct, credentials: credentials() });
    const seen = await untilLed(etcd);
    expect(seen.members.map(({ name }) => name).sort()).toEqual([...nodes]);
    expect(seen.members.every(({ id, isLearner }) => /^[0-9]+$/.test(id) && !isLearner)).toBe(true);
    expect(seen.members.some(({ id }) => id === seen.leaderId)).toBe(true);
    expect(seen).toMatchObject({ alarms: [], errors: [] });

    const [first] = seen.members;
    const channel = await openGrpc(await direct("etcd-node-a", 2379), {
      authority: "etcd-node-a",
      credentials: await credentials()(),
      callTimeoutMilliseconds: 5000,
    });
    // AlarmRequest: action 1 is ACTIVATE, alarm 1 NOSPACE.
    await channel.call(methods.alarm, encodeNumbers({ 1: 1n, 2: BigInt(first?.id ?? 0), 3: 1n }));
    expect((await etcd.members(["node-b"])).alarms).toEqual([{ memberId: first?.id, type: "NOSPACE" }]);
    await channel.call(methods.alarm, encodeNumbers({ 1: 2n, 2: BigInt(first?.id ?? 0), 3: 1n }));
    expect((await etcd.members(["node-b"])).alarms).toEqual([]);
    channel.close();
  });

  test("hands over its lead through the API server's port-forward, asked at the leader [KCP-228] [KCP-233]", async () => {
    const etcd = createEtcdAccess({ open: await forwarded(), credentials: credentials() });
    const { members: all, leaderId } = await untilLed(etcd);
    const heir = all.find(({ id }) => id !== leaderId);
    await etcd.moveLeader(nodes, heir?.id ?? "");
    expect((await etcd.members(nodes)).leaderId).toBe(heir?.id);
    const leader = heir?.name ?? "";
    await expect(
      etcd.moveLeader(
        nodes.filter((node) => node !== leader),
        leaderId ?? "",
      ),
    ).rejects.toThrow("none of the control plane nodes");
  });

  test("lets a member go, and answers through those that stay when one is dead [KCP-153] [KCP-176]", async () => {
    const etcd = createEtcdAccess({ open: await forwarded(), credentials: credentials(), dialTimeoutMilliseconds: 2000 });
    const { members: all, leaderId } = await untilLed(etcd);
    const gone = all.find(({ id }) => id !== leaderId);
    // For its first five seconds together etcd takes no change of members.
    await expect
      .poll(() => etcd.removeMember(nodes, gone?.id ?? "").then(() => "removed", String), { timeout: 20_000, interval: 500 })
      .toBe("removed");
    const staying = [...nodes].filter((node) => node !== gone?.name);
    expect((await etcd.members(staying)).members.map(({ name }) => name).sort()).toEqual(staying);
    await expect(etcd.removeMember(staying, gone?.id ?? "")).rejects.toThrow("member not found");
    expect((await etcd.members(["nobody", ...staying])).members).toHaveLength(2);
  });

  test("says who did not answer and why", async () => {
    const etcd = createEtcdAccess({ open: await forwarded(), credentials: credentials(), dialTimeoutMilliseconds: 2000 });
    await expect(etcd.members(["nosuch"])).rejects.toThrow(
      /no etcd member answers: nosuch: port-forward to etcd-nosuch:2379: .*404/,
    );
    await expect(etcd.members(["nobody"])).rejects.toThrow("nothing listens on port 2379");
    await expect(etcd.members([])).rejects.toThrow("there is no node to ask");
  });

  test("does not let strangers in", async () => {
    const other = await createCertificateAuthority(await keys.take(), { now: new Date() });
    const strange = await issueCertificate(
      other,
      { commonName: "x", usages: ["clientAuth"], days: 1 },
      { keys: await keys.take(), now: new Date() },
    );
    const etcd = createEtcdAccess({ open: direct, credentials: async () => strange, dialTimeoutMilliseconds: 2000 });
    await expect(etcd.members(nodes)).rejects.toThrow("no etcd member answers");
    expect(new GrpcError(14, "x").code).toBe(14);
  });

  test("the API server's own certificate is seen through its pod [CERT-027] [CERT-028] [KCP-234]", async () => {
    const check = createCertificateCheck(await forwarded());
    const expiry = await check("node-a", 6443);
    expect(expiry.getTime() - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(expiry.getTime() - Date.now()).toBeGreaterThan(86_000_000);
  });
});
