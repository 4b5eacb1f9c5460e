import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { ConfigMap, isNotFound, Lease, type UnstructuredObject } from "@slipway/api";
import { generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findKubectl } from "../../../../../scripts/kubectl.mjs";
import { createHttpsCaller } from "../../admission/https.node.ts";
import { goClients, type RunningScenario } from "../../testing/goclients.node.ts";
import { createKubectl, type Kubectl } from "../../testing/kubectl.node.ts";
import { type LiveApi, startLiveApi } from "../../testing/live.node.ts";

/** A whole operator made with controller-runtime v0.20, as Cluster API's providers are (`packages/apiserver/goclients/manager.go`). */

const namespace = "default";
let live: LiveApi;
let k: Kubectl;
let manager: RunningScenario;
let metricsPort = 0;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

const widget = (name: string, spec: object, annotations: object = {}) =>
  JSON.stringify({
    apiVersion: "goclients.example.com/v1",
    kind: "Widget",
    metadata: { name, annotations },
    spec,
  });
const get = async (name: string): Promise<UnstructuredObject & { spec: object; status?: object }> =>
  JSON.parse(await k(`get widget ${name} -o json`));
const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`after thirty seconds not yet: ${what}; it told ${JSON.stringify(manager.facts)}`);
};
const made = (name: string) => until(`${name} is made`, async () => JSON.stringify(await get(name)).includes('"phase":"Made"'));

const childOf = (name: string) =>
  live.api.client.get(ConfigMap, { namespace, name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

beforeAll(async () => {
  live = await startLiveApi({ webhooks: createHttpsCaller() });
  const admin = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
  k = createKubectl(findKubectl(), live, admin, namespace);
  const serving = await issueCertificate(
    live.authority,
    { commonName: "widgets", sans: ["127.0.0.1"], usages: ["serverAuth"], days: 1 },
    { keys: await generateKeyPair("ecdsa-p256"), now: new Date() },
  );
  for (const [name, text] of [
    ["tls.crt", serving.certificatePem],
    ["tls.key", serving.privateKeyPem],
    ["ca.crt", live.certificateAuthority],
  ] as const)
    writeFileSync(join(live.folder, name), text, { mode: 0o600 });
  metricsPort = await freePort();
  manager = goClients(admin).start("manager", [live.folder, String(await freePort()), String(metricsPort)]);
  expect(await manager.until("it leads and its webhooks are known", (fact) => !("finalized" in fact))).toEqual({
    started: "yes",
  });
});
afterAll(async () => {
  await manager?.stop();
  await live?.close();
});

test("its webhooks set defaults, refuse in their own words and warn, through kubectl [API-362]", async () => {
  await k("create -f -", widget("plain", { size: 1 }));
  expect((await get("plain")).spec).toEqual({ size: 1, colour: "grey" });
  const large = await k.try("create -f -", widget("large", { size: 11 }));
  expect(large).toMatchObject({ code: 1 });
  expect(large.stderr).toContain('The Widget "large" is invalid: spec.size: Invalid value: 11: is more than a hand can hold');
  expect((await k.try("create -f -", widget("ten", { size: 10 }))).stderr).toContain("Warning: this is as large as widgets get");
  const recoloured = await k.try(`patch widget plain --type=merge -p '{"spec":{"colour":"red"}}'`);
  expect(recoloured.stderr).toContain('admission webhook "vwidget.example.com" denied the request: a grey widget stays grey');
  await k("create -f -", widget("kept", { size: 1 }, { "goclients.example.com/keep": "yes" }));
  expect((await k.try("delete widget kept")).stderr).toContain("widget kept is kept");
  // Beyond the webhooks, the schema.
  expect((await k.try("create -f -", widget("negative", { size: -1 }))).stderr).toContain("should be greater than or equal to 0");
});

test("it makes what belongs to an object, makes it again, and says in the status what its index found [API-K28] [API-K29]", async () => {
  for (const [name, count] of [
    ["first", 1],
    ["second", 2],
  ] as const) {
    await k("create -f -", widget(name, { size: 1, colour: "green" }));
    await made(name);
    expect(await get(name)).toMatchObject({
      metadata: { generation: 1, finalizers: ["goclients.example.com/tidy"] },
      status: { size: count, phase: "Made" },
    });
  }
  const child = await live.api.client.get(ConfigMap, { namespace, name: "first" });
  expect(child).toMatchObject({
    data: { colour: "green" },
    metadata: { ownerReferences: [{ kind: "Widget", name: "first", controller: true, blockOwnerDeletion: true }] },
  });
  await live.api.client.delete(ConfigMap, { namespace, name: "first" });
  await until("it is made again", async () => {
    const again = await childOf("first");
    return again !== undefined && again.metadata.uid !== child.metadata.uid;
  });
});

test("an object that is deleted waits for its finalizer, then goes with what belongs to it [API-K29]", async () => {
  await k("create -f -", widget("doomed", { size: 1, colour: "black" }));
  await made("doomed");
  await k("delete widget doomed");
  expect(manager.facts.filter((fact) => "finalized" in fact)).toEqual([{ finalized: "doomed" }]);
  await until("its ConfigMap is gone", async () => (await childOf("doomed")) === undefined);
});

test("its metrics are for whom the API knows and lets read them [API-382] [API-396]", async () => {
  const ask = (token?: string) =>
    new Promise<{ readonly status: number | undefined; readonly text: string }>((resolve, reject) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const url = `https://127.0.0.1:${metricsPort}/metrics`;
      const asked = request(url, { ca: readFileSync(join(live.folder, "ca.crt")), headers, agent: false }, (answer) => {
        let text = "";
        answer.on("data", (data: Buffer) => {
          text += data.toString();
        });
        answer.on("end", () => resolve({ status: answer.statusCode, text }));
      });
      asked.on("error", reject);
      asked.end();
    });
  await k("create serviceaccount stranger");
  await k("create serviceaccount reader");
  await k("create clusterrole metrics --verb=get --non-resource-url=/metrics");
  await k("create clusterrolebinding metrics --clusterrole=metrics --serviceaccount=default:reader");
  expect((await ask()).status).toBe(401);
  // That is how controller-runtime says of a token that the API calls invalid.
  expect((await ask("nonsense")).status).toBe(500);
  expect((await ask((await k("create token stranger")).trim())).status).toBe(403);
  const read = await ask((await k("create token reader")).trim());
  expect(read.status).toBe(200);
  expect(read.text).toMatch(/controller_runtime_reconcile_total\{controller="widget",result="success"\} [1-9]/);
  // Nothing that it asked of the API was answered with a fault of the server's.
  expect(read.text).toMatch(/^rest_client_requests_total\{code="200".*\} [1-9]/m);
  expect(read.text).not.toMatch(/^rest_client_requests_total\{code="5/m);
});

test("it lets go of its Lease when it ends, so that the next one need not wait [API-409]", async () => {
  const at = { namespace, name: "widgets" };
  expect((await live.api.client.get(Lease, at)).spec?.holderIdentity).toMatch(/_[0-9a-f-]{36}$/);
  await manager.stop();
  expect((await live.api.client.get(Lease, at)).spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
});
