import type { UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { type Found, planMove } from "./graph.ts";
import { type MoveType, moveTypes } from "./types.ts";

const crd = (
  group: string,
  kind: string,
  more: { readonly labels?: object; readonly scope?: string } = {},
): UnstructuredObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.toLowerCase()}s.${group}`, labels: { ...more.labels } },
  spec: {
    group,
    scope: more.scope ?? "Namespaced",
    names: { kind, plural: `${kind.toLowerCase()}s` },
    versions: [
      { name: "v1alpha1", storage: false },
      { name: "v1beta1", storage: true },
    ],
  },
});
const hierarchy = { "clusterctl.cluster.x-k8s.io/move-hierarchy": "" };
const types = moveTypes([
  crd("cluster.x-k8s.io", "Cluster"),
  crd("cluster.x-k8s.io", "ClusterClass"),
  crd("cluster.x-k8s.io", "Machine"),
  crd("addons.cluster.x-k8s.io", "ClusterResourceSet"),
  crd("addons.cluster.x-k8s.io", "ClusterResourceSetBinding"),
  crd("infrastructure.cluster.x-k8s.io", "OpenStackCluster"),
  crd("infrastructure.cluster.x-k8s.io", "Template"),
  crd("infrastructure.cluster.x-k8s.io", "Identity", { scope: "Cluster", labels: hierarchy }),
  crd("infrastructure.cluster.x-k8s.io", "Pool", { labels: { "clusterctl.cluster.x-k8s.io/move": "" } }),
]);
const typeOf = (kind: string): MoveType => {
  const type = types.find(({ resource }) => resource.kind === kind);
  if (type === undefined) throw new Error(kind);
  return type;
};

/** `Kind/name`, and what it belongs to as `Kind/name`. */
const found = (
  id: string,
  more: {
    readonly owners?: readonly string[];
    readonly labels?: object;
    readonly spec?: object;
    readonly namespace?: string;
  } = {},
): Found => {
  const [kind = "", name = ""] = id.split("/");
  const type = typeOf(kind);
  const own = type.resource.scope === "Cluster" ? {} : { namespace: more.namespace ?? "tenants" };
  return {
    type,
    object: {
      apiVersion: "x/v1",
      kind,
      metadata: {
        name,
        ...own,
        uid: id,
        labels: { ...more.labels },
        ownerReferences: (more.owners ?? []).map((owner) => ({ apiVersion: "x/v1", kind: "X", name: "x", uid: owner })),
      },
      spec: { ...more.spec },
    },
  };
};
const idsOf = (nodes: readonly { readonly uid: string }[]) => nodes.map(({ uid }) => uid).sort();
const groupsOf = (objects: readonly Found[], options = {}) => planMove(objects, options).groups.map(idsOf);

describe("what moves", () => {
  test("is what a Cluster, a class or a resource set reaches, and what is labelled so; nothing else [CTL-119]", () => {
    const objects = [
      found("Cluster/demo"),
      found("Machine/m", { owners: ["Cluster/demo"] }),
      found("Secret/of-m", { owners: ["Machine/m"] }),
      found("Secret/unrelated"),
      found("Secret/labelled", { labels: { "clusterctl.cluster.x-k8s.io/move": "true" } }),
      found("ConfigMap/below", { owners: ["ConfigMap/root"] }),
      found("ConfigMap/root", { labels: hierarchy }),
      found("ClusterClass/class"),
      found("Template/t", { owners: ["ClusterClass/class"] }),
      found("ClusterResourceSet/crs"),
      found("ConfigMap/of-crs", { owners: ["ClusterResourceSet/crs"] }),
      found("ConfigMap/unrelated"),
      found("Pool/alone"),
      found("ConfigMap/of-pool", { owners: ["Pool/alone"] }),
    ];
    expect(groupsOf(objects).flat().sort()).toEqual(
      [
        "Cluster/demo",
        "ClusterClass/class",
        "ClusterResourceSet/crs",
        "ConfigMap/below",
        "ConfigMap/of-crs",
        "ConfigMap/root",
        "Machine/m",
        "Pool/alone",
        "Secret/labelled",
        "Secret/of-m",
        "Template/t",
      ].sort(),
    );
  });

  test("comes after its owners, named or known by convention [CTL-120, CTL-123]", () => {
    const objects = [
      found("Secret/of-m", { owners: ["Machine/m"] }),
      found("Secret/demo-kubeconfig"),
      found("Secret/demo-anything"),
      found("Secret/demo-ca", { namespace: "elsewhere" }),
      found("Secret/credentials"),
      found("Machine/m", { owners: ["Cluster/demo"] }),
      found("OpenStackCluster/demo", { owners: ["Cluster/demo"], spec: { identityRef: { name: "credentials" } } }),
      found("ClusterResourceSetBinding/demo", { spec: { clusterName: "demo" } }),
      found("Cluster/demo", { spec: { topology: { class: "class" } } }),
      found("ClusterClass/class"),
    ];
    expect(groupsOf(objects)).toEqual([
      ["ClusterClass/class"],
      ["Cluster/demo"],
      ["ClusterResourceSetBinding/demo", "Machine/m", "OpenStackCluster/demo", "Secret/demo-kubeconfig"],
      ["Secret/credentials", "Secret/of-m"],
    ]);
  });

  test("stays behind when its owner does, and is told", () => {
    const plan = planMove([
      found("Cluster/demo", { owners: ["Record/of-somebody"] }),
      found("Machine/m", { owners: ["Cluster/demo"] }),
    ]);
    expect([plan.groups, idsOf(plan.orphans)]).toEqual([[], ["Cluster/demo", "Machine/m"]]);
  });

  test("is left in the source when it is global, belongs to something global, or serves Clusters that stay [CTL-126]", () => {
    const objects = [
      found("Identity/global"),
      found("Secret/of-global", { owners: ["Identity/global"] }),
      found("Cluster/demo", { spec: { topology: { class: "far", classNamespace: "classes" } } }),
      found("ClusterClass/far", { namespace: "classes" }),
      found("Template/far", { namespace: "classes", owners: ["ClusterClass/far"] }),
      found("ClusterClass/shared"),
      found("Template/shared", { owners: ["ClusterClass/shared"] }),
      found("ClusterClass/own"),
    ];
    const elsewhere = [
      found("Cluster/other", { namespace: "elsewhere", spec: { topology: { class: "shared", classNamespace: "tenants" } } })
        .object,
    ];
    const plan = planMove(objects, { namespace: "tenants", elsewhere });
    expect([...plan.globals].sort()).toEqual(["Identity/global", "Secret/of-global"]);
    expect([...plan.kept].sort()).toEqual(["ClusterClass/far", "ClusterClass/shared", "Template/far", "Template/shared"]);
    expect(plan.groups.flat()).toHaveLength(objects.length);
  });
});

test("the kinds are those of the CRDs, as they are stored, and Secrets and ConfigMaps [CTL-118]", () => {
  expect(types.map(({ resource }) => `${resource.kind} ${resource.version} ${resource.scope}`)).toEqual(
    expect.arrayContaining([
      "Cluster v1beta1 Namespaced",
      "Identity v1beta1 Cluster",
      "Secret v1 Namespaced",
      "ConfigMap v1 Namespaced",
    ]),
  );
});
