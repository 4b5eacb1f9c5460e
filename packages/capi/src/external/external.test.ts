import {
  CustomResourceDefinition,
  type KubeObject,
  type OwnerReference,
  type Resource,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import type { Caches } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { cloneFromTemplate } from "./clone.ts";
import {
  addressesOf,
  endpointOf,
  failureDomainsOf,
  failureOf,
  isExternallyManaged,
  isInitialized,
  isReady,
  isValidEndpoint,
} from "./contract.ts";
import { adoption, byContract, type External } from "./external.ts";
import { resolveReference } from "./reference.ts";

const resource: Resource<UnstructuredObject> = {
  group: "infra.x",
  version: "v1",
  kind: "InfraMachine",
  plural: "inframachines",
  scope: "Namespaced",
};
const object = (parts: { readonly metadata?: object; readonly [field: string]: unknown } = {}): Stored<UnstructuredObject> =>
  ({
    apiVersion: "infra.x/v1",
    kind: "InfraMachine",
    ...parts,
    metadata: { name: "i", namespace: "n", uid: "x", resourceVersion: "7", creationTimestamp: "t", ...parts.metadata },
  }) as unknown as Stored<UnstructuredObject>;
const external = (of: Stored<UnstructuredObject> | undefined): External => ({
  reference: { apiVersion: "infra.x/v1", kind: "InfraMachine", name: "i" },
  resource,
  object: of,
});

const cachesWith = (...crds: readonly { name: string; label?: string; plural?: string }[]): Caches =>
  ({
    synced: async () => {},
    find: (_kind: Resource, { name }: { name: string }) => {
      const found = crds.find((crd) => crd.name === name);
      return (
        found && {
          metadata: { name, labels: found.label === undefined ? {} : { "cluster.x-k8s.io/v1beta1": found.label } },
          spec: { scope: "Namespaced", names: { plural: found.plural ?? name.split(".")[0] } },
        }
      );
    },
  }) as unknown as Caches;

describe("which version of a provider's kind is spoken", () => {
  const reference = { apiVersion: "infra.x/v1alpha3", kind: "InfraMachine", name: "i" };
  test.each([
    ["v1beta1", "v1beta1"],
    ["v1alpha4_v1beta1", "v1beta1"],
    ["v1beta1_v1beta2_v1alpha9", "v1beta2"],
    ["v2_v10_v3beta1", "v10"],
  ])("label %s means %s [CORE-094] [CORE-095] [CORE-407]", async (label, version) => {
    const found = await resolveReference(cachesWith({ name: "inframachines.infra.x", label }), reference);
    expect(found).toMatchObject({ group: "infra.x", version, plural: "inframachines" });
  });

  test.each([[undefined], [""]])("a CRD whose label is %j is an error that names the contract [CORE-096]", async (label) => {
    const caches = cachesWith({ name: "inframachines.infra.x", ...(label === undefined ? {} : { label }) });
    await expect(resolveReference(caches, reference)).rejects.toThrow("cluster.x-k8s.io/v1beta1");
  });

  test("a kind that is not there is not an object that is not there [CORE-097] [CORE-098] [CORE-406]", async () => {
    await expect(resolveReference(cachesWith(), reference)).rejects.toThrow(
      'the CRD inframachines.infra.x of InfraMachine "i" does not exist',
    );
    await expect(
      resolveReference(cachesWith({ name: "proxies.infra.x", label: "v1" }), { ...reference, kind: "Proxy" }),
    ).resolves.toMatchObject({ plural: "proxies" });
    expect(CustomResourceDefinition.plural).toBe("customresourcedefinitions");
  });

  test("a reference that says so already is left alone [CORE-095]", () => {
    const found = external(undefined);
    expect(byContract(found)).toBe(found.reference);
    expect(byContract({ ...found, resource: { ...resource, version: "v2" } }).apiVersion).toBe("infra.x/v2");
  });
});

describe("what is read of a provider's object", () => {
  test("flags are false when absent, and errors when they are no flags [CORE-100] [CORE-421] [CORE-460] [CORE-461]", () => {
    expect([
      isReady(object()),
      isReady(object({ status: { ready: true } })),
      isInitialized(object({ status: { initialized: true } })),
    ]).toEqual([false, true, true]);
    expect(isExternallyManaged(object({ status: { externalManagedControlPlane: true } }))).toBe(true);
    expect(() => isReady(object({ status: { ready: "true" } }))).toThrow("InfraMachine i: status.ready must be true or false");
  });

  test("endpoints, failure domains and addresses [CORE-133] [CORE-422] [CORE-424] [CORE-433]", () => {
    expect(endpointOf(object())).toBeUndefined();
    expect(endpointOf(object({ spec: { controlPlaneEndpoint: { host: "h" } } }))).toEqual({ host: "h", port: 0 });
    expect([
      isValidEndpoint(undefined),
      isValidEndpoint({ host: "", port: 1 }),
      isValidEndpoint({ host: "h", port: 0 }),
      isValidEndpoint({ host: "h", port: 1 }),
    ]).toEqual([false, false, false, true]);
    expect(failureDomainsOf(object())).toEqual({});
    expect(failureDomainsOf(object({ status: { failureDomains: { a: { controlPlane: true } } } }))).toEqual({
      a: { controlPlane: true },
    });
    expect(addressesOf(object({ status: { addresses: [{ type: "InternalIP", address: "1" }] } }))).toHaveLength(1);
    expect(() => addressesOf(object({ status: { addresses: "1" } }))).toThrow("must be a list");
  });

  test("a failure names the object it comes from [CORE-101] [CORE-414]", () => {
    expect(failureOf(external(object({ status: { failureReason: "Create", failureMessage: "no" } })))).toEqual({
      failureReason: "Create",
      failureMessage: 'Failure detected from referenced resource infra.x/v1, Kind=InfraMachine with name "i": no',
    });
    expect(failureOf(external(undefined))).toEqual({});
  });
});

describe("taking a provider's object over", () => {
  const owner: OwnerReference = {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    name: "m",
    uid: "u",
    controller: true,
    blockOwnerDeletion: true,
  };
  const set: OwnerReference = { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "MachineSet", name: "s", uid: "s" };
  const bodyOf = (of: ReturnType<typeof adoption>) =>
    of?.call === "patch"
      ? (of.patch.body as { metadata: { ownerReferences: unknown; labels?: unknown; resourceVersion: string } }).metadata
      : undefined;

  test("adds owner and label at the revision that was read, and releases who created it [CORE-148] [CORE-208] [CORE-420]", () => {
    const effect = adoption(
      external(object({ metadata: { ownerReferences: [set] } })),
      owner,
      "one",
      ({ kind }) => kind === "MachineSet",
    );
    expect(bodyOf(effect)).toEqual({
      ownerReferences: [owner],
      labels: { "cluster.x-k8s.io/cluster-name": "one" },
      resourceVersion: "7",
    });
  });

  test("does nothing when it is so already, keeps others' references, and corrects its own", () => {
    const mine = { ownerReferences: [set, owner], labels: { "cluster.x-k8s.io/cluster-name": "one" } };
    expect(adoption(external(object({ metadata: { name: "i", ...mine } })), owner, "one")).toBeUndefined();
    const stale = { ...mine, ownerReferences: [set, { ...owner, uid: "former", controller: false }] };
    expect(bodyOf(adoption(external(object({ metadata: { name: "i", ...stale } })), owner, "one"))?.ownerReferences).toEqual([
      set,
      owner,
    ]);
    expect(adoption(external(undefined), owner, "one")).toBeUndefined();
  });

  test("is refused when somebody else controls it", () => {
    const others = { metadata: { name: "i", ownerReferences: [{ ...owner, name: "other", uid: "o" }] } };
    expect(() => adoption(external(object(others)), owner, "one")).toThrow(
      "InfraMachine i is controlled by Machine other: Machine m cannot have it too",
    );
  });
});

describe("making an object from a template", () => {
  const templateResource = { group: "infra.x", version: "v1", kind: "InfraMachineTemplate" };
  const template = (inner: object | undefined): UnstructuredObject =>
    ({
      apiVersion: "infra.x/v1",
      kind: "InfraMachineTemplate",
      metadata: { name: "t" },
      spec: inner === undefined ? {} : { template: inner },
    }) as UnstructuredObject;
  const options = { name: "m", namespace: "n", clusterName: "one", labels: { a: "mine", b: "2" }, annotations: { c: "3" } };

  test("takes what the template says, ours winning, and notes where it comes from [CORE-035] [CORE-102] [CORE-103] [CORE-418]", () => {
    const inner = { metadata: { labels: { a: "theirs", d: "4" } }, spec: { flavor: "small" } };
    const owner = { apiVersion: "v1", kind: "X", name: "x", uid: "x" };
    expect(cloneFromTemplate(template(inner), templateResource, { ...options, owner })).toEqual({
      apiVersion: "infra.x/v1",
      kind: "InfraMachine",
      metadata: {
        name: "m",
        namespace: "n",
        labels: { a: "mine", b: "2", d: "4", "cluster.x-k8s.io/cluster-name": "one" },
        annotations: {
          c: "3",
          "cluster.x-k8s.io/cloned-from-name": "t",
          "cluster.x-k8s.io/cloned-from-groupkind": "InfraMachineTemplate.infra.x",
        },
        ownerReferences: [owner],
      },
      spec: { flavor: "small" },
    });
    const named: KubeObject = cloneFromTemplate(
      template({ apiVersion: "infra.x/v2", kind: "Other", spec: {} }),
      templateResource,
      options,
    );
    expect([named.apiVersion, named.kind]).toEqual(["infra.x/v2", "Other"]);
  });

  test("a template without a template is an error [CORE-104]", () => {
    expect(() => cloneFromTemplate(template(undefined), templateResource, options)).toThrow(
      "InfraMachineTemplate t has no spec.template",
    );
  });
});
