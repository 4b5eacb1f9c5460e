import type { Cluster, ClusterClass, MachineDeployment, MachinePool } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { VariableNotFound, variableAt } from "./at.ts";
import { ipFamilyOf } from "./ipfamily.ts";
import { mergedVariables } from "./merge.ts";
import {
  controlPlaneVariables,
  definedBy,
  globalVariables,
  inline,
  machineDeploymentVariables,
  machinePoolVariables,
} from "./visible.ts";

const cluster: Cluster = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "c", namespace: "n", uid: "u-1", labels: { team: "a" } },
  spec: {
    clusterNetwork: { pods: { cidrBlocks: ["10.0.0.0/16"] }, services: { cidrBlocks: ["10.1.0.0/16"] }, serviceDomain: "local" },
    topology: {
      class: "class",
      version: "v1.33.1",
      variables: [
        { name: "image", value: "ubuntu" },
        { name: "discovered", value: { a: 1 } },
        { name: "builtin", value: "forged" },
      ],
      controlPlane: { replicas: 3, variables: { overrides: [{ name: "image", value: "control" }] } },
      workers: {
        machineDeployments: [
          { class: "default", name: "md", variables: { overrides: [{ name: "discovered", value: { b: 2 } }] } },
        ],
      },
    },
  },
};
const schema = { openAPIV3Schema: {} };
const clusterClass = {
  status: {
    variables: [
      { name: "image", definitions: [{ from: "inline", required: true, schema }] },
      { name: "discovered", definitions: [{ from: "extension", required: false, schema }] },
    ],
  },
} satisfies Pick<ClusterClass, "status">;
const own = definedBy(clusterClass, inline);

describe("what a patch sees", () => {
  test("an inline patch sees what the class defines, an external one what it discovered, both what is built in [TOPO-043]", () => {
    expect(globalVariables(cluster, own)).toEqual({
      image: "ubuntu",
      builtin: expect.objectContaining({ cluster: expect.anything() }),
    });
    expect(globalVariables(cluster, definedBy(clusterClass, "extension"))).toEqual({
      discovered: { a: 1 },
      builtin: expect.anything(),
    });
    const worker = cluster.spec.topology?.workers?.machineDeployments?.[0];
    if (worker === undefined) throw new Error("the example has no workers");
    const parts = { bootstrap: undefined, infrastructure: undefined };
    expect(machineDeploymentVariables(worker, deployment("v1.33.1"), parts, own)).not.toHaveProperty("discovered");
  });

  test("a value for some machines replaces the cluster's whole; what is built in comes together [TOPO-044]", () => {
    const made = mergedVariables(
      { image: { name: "ubuntu", disk: 20 }, flavor: "m1", builtin: { cluster: { name: "c", topology: { class: "class" } } } },
      { image: { name: "control" }, builtin: { controlPlane: { name: "cp" }, cluster: { topology: { version: "v1.33.1" } } } },
    );
    expect(made).toEqual({
      image: { name: "control" },
      flavor: "m1",
      builtin: {
        cluster: { name: "c", topology: { class: "class", version: "v1.33.1" } },
        controlPlane: { name: "cp" },
      },
    });
  });

  test("the cluster is told by its names, its class and its networks [TOPO-045]", () => {
    expect(globalVariables(cluster, own)["builtin"]).toEqual({
      cluster: {
        name: "c",
        namespace: "n",
        uid: "u-1",
        metadata: { labels: { team: "a" } },
        topology: { class: "class", classNamespace: "n", version: "v1.33.1" },
        network: { serviceDomain: "local", services: ["10.1.0.0/16"], pods: ["10.0.0.0/16"], ipFamily: "IPv4" },
      },
    });
    const { clusterNetwork: _none, ...spec } = cluster.spec;
    const bare: Cluster = {
      ...cluster,
      metadata: { name: "c", namespace: "n" },
      spec: { ...spec, topology: { class: "class", classNamespace: "classes", version: "v1.33.1" } },
    };
    expect(globalVariables(bare, own)["builtin"]).toEqual({
      cluster: { name: "c", namespace: "n", topology: { class: "class", classNamespace: "classes", version: "v1.33.1" } },
    });
    const empty: Cluster = { ...cluster, spec: { ...cluster.spec, clusterNetwork: {} } };
    expect(globalVariables(empty, own)["builtin"]).toMatchObject({ cluster: { network: { ipFamily: "IPv4" } } });
  });

  test.each([
    [[], [], "IPv4"],
    [["10.0.0.0/8"], [], "IPv4"],
    [[], ["fd00::/8"], "IPv6"],
    [["fd00::/8"], ["fd01::/16"], "IPv6"],
    [["10.0.0.0/8", "fd00::/8"], ["10.1.0.0/16"], "DualStack"],
    [["10.0.0.0/8"], ["fd00::/8"], "Invalid"],
    [["10.0.0.0/8"], ["10.1.0.0/16", "fd00::/8"], "Invalid"],
    [["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"], [], "Invalid"],
    [["somewhere"], [], "Invalid"],
    [["10.0.0.0/8", "fd00::/8"], ["somewhere"], "Invalid"],
  ])("pods in %j and services in %j are %s [TOPO-045]", (pods, services, expected) => {
    expect(ipFamilyOf({ pods: { cidrBlocks: pods }, services: { cidrBlocks: services } })).toBe(expected);
  });
});

