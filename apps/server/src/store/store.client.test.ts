/**
 * What an operator does with the store of a running system, by the real commands: back it up, lose the home, restore it into a new one
 * and find the tenants' clusters alive; change the encryption key; start on data that is damaged or whose key is gone.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKubectl } from "../../../../scripts/kubectl.mjs";
import { type RunningSlipway, startSlipway } from "../testing/slipway.node.ts";

let running: RunningSlipway;
beforeAll(async () => {
  // With its demo cluster: a tenant whose cluster has to live on.
  running = await startSlipway({ inventory: (text) => text });
});
afterAll(() => running.end());

const at = (name: string) => join(running.folder, name);
const succeed = async (outcome: Promise<{ readonly code: number; readonly out: string; readonly error: string }>) => {
  const { code, out, error } = await outcome;
  expect(error).toBe("");
  expect(code).toBe(0);
  return out;
};
const slipway = (...args: string[]) => succeed(running.slipway(...args));
const kubectl = (...args: string[]) => succeed(running.kubectl(...args));
const onDisk = () => readFileSync(join(running.home, "data/store.mdb"), "latin1");
const textFromBase64 = (text: string) => Buffer.from(text, "base64").toString();
const machines = async () =>
  (await kubectl("get", "machines", "-A", "-o", 'jsonpath={range .items[*]}{.metadata.uid} {.status.phase}{"\\n"}{end}'))
    .trim()
    .split("\n")
    .sort();

describe("Secrets in the store", () => {
  test("are encrypted from the first start, under a key that only the owner of the home can read [API-455]", async () => {
    await kubectl("create", "secret", "generic", "mine", "--from-literal", "password=correct-horse-battery");
    await kubectl("create", "configmap", "open", "--from-literal", "text=everybody-may-read-this");
    expect(onDisk()).toContain("everybody-may-read-this");
    expect(onDisk()).not.toContain(Buffer.from("correct-horse-battery").toString("base64").slice(0, 20));
    // Nor the keys of tenants' clusters, which are Secrets here and in the guests, and user data in the cloud.
    expect(onDisk()).not.toMatch(
      /BEGIN (EC |RSA )?PRIVATE KEY|LS0tLS1CRUdJTiBSU0EgUFJJV|LS0tLS1CRUdJTiBQUklW|LS0tLS1CRUdJTiBFQyBQUklW/,
    );
    const file = join(running.home, "encryption.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const status = JSON.parse(await slipway("secrets", "status", "--json")) as { records: object; writesWith: string };
    expect(status.writesWith).toBe("key-1");
    expect(Object.keys(status.records)).toEqual(["key-1"]);
  });

  test("get a new key while the program runs, and can be read as before, also after a restart with the new key only [API-455]", async () => {
    expect(await slipway("secrets", "rotate")).toMatch(/^\d+ records are encrypted with key-2 now. Old keys kept.*key-1\.\n$/);
    expect(await slipway("secrets", "rotate", "--forget-old-keys")).toMatch(/^\d+ records are encrypted with key-3 now\.\n$/);
    expect(onDisk()).not.toMatch(/aesgcm:v1:key-[12]:/);
    expect(onDisk()).toContain("aesgcm:v1:key-3:");
    const { keys } = JSON.parse(readFileSync(join(running.home, "encryption.json"), "utf8")) as { keys: { name: string }[] };
    expect(keys.map(({ name }) => name)).toEqual(["key-3"]);
    await slipway("down");
    await running.start();
    const secret = await kubectl("get", "secret", "mine", "-o", "jsonpath={.data.password}");
    expect(textFromBase64(secret)).toBe("correct-horse-battery");
  });

  test("are changed by nobody who has not the home's token [API-455]", async () => {
    const { status } = JSON.parse(readFileSync(join(running.home, "run.json"), "utf8")) as { readonly status: string };
    for (const headers of [{}, { authorization: "Bearer x" }]) {
      const answer = new Promise((resolve, reject) => {
        const options = { method: "POST", headers, rejectUnauthorized: false };
        request(`${status}/control/secrets/rotate`, options, ({ statusCode }) => resolve(statusCode))
          .once("error", reject)
          .end();
      });
      expect(await answer).toBe(401);
    }
    expect(statSync(join(running.home, "run.json")).mode & 0o777).toBe(0o600);
  });
});

describe("a backup", () => {
  test("of a running system, restored into a new home, has the tenants' clusters live on [API-456]", async () => {
    const before = await machines();
    const uid = await kubectl("get", "clusters.cluster.x-k8s.io", "-A", "-o", "jsonpath={.items[*].metadata.uid}");
    expect(await slipway("snapshot", "save", at("backup"))).toMatch(/^Saved \d+ objects/);
    await kubectl("create", "configmap", "after-the-backup");
    const seen = Number(await kubectl("get", "configmap", "after-the-backup", "-o", "jsonpath={.metadata.resourceVersion}"));
    const status = JSON.parse(await slipway("snapshot", "status", at("backup"), "-o", "json")) as {
      readonly files: readonly string[];
      readonly stores: readonly { readonly name: string; readonly count: number; readonly revision: number }[];
      readonly checksum: string;
    };
    expect(status.files).toEqual(["secrets.json", "encryption.json"]);
    expect(status.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(status.stores.map(({ name }) => name)).toEqual(expect.arrayContaining(["management", "cloud"]));
    expect(await slipway("snapshot", "status", at("backup"))).toMatch(/management +\d+ +\d+/);

    const refused = await running.slipway("snapshot", "restore", at("backup"));
    expect(refused).toMatchObject({ code: 1, error: expect.stringMatching(/never restored under a running program/) });
    await slipway("down");
    const over = await running.slipway("snapshot", "restore", at("backup"));
    expect(over).toMatchObject({ code: 1, error: expect.stringMatching(/There is data in .* already/) });

    renameSync(running.home, at("lost"));
    expect(await slipway("snapshot", "restore", at("backup"))).toMatch(/^Restored \d+ objects/);
    await running.start();
    expect(await machines()).toEqual(before);
    expect(await kubectl("get", "clusters.cluster.x-k8s.io", "-A", "-o", "jsonpath={.items[*].metadata.uid}")).toBe(uid);
    expect(await kubectl("get", "configmaps", "-o", "name")).not.toContain("after-the-backup");
    expect(textFromBase64(await kubectl("get", "secret", "mine", "-o", "jsonpath={.data.password}"))).toBe(
      "correct-horse-battery",
    );
    // Whoever had seen what is gone is told to list again.
    const list = await kubectl("get", "--raw", "/api/v1/namespaces/default/configmaps");
    expect(Number((JSON.parse(list) as { metadata: { resourceVersion: string } }).metadata.resourceVersion)).toBeGreaterThan(
      seen,
    );
    const watch = await kubectl("get", "--raw", `/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${seen}`);
    expect(JSON.parse(watch)).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
  });

  test("lets the tenant go on: the old credentials work, the cluster answers and grows [API-456]", async () => {
    mkdirSync(at("config"), { recursive: true });
    await succeed(running.openstack("coe", "cluster", "config", "demo", "--dir", at("config"), "--force"));
    const nodes = () =>
      succeed(running.run(findKubectl(), ["get", "nodes", "-o", "name"], { env: { KUBECONFIG: at("config/config") } }));
    const first = (await nodes()).trim().split("\n");
    expect(first).toHaveLength(2);
    await succeed(running.openstack("coe", "cluster", "resize", "demo", "2"));
    await expect
      .poll(
        async () => (await succeed(running.openstack("coe", "cluster", "show", "demo", "-f", "value", "-c", "status"))).trim(),
        {
          timeout: 60_000,
          interval: 500,
        },
      )
      .toBe("UPDATE_COMPLETE");
    expect((await nodes()).trim().split("\n")).toHaveLength(3);
  });

  test("without secrets says so, and is restored only beside the home's own keys [API-456]", async () => {
    expect(await slipway("snapshot", "save", at("bare"), "--without-secrets")).not.toContain("passwords");
    const refused = await running.slipway("snapshot", "restore", at("bare"), "--home", at("other"));
    expect(refused).toMatchObject({
      code: 1,
      error: expect.stringMatching(/taken without secrets: put secrets.json and encryption.json/),
    });
    expect(existsSync(at("other/data"))).toBe(false);
  });

  test("that was cut short is refused with its damage, and nothing is made", async () => {
    copyFileSync(at("backup"), at("cut"));
    truncateSync(at("cut"), Math.floor(statSync(at("cut")).size / 2));
    for (const args of [
      ["status", at("cut")],
      ["restore", at("cut"), "--home", at("other")],
    ]) {
      expect(await running.slipway("snapshot", ...args)).toMatchObject({ code: 1, error: expect.stringMatching(/is damaged/) });
    }
    expect(existsSync(at("other"))).toBe(false);
  });

  test("is taken of a program that does not run, and its file gives deleted space back, too", async () => {
    expect(await slipway("store", "compact")).toMatch(/MiB before, .* now/);
    expect(await slipway("store", "status")).toMatch(/management/);
    await slipway("down");
    expect(await slipway("snapshot", "save", at("stopped"))).toMatch(/^Saved/);
    expect(await slipway("store", "compact")).toMatch(/now/);
    const status = JSON.parse(await slipway("snapshot", "status", at("stopped"), "-o", "json")) as { count: number };
    expect(status.count).toBeGreaterThan(100);
  });
});

describe("a start", () => {
  const refusedStart = async (pattern: RegExp) => {
    await expect(running.start()).rejects.toThrow(pattern);
    expect(existsSync(join(running.home, "run.json"))).toBe(false);
  };

  test("without the keys that the data needs is refused in one sentence, and works when they are back [API-455]", async () => {
    const file = join(running.home, "encryption.json");
    renameSync(file, at("keys"));
    await refusedStart(/ended with 3: The Secrets in .* are encrypted with the key "key-3", and .*encryption.json is not there/);
    expect(existsSync(file)).toBe(false);
    copyFileSync(at("keys"), file);
    chmodSync(file, 0o644);
    await refusedStart(/Others may read .*encryption.json/);
    chmodSync(file, 0o600);
    await running.start();
    expect(textFromBase64(await kubectl("get", "secret", "mine", "-o", "jsonpath={.data.password}"))).toBe(
      "correct-horse-battery",
    );
  });

  test("after a kill reads the whole store first; damaged data stops it with what to do, and a snapshot mends it [API-451]", async () => {
    running.kill();
    await running.start();
    await slipway("snapshot", "save", at("last"));
    await slipway("down");
    const data = join(running.home, "data");
    truncateSync(join(data, "store.mdb"), 400_000);
    await refusedStart(/ended with 3: The store in .* is damaged: .*restore a snapshot/s);
    rmSync(data, { recursive: true });
    await slipway("snapshot", "restore", at("last"));
    await running.start();
    expect((await machines()).length).toBeGreaterThan(2);
  });
});
