import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MagnumCluster, Secret } from "@slipway/api";
import { createCertificateAuthority } from "@slipway/api/pki/certificates.ts";
import { generateKeyPair } from "@slipway/api/pki/keys.ts";
import { textToBase64 } from "@slipway/api/pki/pem.ts";
import { expect, test } from "vitest";
import { createTestApi, type TestApi } from "../testing/api.ts";

/** Exchanges with a real Magnum (Zed, 15.0), in order: our answers are held against them, field by field. */
interface Exchange {
  readonly name: string;
  readonly as: string;
  readonly token?: string;
  readonly method: string;
  readonly path: string;
  readonly version?: string;
  readonly body?: unknown;
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly answer: unknown;
}

const exchanges = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/magnum-zed.json"), "utf8"),
) as readonly Exchange[];

/** Where the release we follow, or a decision of ours, differs from Zed: why, and what status is right instead. */
const DIFFERENT: { readonly [name: string]: { readonly status?: number; readonly why: string } } = {
  "011-clusters-empty-mv-1.11": { status: 200, why: "Zed ends at 1.10; 1.11 is served here" },
  "025-ct-create-no-coe": { why: "coe became mandatory: another text" },
  "027-ct-create-bad-coe": { why: "kubernetes is the only one left" },
  "028-ct-create-bad-image": { why: "the image itself is blamed now" },
  "029-ct-create-image-without-os-distro": { why: "the image itself is blamed now" },
  "030-ct-create-unsupported-os-coe": { why: "kubernetes is the only one left" },
  "035-ct-create-bad-network-driver": { why: "calico and cilium are allowed here" },
  "075-cluster-create-master-count-even": { status: 400, why: "even sizes are refused by the API since" },
  "079-cluster-create-bad-fixed-network": { status: 400, why: "networks are checked since" },
  "109-nodegroups": { why: "lists do not tell the range since" },
  "112-nodegroups-by-role": { why: "lists do not tell the range since" },
  "120-nodegroup-create-no-name": { status: 400, why: "Zed fails with 500" },
  "161-ct-create-fedora-coreos": { status: 400, why: "no driver here is for that system" },
  "162-cluster-create-heat-driver": { status: 404, why: "its template is refused" },
  "163-cluster-show-heat-driver": { status: 404, why: "as before" },
  "164-cluster-show-heat-driver-deleted-early": { status: 404, why: "as before" },
  "141-cluster-create-that-fails": { why: "the label is the rig's own" },
};

/** Keys that later releases dropped: bays are gone, and merge_labels is input only. */
const DROPPED = new Set(["bay_uuid", "merge_labels", "baymodels", "bays"]);
/** Keys that later releases added. */
const ADDED = new Set(["driver", "credentials", "node_labels", "node_taints", "cluster_id"]);

test("answers as a recorded Magnum does: statuses, keys, types and texts [MAG-019] [MAG-039] [MAG-040] [MAG-041] [MAG-053] [MAG-102] [MAG-103] [MAG-151] [MAG-152] [MAG-240] [MAG-241]", async () => {
  const api = await createTestApi({ allowedNetworkDrivers: ["flannel", "calico", "cilium"], defaultNetworkDriver: "flannel" });
  const ours = new Map<string, string>();
  const differences: string[] = [];
  for (const exchange of exchanges) {
    await playDriver(exchange, api, ours);
    const swap = (text: string) => [...ours].reduce((swapped, [theirs, our]) => swapped.replaceAll(theirs, our), text);
    const { status, body, headers } = await api.call(exchange.method, swap(exchange.path), {
      as: exchange.as === "nobody" ? (exchange.token ?? null) : exchange.as,
      headers: exchange.version === undefined ? {} : { "OpenStack-API-Version": exchange.version },
      ...(exchange.body === undefined ? {} : { body: JSON.parse(swap(JSON.stringify(exchange.body))) as unknown }),
    });
    const different = DIFFERENT[exchange.name];
    const note = (what: string) => differences.push(`${exchange.name}: ${what}`);
    if (status !== (different?.status ?? exchange.status))
      note(`status ${status} for ${exchange.status}: ${JSON.stringify(body).slice(0, 300)}`);
    learn(exchange.answer, body, ours);
    if (different !== undefined || status !== exchange.status) continue;
    if (exchange.answer === "" ? body !== "" : false) note(`a body where there is none: ${body}`);
    if (headers.get("content-type") !== (exchange.headers["Content-Type"] ?? null))
      note(`content type ${headers.get("content-type")}`);
    if (exchange.headers["Location"] !== undefined && !headers.has("location")) note("no Location");
    compare(exchange.answer, body, exchange.name, note, swap);
  }
  expect(differences).toEqual([]);
  await api.api.close();
});