const object = (kind: string, name: string, spec: { readonly [field: string]: unknown } = {}) => ({
  apiVersion: "x/v1",
  kind,
  metadata: { name },
  spec,
});
const deployment = (version: string): MachineDeployment => ({
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "MachineDeployment",
  metadata: { name: "c-md-abcde", labels: { l: "v" }, annotations: { a: "v" } },
  spec: {
    clusterName: "c",
    replicas: 2,
    selector: {},
    template: { spec: { clusterName: "c", version, bootstrap: {}, infrastructureRef: {} } },
  },
});

test("the control plane is told as it is about to be [TOPO-046] [TOPO-048]", () => {
  const controlPlane = object("KubeadmControlPlane", "c-cp", { replicas: 3, version: "v1.32.9" });
  expect(controlPlaneVariables(cluster, controlPlane, object("Template", "c-machines"), own)).toEqual({
    image: "control",
    builtin: {
      controlPlane: {
        name: "c-cp",
        version: "v1.32.9",
        replicas: 3,
        machineTemplate: { infrastructureRef: { name: "c-machines" } },
      },
    },
  });
  const { replicas: _replicas, ...rest } = cluster.spec.topology?.controlPlane ?? {};
  const scaledByOthers: Cluster = {
    ...cluster,
    spec: { topology: { class: "class", version: "v1.33.1", controlPlane: rest } },
  };
  expect(controlPlaneVariables(scaledByOthers, controlPlane, undefined, own)["builtin"]).toEqual({
    controlPlane: { name: "c-cp", version: "v1.32.9" },
  });
  expect(globalVariables(cluster, own)["builtin"]).not.toHaveProperty("controlPlane");
});

test("workers are told by class, name and what they are made from [TOPO-047] [TOPO-048]", () => {
  const parts = { bootstrap: object("Boot", "c-md-boot"), infrastructure: object("Infra", "c-md-infra") };
  const expected = {
    class: "default",
    name: "c-md-abcde",
    topologyName: "md",
    version: "v1.32.9",
    replicas: 2,
    metadata: { labels: { l: "v" }, annotations: { a: "v" } },
    bootstrap: { configRef: { name: "c-md-boot" } },
    infrastructureRef: { name: "c-md-infra" },
  };
  const topology = { class: "default", name: "md" };
  const overrides = { overrides: [{ name: "image", value: "worker" }] };
  expect(machineDeploymentVariables({ ...topology, variables: overrides }, deployment("v1.32.9"), parts, own)).toEqual({
    image: "worker",
    builtin: { machineDeployment: expected },
  });
  const pool = { ...deployment("v1.32.9"), kind: "MachinePool" } as MachinePool;
  expect(machinePoolVariables(topology, pool, parts, own)).toEqual({ builtin: { machinePool: expected } });
});

describe("a path into variables", () => {
  const variables = {
    text: "a",
    none: null,
    list: [{ name: "first", ports: [1, 2] }, "second"],
    object: { "a-b": { c: false } },
  };
  test.each([
    ["text", "a"],
    ["none", null],
    ["list[0].name", "first"],
    ["list[0].ports[1]", 2],
    ["list[1]", "second"],
    ["object.a-b.c", false],
  ])("%s leads to %j [TOPO-049]", (path, expected) => {
    expect(variableAt(variables, path)).toEqual(expected);
  });
  test.each([
    ["other", 'variable "other" does not exist'],
    ["list[0].size", 'variable "list[0].size" does not exist: failed to lookup segment "size"'],
    ["text.length", 'variable "text.length" does not exist: failed to lookup segment "length"'],
    ["object.toString", 'variable "object.toString" does not exist: failed to lookup segment "toString"'],
  ])("%s leads nowhere [TOPO-049]", (path, message) => {
    expect(() => variableAt(variables, path)).toThrow(new VariableNotFound(message));
  });
  test.each([
    ["list[2]", 'variable "list[2]" is invalid: array does not have index 2'],
    ["text[0]", 'variable "text[0]" is invalid: failed to get array "text"'],
    ["list[0", 'variable "list[0" is invalid: failed to parse path segment "list[0"'],
    ["list[-1]", 'variable "list[-1]" is invalid: failed to parse path segment "list[-1]"'],
    ["object.a[]", 'variable "object.a[]" has invalid syntax: failed to parse path segment "a[]"'],
  ])("%s cannot be meant so [TOPO-049]", (path, message) => {
    expect(() => variableAt(variables, path)).toThrow(message);
  });
});
