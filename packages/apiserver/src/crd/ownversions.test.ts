import { crdOf, customKinds, isInvalid, type Resource, type UnstructuredObject } from "@slipway/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";

/** Versions of our own kinds that are served and not stored: converted in process, whatever the CRD says of a webhook. */

let api: InMemoryApi;
beforeAll(async () => {
  api = await createApiInMemory({ kinds: customKinds });
  await api.registry.publish(customKinds.map((kind) => crdOf(kind) as unknown as UnstructuredObject));
});
afterAll(() => api.close());

const resource = (group: string, version: string, kind: string, plural: string): Resource<UnstructuredObject> => ({
  group,
  version,
  kind,
  plural,
  scope: "Namespaced",
});
const machine = (version: string) =>
  resource("infrastructure.cluster.x-k8s.io", version, "OpenStackMachine", "openstackmachines");
const claim = (version: string) => resource("ipam.cluster.x-k8s.io", version, "IPAddressClaim", "ipaddressclaims");
const address = (version: string) => resource("ipam.cluster.x-k8s.io", version, "IPAddress", "ipaddresses");
const ref = (name: string) => ({ namespace: "default", name });
const object = (of: Resource<UnstructuredObject>, name: string, spec: object): UnstructuredObject =>
  ({
    apiVersion: `${of.group}/${of.version}`,
    kind: of.kind,
    metadata: { name, namespace: "default" },
    spec,
  }) as UnstructuredObject;

test("a machine written as v1alpha7 is a v1beta1 machine to everybody else, and the other way round [API-351] [CAPO-002] [CAPO-009]", async () => {
  const warnings: string[] = [];
  const client = api.as({ onWarning: (text) => warnings.push(text) });
  const old = machine("v1alpha7");
  const made = await client.create(
    old,
    object(old, "a", { cloudName: "o", identityRef: { kind: "Secret", name: "c" }, flavor: "m1", image: "ubuntu" }),
  );
  expect(warnings).toEqual([
    "The v1alpha7 version of OpenStackMachine has been deprecated and will be removed in a future release.",
  ]);
  expect(made).toMatchObject({ apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7", spec: { image: "ubuntu" } });
  const seen = await api.client.get(machine("v1beta1"), ref("a"));
  expect(seen).toMatchObject({
    apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
    metadata: { uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion },
    spec: { image: { filter: { name: "ubuntu" } }, identityRef: { cloudName: "o" } },
  });
  const provided = await api.client.patch(machine("v1beta1"), ref("a"), {
    type: "merge",
    body: { spec: { providerID: "openstack:///x" } },
  });
  expect(provided.metadata.generation).toBe(2);
  expect((await api.client.get(old, ref("a"))).spec).toMatchObject({ providerID: "openstack:///x", image: "ubuntu" });
});

test("the rules of a kind hold in all its versions [API-351] [CAPO-069]", async () => {
  const old = machine("v1alpha7");
  const spec = { cloudName: "o", identityRef: { kind: "Secret", name: "c" }, flavor: "m1", image: "ubuntu" };
  await api.client.create(old, object(old, "frozen", spec));
  await expect(api.client.patch(old, ref("frozen"), { type: "merge", body: { spec: { flavor: "m2" } } })).rejects.toThrow(
    "spec: Forbidden: cannot be modified",
  );
  const doubled = {
    ...spec,
    rootVolume: { diskSize: 10 },
    additionalBlockDevices: [{ name: "root", sizeGiB: 1, storage: { type: "Local" } }],
  };
  await expect(api.client.create(old, object(old, "b", doubled))).rejects.toSatisfy(isInvalid);
});

test("IPAM's v1alpha1 shows the same objects [API-346] [CORE-004]", async () => {
  const poolRef = { apiGroup: "example.com", kind: "Pool", name: "p" };
  await api.client.create(claim("v1alpha1"), object(claim("v1alpha1"), "a", { poolRef, clusterName: "c" }));
  expect(await api.client.get(claim("v1beta1"), ref("a"))).toMatchObject({
    apiVersion: "ipam.cluster.x-k8s.io/v1beta1",
    spec: { poolRef, clusterName: "c" },
  });
  const spec = { poolRef, claimRef: { name: "a" }, address: "10.0.0.2", prefix: 24, gateway: "10.0.0.1" };
  await api.client.create(address("v1beta1"), object(address("v1beta1"), "a", spec));
  const old = await api.client.get(address("v1alpha1"), ref("a"));
  expect(old).toMatchObject({ apiVersion: "ipam.cluster.x-k8s.io/v1alpha1", spec });
  await expect(
    api.client.patch(address("v1alpha1"), ref("a"), { type: "merge", body: { spec: { address: "10.0.0.3" } } }),
  ).rejects.toSatisfy(isInvalid);
  await expect(
    api.client.create(address("v1alpha1"), object(address("v1alpha1"), "b", { ...spec, address: "nowhere" })),
  ).rejects.toSatisfy(isInvalid);
});

test("who owns a field in one version meets those who change it in another [API-268]", async () => {
  const [old, now] = [machine("v1alpha7"), machine("v1beta1")];
  const spec = { cloudName: "o", identityRef: { kind: "Secret", name: "c" }, flavor: "m1", image: "ubuntu" };
  const apply = (of: typeof old, who: string, given: object) =>
    api.client.patch(of, ref("shared"), { type: "apply", body: object(of, "shared", given) }, { fieldManager: who });
  await apply(old, "ann", spec);
  const other = {
    flavor: "m1",
    identityRef: { name: "c", cloudName: "o" },
    image: { filter: { name: "debian" } },
  };
  await expect(apply(now, "bob", other)).rejects.toThrow('Apply failed with 1 conflict: conflict with "ann": .spec.image');
  const made = await apply(now, "bob", { ...other, image: { filter: { name: "ubuntu" } } });
  const ofAnn = (object: UnstructuredObject) => object.metadata.managedFields?.find(({ manager }) => manager === "ann");
  expect(ofAnn(made)).toMatchObject({ apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7" });
  const provided = await api.client.patch(now, ref("shared"), {
    type: "merge",
    body: { spec: { providerID: "openstack:///x" } },
  });
  expect(ofAnn(provided)).toEqual(ofAnn(made));
  expect(ofAnn(provided)?.fieldsV1).toMatchObject({ "f:spec": { "f:image": {}, "f:cloudName": {} } });
});