/** What happens between two recorded requests: the real driver brings clusters where they were asked to be. */
const playDriver = async ({ name }: Exchange, api: TestApi, ours: ReadonlyMap<string, string>): Promise<void> => {
  const cluster = ours.get("a10b815e-0cfc-4822-a3b1-dd937fa24f86") ?? "";
  if (name === "089-cluster-show-create-complete") {
    await api.settle(cluster, "CREATE_COMPLETE");
    const authority = await certificateAuthority();
    const { metadata } = await api.cluster(cluster);
    await api.api.client.create(authority.kind, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${metadata.name}-ca`, namespace: "magnum-system" },
      data: authority.data,
    });
  }
  if (name === "095-cluster-show-by-name") await forget(api, ours.get("d99daf58-69ae-4756-b3d2-c64a69120e28"));
  if (/^(116|122|126|128|135|138|140)-/.test(name)) await api.settle(cluster, "UPDATE_COMPLETE");
  if (name === "126-cluster-resize") await dropDeleted(api, cluster);
  if (name === "142-cluster-show-create-failed")
    await api.settle(ours.get("a16ccfa7-9667-4f48-b68e-57a1ce7dd536") ?? "", "CREATE_FAILED", { statusReason: "asked to" });
  if (name === "165-ct-delete")
    for (const { metadata } of (await api.api.client.list(MagnumCluster, { namespace: "magnum-system" })).items)
      await forget(api, metadata.uid);
  if (name === "159-cluster-show-after-delete") await forget(api, cluster);
};

const certificateAuthority = async () => {
  const { certificatePem, privateKeyPem } = await createCertificateAuthority(await generateKeyPair("rsa-2048"), {
    now: new Date("2026-11-22T11:00:00Z"),
  });
  return { kind: Secret, data: { "tls.crt": textToBase64(certificatePem), "tls.key": textToBase64(privateKeyPem) } };
};

const forget = async (api: TestApi, uuid: string | undefined): Promise<void> => {
  if (uuid === undefined) return;
  const { metadata } = await api.cluster(uuid);
  const ref = { namespace: "magnum-system", name: metadata.name };
  if (metadata.deletionTimestamp === undefined) await api.api.client.delete(MagnumCluster, ref);
  await api.api.client.patch(MagnumCluster, ref, { type: "merge", body: { metadata: { finalizers: null } } });
};

const dropDeleted = async (api: TestApi, uuid: string): Promise<void> => {
  const cluster = await api.cluster(uuid);
  const nodeGroups = cluster.spec.nodeGroups.filter(({ deleting }) => !deleting);
  await api.api.client.update(MagnumCluster, { ...cluster, spec: { ...cluster.spec, nodeGroups } });
  await api.settle(uuid, "UPDATE_COMPLETE");
};

/** Ids differ from run to run: theirs become ours wherever they show up later. */
const learn = (theirs: unknown, our: unknown, known: Map<string, string>): void => {
  if (Array.isArray(theirs) && Array.isArray(our)) {
    for (const [at, item] of theirs.entries()) {
      const named = our.find(
        (other) =>
          item?.name !== undefined && other?.name === item.name && !(item.name === "cap-ct" || item.name === "cap-public"),
      );
      learn(item, named ?? our[at], known);
    }
    return;
  }
  if (typeof theirs !== "object" || theirs === null || typeof our !== "object" || our === null) return;
  const a = theirs as { uuid?: unknown };
  const b = our as { uuid?: unknown };
  if (typeof a.uuid === "string" && typeof b.uuid === "string" && !known.has(a.uuid)) known.set(a.uuid, b.uuid);
  for (const [key, value] of Object.entries(theirs)) learn(value, (our as { [key: string]: unknown })[key], known);
};

/** The same keys, the same types, and in errors the same words. */
const compare = (
  theirs: unknown,
  our: unknown,
  where: string,
  note: (what: string) => void,
  swap: (text: string) => string,
): void => {
  if (Array.isArray(theirs)) {
    if (!Array.isArray(our)) note(`${where} is no list`);
    else if (theirs.length > 0 && our.length > 0) compare(theirs[0], our[0], `${where}[0]`, note, swap);
    return;
  }
  if (typeof theirs === "object" && theirs !== null) {
    if (typeof our !== "object" || our === null) {
      note(`${where} is no object`);
      return;
    }
    const a = Object.keys(theirs).filter((key) => !DROPPED.has(key));
    const b = Object.keys(our);
    const open = /labels|faults|health_status_reason/.test(where);
    if (!open) {
      for (const key of a)
        if (!b.includes(key) && !(key === "stack_id" && b.includes("cluster_id"))) note(`${where} lacks ${key}`);
      for (const key of b)
        if (!a.includes(key) && !ADDED.has(key) && !/nodegroup-create$|^\d+-nodegroup-create-/.test(where))
          note(`${where} has ${key} too`);
    }
    for (const key of a) if (b.includes(key)) compare((theirs as never)[key], (our as never)[key], `${where}.${key}`, note, swap);
    return;
  }
  if (/detail$|title$|\.code$|\.message$/.test(where)) {
    const [x, y] = [swap(String(theirs)), String(our)];
    if (x !== y && !/Value should be one of|microversion|\[container-infra/.test(x))
      note(`${where} says ${y.slice(0, 200)} for ${x.slice(0, 200)}`);
    return;
  }
  if (theirs !== null && our !== null && typeof theirs !== typeof our) note(`${where} is ${typeof our}, not ${typeof theirs}`);
};
