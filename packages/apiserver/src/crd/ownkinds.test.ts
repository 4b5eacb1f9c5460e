import {
  Cluster,
  crdOf,
  customKinds,
  OrcImage as Image,
  isInvalid,
  type Kind,
  KubeadmControlPlane,
  type KubeObject,
  OpenStackMachine,
  type UnstructuredObject,
} from "@slipway/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";

/** What the kinds' own rules say through the API. */

let api: InMemoryApi;
beforeAll(async () => {
  api = await createApiInMemory({ kinds: customKinds });
  await api.registry.publish(customKinds.map((kind) => crdOf(kind) as unknown as UnstructuredObject));
});
afterAll(() => api.close());

const object = <T extends KubeObject>({ group, version, kind }: Kind<T>, name: string, spec: object): T =>
  ({ apiVersion: `${group}/${version}`, kind, metadata: { name, namespace: "default" }, spec }) as unknown as T;
const make = <T extends KubeObject>(kind: Kind<T>, name: string, spec: object): Promise<T> =>
  api.client.create(kind, object(kind, name, spec));
const change = (name: string, spec: object) =>
  api.client.patch(Image, { namespace: "default", name }, { type: "merge", body: { spec } });
const said = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "let in",
    (error: Error) => error.message.replace(/^.*? is invalid: /s, ""),
  );

const controlPlane = {
  replicas: 1,
  version: "v1.31.0",
  kubeadmConfigSpec: {},
  machineTemplate: { infrastructureRef: { apiVersion: "i/v1", kind: "Template", name: "t" } },
};

test("what admission refuses of a control plane names the group that upstream's webhook names [KCP-030]", async () => {
  const refused = make(KubeadmControlPlane, "odd", { ...controlPlane, replicas: 2 });
  await expect(refused).rejects.toThrow('KubeadmControlPlane.cluster.x-k8s.io "odd" is invalid: spec.replicas: Forbidden');
  await expect(refused).rejects.toMatchObject({ details: { group: "cluster.x-k8s.io", kind: "KubeadmControlPlane" } });
  const unfit = make(KubeadmControlPlane, "unfit", { ...controlPlane, replicas: "two" });
  await expect(unfit).rejects.toMatchObject({ details: { group: "controlplane.cluster.x-k8s.io" } });
});

test("a control plane and a Cluster may be deleted however they are [KCP-047] [CORE-140]", async () => {
  await make(KubeadmControlPlane, "a", controlPlane);
  await make(Cluster, "a", { paused: true });
  for (const kind of [KubeadmControlPlane, Cluster] as readonly Kind[]) {
    await api.client.delete(kind, { namespace: "default", name: "a" });
    expect((await api.client.list(kind, { namespace: "default" })).items).toEqual([]);
  }
});

test("servers, pools and images have one version [CAPO-003] [CAPO-004]", () => {
  for (const name of ["OpenStackServer", "OpenStackFloatingIPPool", "Image"]) {
    const kind = customKinds.find((each) => each.kind === name) as Kind;
    const { versions, conversion } = crdOf(kind).spec as unknown as { versions: object[]; conversion?: object };
    expect(versions).toEqual([expect.objectContaining({ name: "v1alpha1", served: true, storage: true })]);
    expect(conversion).toBeUndefined();
  }
});

test("an id is any UUID, whether anything has it or not [CAPO-060]", async () => {
  const machine = (id: string) => ({
    flavor: "m1",
    image: { id },
    identityRef: { name: "c", cloudName: "o" },
  });
  await make(OpenStackMachine, "known", machine("b9bd8f8b-6a7a-4f0a-9d4c-0f6a4c9a7a11"));
  await make(OpenStackMachine, "dashless", machine("00000000000000000000000000000000"));
  const wrong = make(OpenStackMachine, "wrong", machine("ubuntu"));
  await expect(wrong).rejects.toSatisfy(isInvalid);
  await expect(wrong).rejects.toThrow("spec.image.id: Invalid value");
});

