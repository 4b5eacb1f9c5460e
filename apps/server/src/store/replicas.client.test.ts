/**
 * Two Slipways over one etcd (Debian's) and one cloud, which is a third Slipway's simulated one: both serve, one works, and when that
 * one dies the other goes on.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningEtcd, startEtcd } from "@slipway/etcd/testing/etcd.node.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningSlipway, startSlipway } from "../testing/slipway.node.ts";

let etcd: RunningEtcd;
let cloud: RunningSlipway;
let servers: readonly RunningSlipway[] = [];

const key = JSON.stringify({ format: 1, keys: [{ name: "shared", secret: randomBytes(32).toString("base64") }] });
const inventory = (home: string): string => `
all:
  vars:
    openstack: {mode: existing, clouds_yaml: ${join(cloud.home, "clouds.yaml")}, cloud: slipway-admin}
    store:
      type: etcd
      etcd: {endpoints: ["${etcd.endpoint}"]}
      encryption: {keys_file: ${home}/keys.json}
    demo: {enabled: false}
`;
const startServer = (files: { readonly [name: string]: string }): Promise<RunningSlipway> =>
  startSlipway({ inventory: (_text) => inventory("home"), files: { ...files, "keys.json": key } });

beforeAll(async () => {
  etcd = await startEtcd();
  cloud = await startSlipway();
  const first = await startServer({});
  const secrets = readFileSync(join(first.home, "secrets.json"), "utf8");
  servers = [first, await startServer({ "secrets.json": secrets })];
});
afterAll(async () => {
  for (const server of [...servers, cloud]) await server?.end();
  await etcd?.stop();
});

const both = (): readonly [RunningSlipway, RunningSlipway] => {
  const [one, two] = servers;
  if (one === undefined || two === undefined) throw new Error("there are two");
  return [one, two];
};
const ok = async (outcome: ReturnType<RunningSlipway["kubectl"]>): Promise<string> => {
  const { code, out, error } = await outcome;
  expect(error).toBe("");
  expect(code).toBe(0);
  return out;
};
const leader = (server: RunningSlipway) =>
  ok(server.kubectl("get", "lease", "-n", "capi-system", "slipway-controllers", "-o", "jsonpath={.spec.holderIdentity}"));
const cluster = (name: string) =>
  `apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: ${name}, namespace: default}\nspec: {}\n`;
const applied = (server: RunningSlipway, text: string) =>
  server
    .run("/bin/sh", ["-c", `cat > ${join(server.folder, "applied.yaml")}`], { input: text })
    .then(() => ok(server.kubectl("apply", "-f", join(server.folder, "applied.yaml"))));
const finalizers = (server: RunningSlipway, name: string) =>
  ok(server.kubectl("get", "clusters.cluster.x-k8s.io", name, "-o", "jsonpath={.metadata.finalizers}"));

test("both serve the same objects at once, encrypted in etcd, and one of them works on them [API-435] [API-455]", async () => {
  const [one, two] = both();
  await ok(one.kubectl("create", "secret", "generic", "shared", "--from-literal", "password=correct-horse"));
  const read = await ok(two.kubectl("get", "secret", "shared", "-o", "jsonpath={.data.password}"));
  expect(Buffer.from(read, "base64").toString()).toBe("correct-horse");
  const raw = await one.run("/usr/bin/etcdctl", ["get", "--prefix", "/slipway/management:/registry/core/secrets/"], {
    env: { ETCDCTL_API: "3", ETCDCTL_ENDPOINTS: etcd.endpoint },
  });
  expect(raw.out).toContain("slipway:enc:aesgcm:v1:shared:");
  expect(raw.out).not.toContain(read);
  expect(await leader(one)).toBe(await leader(two));
  await applied(two, cluster("a"));
  await expect.poll(() => finalizers(one, "a"), { timeout: 30_000 }).toContain("cluster.cluster.x-k8s.io");
  expect(await one.slipway("snapshot", "save", join(one.folder, "x"))).toMatchObject({
    code: 1,
    error: expect.stringContaining("The objects are in etcd: use etcdctl"),
  });
});

test("when the one that works is killed the other takes over, and nothing is lost [API-450]", async () => {
  const [one, two] = both();
  const before = await leader(two);
  one.kill();
  await applied(two, cluster("b"));
  expect(await ok(two.kubectl("get", "secret", "shared", "-o", "name"))).toBe("secret/shared\n");
  await expect.poll(() => leader(two), { timeout: 60_000, interval: 500 }).not.toBe(before);
  await expect.poll(() => finalizers(two, "b"), { timeout: 30_000 }).toContain("cluster.cluster.x-k8s.io");
  await one.start();
  expect(await ok(one.kubectl("get", "clusters.cluster.x-k8s.io", "-o", "name"))).toContain("/b\n");
});

test("a server whose home was made on its own is refused before it serves anything", async () => {
  await expect(startServer({})).rejects.toThrow(/ended with 3: .*another certificate authority.*Copy secrets.json/);
});
