import type { ClusterClass, ClusterClassPatch, UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { controlPlaneOwn, fieldAt, objectFrom, templateFrom } from "./copyback.ts";
import { patchedTemplates, type TemplateUse } from "./engine.ts";
import { holderPaths } from "./inline.ts";

const template = (kind: string, spec: object, apiVersion = "infrastructure.cluster.x-k8s.io/v1beta1"): UnstructuredObject => ({
  apiVersion,
  kind,
  metadata: { name: kind.toLowerCase(), labels: { kept: "yes" } },
  spec: { template: { spec } },
});
const use = (key: string, kind: string, fieldPath: string, of: UnstructuredObject, own: object = {}): TemplateUse => ({
  key,
  holder: { kind, fieldPath },
  template: of,
  variables: () => ({ builtin: own }),
});
const machines = template("MachineTemplate", { flavor: "small", tags: ["a"] });
const uses = [
  use("cluster", "Cluster", holderPaths.infrastructureCluster, template("ClusterTemplate", { network: {} })),
  use("control", "Cluster", holderPaths.controlPlane, template("ControlTemplate", { files: [] }, "controlplane/v1")),
  use("control-machines", "Control", holderPaths.controlPlaneMachines, machines, { controlPlane: { version: "v1.33.1" } }),
  use("md-a", "MachineDeployment", holderPaths.infrastructure, machines, { machineDeployment: { class: "big-worker" } }),
  use("md-b", "MachineDeployment", holderPaths.infrastructure, machines, { machineDeployment: { class: "worker" } }),
  use("mp", "MachinePool", holderPaths.infrastructure, machines, { machinePool: { class: "pool" } }),
];
type Selector = NonNullable<ClusterClassPatch["definitions"]>[number]["selector"];
type JsonPatch = NonNullable<ClusterClassPatch["definitions"]>[number]["jsonPatches"][number];
const selecting = (matchResources: Selector["matchResources"], kind = "MachineTemplate"): Selector => ({
  apiVersion: machines.apiVersion,
  kind,
  matchResources,
});
const patch = (
  selector: Selector,
  jsonPatches: readonly JsonPatch[],
  more: Partial<ClusterClassPatch> = {},
): ClusterClassPatch => ({
  name: "p",
  definitions: [{ selector, jsonPatches }],
  ...more,
});
const global = { flavor: "m1.large", count: 3, builtin: { cluster: { name: "blue" } } };
const outcome = (...patches: readonly ClusterClassPatch[]) => {
  const clusterClass: ClusterClass = {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "ClusterClass",
    metadata: { name: "class", namespace: "n" },
    spec: { patches },
  };
  const made = patchedTemplates(clusterClass, uses, () => global);
  return Object.fromEntries([...made].map(([key, { spec }]) => [key, fieldAt(spec, ["template", "spec"]) as object]));
};
const flavorOf = (name: string): JsonPatch => ({ op: "replace", path: "/spec/template/spec/flavor", value: name });
const changed = (...patches: readonly ClusterClassPatch[]) =>
  Object.entries(outcome(...patches))
    .filter(([, spec]) => (spec as { flavor?: string }).flavor === "x")
    .map(([key]) => key);

describe("a patch is for", () => {
  test.each<[string, Selector["matchResources"], readonly string[]]>([
    ["the control plane's machines", { controlPlane: true }, ["control-machines"]],
    ["a class of workers", { machineDeploymentClass: { names: ["worker"] } }, ["md-b"]],
    ["classes by the end of their names", { machineDeploymentClass: { names: ["*worker"] } }, ["md-a", "md-b"]],
    ["classes by the start of their names", { machineDeploymentClass: { names: ["big*"] } }, ["md-a"]],
    ["all classes of pools", { machinePoolClass: { names: ["*"] } }, ["mp"]],
    ["nobody, when only another kind of it is meant", { infrastructureCluster: true }, []],
  ])("%s [TOPO-051] [TOPO-052]", (_what, matchResources, expected) => {
    expect(changed(patch(selecting(matchResources), [flavorOf("x")]))).toEqual(expected);
  });
  test("the exact version of a template [TOPO-052]", () => {
    const other = { ...selecting({ controlPlane: true }), apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha7" };
    expect(changed(patch(other, [flavorOf("x")]))).toEqual([]);
  });
  test("the provider's cluster, and the control plane itself [TOPO-051]", () => {
    const network = { op: "add", path: "/spec/template/spec/network/id", value: "n" } as const;
    expect(outcome(patch(selecting({ infrastructureCluster: true }, "ClusterTemplate"), [network]))["cluster"]).toEqual({
      network: { id: "n" },
    });
    const file = { op: "add", path: "/spec/template/spec/files/-", value: { path: "/a" } } as const;
    const control = { apiVersion: "controlplane/v1", kind: "ControlTemplate", matchResources: { controlPlane: true } };
    expect(outcome(patch(control, [file]))["control"]).toEqual({ files: [{ path: "/a" }] });
  });
});

test("each patch sees what those before it made [TOPO-050]", () => {
  const selector = selecting({ controlPlane: true });
  const made = outcome(
    patch(selector, [{ op: "add", path: "/spec/template/spec/disk", value: { size: 1 } }]),
    patch(selector, [{ op: "add", path: "/spec/template/spec/disk/type", value: "ssd" }], { name: "q" }),
    patch(selector, [{ op: "replace", path: "/spec/template/spec/disk/size", value: 2 }], { name: "r" }),
  );
  expect(made["control-machines"]).toEqual({ flavor: "small", tags: ["a"], disk: { size: 2, type: "ssd" } });
  expect(machines.spec).toEqual({ template: { spec: { flavor: "small", tags: ["a"] } } });
});

test.each([
  [undefined, true],
  ["true", true],
  ["{{ eq .flavor `m1.large` }}", true],
  ['"{{ eq .flavor `m1.large` }}"', false],
  ["{{ gt .count 5 }}", false],
  ["", false],
  ["{{ if eq .builtin.controlPlane.version `v1.33.1` }}true{{ end }}", true],
])("enabledIf %s: %s, and asked for each template [TOPO-053]", (enabledIf, expected) => {
  const selector = selecting({ controlPlane: true });
  const made = changed(patch(selector, [flavorOf("x")], enabledIf === undefined ? {} : { enabledIf }));
  expect(made).toEqual(expected ? ["control-machines"] : []);
});

test.each<[string, JsonPatch["valueFrom"], unknown]>([
  ["a variable", { variable: "flavor" }, "m1.large"],
  ["a part of what is built in", { variable: "builtin.controlPlane.version" }, "v1.33.1"],
  ["a template's number", { template: "{{ .count }}" }, 3],
  ["a template's text", { template: '"{{ .count }}"' }, "3"],
  [
    "a template's object",
    { template: "name: {{ .builtin.cluster.name }}\nlist:\n- {{ .flavor }}" },
    { name: "blue", list: ["m1.large"] },
  ],
])("a value comes from %s [TOPO-054]", (_what, valueFrom, expected) => {
  const made = outcome(
    patch(selecting({ controlPlane: true }), [{ op: "replace", path: "/spec/template/spec/flavor", valueFrom }]),
  );
  expect(made["control-machines"]).toMatchObject({ flavor: expected });
});

test.each<[JsonPatch, object]>([
  [{ op: "add", path: "/spec/template/spec/tags/-", value: "z" }, { tags: ["a", "z"] }],
  [{ op: "add", path: "/spec/template/spec/tags/0", value: "z" }, { tags: ["z", "a"] }],
  [{ op: "remove", path: "/spec/template/spec/tags" }, {}],
  [
    { op: "add", path: "/spec/template/spec/a~1b~0c", value: null },
    { tags: ["a"], "a/b~c": null },
  ],
])("%j is applied [TOPO-050]", (jsonPatch, expected) => {
  const made = outcome(patch(selecting({ controlPlane: true }), [jsonPatch]));
  expect(made["control-machines"]).toEqual({ flavor: "small", ...expected });
});

test.each([
  ["remove", "/spec/template/spec/other"],
  ["replace", "/spec/template/spec/tags/1"],
  ["add", "/spec/template/spec/tags/5"],
  ["add", "/spec/template/spec/tags/x"],
  ["add", "/spec/template/spec/flavor/x"],
] as const)("%s %s is told, and changes nothing [TOPO-050]", (op, path) => {
  const making = () => outcome(patch(selecting({ controlPlane: true }), [{ op, path, value: 1 }]));
  expect(making).toThrow(`${op} ${path}: there is nothing at`);
});

test("only what a template is about changes [TOPO-055]", () => {
  const clusterClass = {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "ClusterClass",
    metadata: { name: "class" },
    spec: {
      patches: [
        patch(selecting({ controlPlane: true }), [
          { op: "replace", path: "/metadata/labels/kept", value: "no" },
          { op: "replace", path: "/kind", value: "Other" },
          flavorOf("x"),
        ]),
      ],
    },
  };
  expect(patchedTemplates(clusterClass, uses, () => global).get("control-machines")).toEqual({
    ...machines,
    spec: { template: { spec: { flavor: "x", tags: ["a"] } } },
  });
});

test.each<[string, JsonPatch, string]>([
  ["a place that is not there", { op: "replace", path: "/spec/template/spec/other/name", value: 1 }, "p"],
  [
    "a variable that is not there",
    { op: "add", path: "/spec/template/spec/a", valueFrom: { variable: "other" } },
    'variable "other" does not exist',
  ],
  [
    "a template that fails",
    { op: "add", path: "/spec/template/spec/a", valueFrom: { template: "{{ .count.x }}" } },
    "can't evaluate field x",
  ],
])("%s fails the whole, naming the patch [TOPO-049] [TOPO-054]", (_what, jsonPatch, message) => {
  const making = () => outcome(patch(selecting({ controlPlane: true }), [jsonPatch]));
  expect(making).toThrow('failed to apply patch "p": ');
  expect(making).toThrow(message);
});

test("what is made from a template keeps what the controller computed, templates take it whole [TOPO-056]", () => {
  const control: UnstructuredObject = {
    apiVersion: "controlplane/v1",
    kind: "Control",
    metadata: { name: "c" },
    spec: {
      version: "v1.33.1",
      replicas: 3,
      gone: true,
      machineTemplate: { infrastructureRef: { name: "own" }, nodeDrainTimeout: "1m", metadata: { labels: { a: "b" } } },
    },
  };
  const patched = template("ControlTemplate", {
    version: "v0",
    files: ["f"],
    machineTemplate: { infrastructureRef: { name: "theirs" }, nodeDeletionTimeout: "9s", other: 1 },
  });
  expect(objectFrom(control, patched, controlPlaneOwn)).toEqual({
    ...control,
    spec: {
      version: "v1.33.1",
      replicas: 3,
      files: ["f"],
      machineTemplate: {
        infrastructureRef: { name: "own" },
        nodeDrainTimeout: "1m",
        nodeDeletionTimeout: "9s",
        metadata: { labels: { a: "b" } },
        other: 1,
      },
    },
  });
  expect(objectFrom(control, template("T", { a: 1 })).spec).toEqual({ a: 1 });
  const copy = { ...template("T", { old: 1 }), spec: { template: { metadata: { labels: {} }, spec: { old: 1 } } } };
  expect(templateFrom(copy, template("T", { a: 1 })).spec).toEqual({ template: { metadata: { labels: {} }, spec: { a: 1 } } });
  expect(() => objectFrom(control, { ...copy, spec: {} })).toThrow('missing field "spec.template.spec" in T t');
});