const credentials = { cloudCredentialsRef: { secretName: "s", cloudName: "c" } };
const content = { diskFormat: "qcow2", download: { url: "https://example.com/a.img" } };
const hash = { algorithm: "md5", value: "00" };
const managed = { ...credentials, resource: { content } };
const unmanaged = { ...credentials, managementPolicy: "unmanaged", import: { filter: { name: "a" } } };

test("an image is made here or found there, and says so completely [CAPO-249] [CAPO-250] [CAPO-251]", async () => {
  const made = await make(Image, "whole", managed);
  expect(made.spec).toMatchObject({ managementPolicy: "managed", resource: { content: { containerFormat: "bare" } } });
  expect(await said(make(Image, "found", unmanaged))).toBe("let in");
  expect(
    await Promise.all(
      [
        { ...credentials },
        { ...managed, import: { filter: { name: "a" } } },
        { ...unmanaged, resource: { content } },
        { ...credentials, managementPolicy: "unmanaged" },
        { ...unmanaged, managedOptions: { onDelete: "detach" } },
        { ...credentials, resource: { name: "a" } },
        { ...unmanaged, import: {} },
        { ...unmanaged, import: { filter: { name: "a" }, id: "b9bd8f8b-6a7a-4f0a-9d4c-0f6a4c9a7a11" } },
      ].map((spec, index) => said(make(Image, `wrong${index}`, spec))),
    ),
  ).toMatchInlineSnapshot(`
    [
      "[spec: Invalid value: "object": resource must be specified when policy is managed, spec: Invalid value: "object": No such key: resource evaluating rule: !has(self.__import__) ? has(self.resource.content) : true]",
      "spec: Invalid value: "object": import may not be specified when policy is managed",
      "spec: Invalid value: "object": resource may not be specified when policy is unmanaged",
      "[spec: Invalid value: "object": import must be specified when policy is unmanaged, spec: Invalid value: "object": No such key: resource evaluating rule: !has(self.__import__) ? has(self.resource.content) : true]",
      "spec: Invalid value: "object": managedOptions may only be provided when policy is managed",
      "spec: Invalid value: "object": resource content must be specified when not importing",
      "spec.import: Invalid value: 0: spec.import in body should have at least 1 properties",
      "[spec.import: Too many: 2: must have at most 1 items, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]",
    ]
  `);
});

test("what an image was made from stays [CAPO-249] [CAPO-250]", async () => {
  await make(Image, "kept", {
    ...managed,
    resource: { name: "a", protected: false, tags: ["t"], visibility: "private", properties: {}, content },
  });
  await make(Image, "hashed", { ...managed, resource: { content: { ...content, download: { ...content.download, hash } } } });
  expect(
    await Promise.all([
      said(change("kept", { resource: { name: "b" } })),
      said(change("kept", { resource: { protected: true } })),
      said(change("kept", { resource: { tags: ["u"] } })),
      said(change("kept", { resource: { visibility: "public" } })),
      said(change("kept", { resource: { properties: { hardware: { cpuCores: 1 } } } })),
      said(change("kept", { resource: { content: { diskFormat: "raw" } } })),
      said(change("hashed", { resource: { content: { download: { hash: { value: "01" } } } } })),
      said(change("kept", { managementPolicy: "unmanaged", resource: null, import: { filter: { name: "a" } } })),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "spec.resource: Invalid value: "object": name is immutable",
      "spec.resource: Invalid value: "object": protected is immutable",
      "spec.resource: Invalid value: "object": tags is immutable",
      "[spec.resource: Invalid value: "object": visibility is immutable, spec.resource.visibility: Invalid value: "string": visibility is immutable]",
      "spec.resource: Invalid value: "object": properties is immutable",
      "spec.resource.content: Invalid value: "object": content is immutable",
      "[spec.resource.content: Invalid value: "object": content is immutable, spec.resource.content.download.hash: Invalid value: "object": hash is immutable]",
      "spec.managementPolicy: Invalid value: "string": managementPolicy is immutable",
    ]
  `);
});
