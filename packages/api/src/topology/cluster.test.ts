import { expect, test } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import type { ClusterClass } from "../cluster/clusterclass.ts";
import { admissionOf, changed, relatedOf } from "../kind/admission.testing.ts";
import type { KubeObject } from "../meta/object.ts";
import { ApiError } from "../meta/status.ts";
import { exampleClass, exampleCluster, infraRef, reconciled } from "./examples.testing.ts";
import type { VariableDefinition } from "./variablevalues.ts";

const admission = admissionOf(Cluster);
const about = (cluster: Cluster, old: Cluster | undefined, objects: readonly KubeObject[]) =>
  relatedOf(Cluster, objects, cluster, old);
const ready = reconciled(exampleClass);
const errors = (cluster: Cluster, old?: Cluster, objects: readonly KubeObject[] = [ready]) =>
  admission.errors(cluster, old, about(cluster, old, objects));
const warnings = (cluster: Cluster, old?: Cluster, objects: readonly KubeObject[] = [ready]) => {
  const texts: string[] = [];
  admission.errors(cluster, old, { ...about(cluster, old, objects), warn: (text) => texts.push(text) });
  return texts;
};
const withTopology = (changes: object, more: object = {}): Cluster =>
  changed(exampleCluster, { ...more, spec: { topology: changes } });
const workers = (...machineDeployments: readonly object[]) => withTopology({ workers: { machineDeployments } });

test("a managed Cluster that keeps all rules is taken; the gate shuts it out [TOPO-024] [TOPO-030]", () => {
  expect(errors(exampleCluster)).toEqual([]);
  expect(warnings(exampleCluster)).toEqual([]);
  expect(admission.errors(exampleCluster, undefined, { featureGates: { ClusterTopology: false } })).toEqual([
    "spec.topology: Forbidden: can be set only if the ClusterTopology feature flag is enabled",
  ]);
  const without = changed(exampleCluster, { spec: { topology: undefined } });
  expect(errors(without, exampleCluster)).toContain("spec.topology: Forbidden: cannot be removed from an existing Cluster");
});

test("a version gets its v, and must be one [TOPO-025]", () => {
  const defaulted = (cluster: Cluster) => admission.defaulted(cluster, undefined, about(cluster, undefined, [ready]));
  expect(defaulted(withTopology({ version: "1.33.1" })).spec.topology?.version).toBe("v1.33.1");
  expect(errors(withTopology({ version: "v1.33" }))[0]).toContain("version must be a valid semantic version");
});

test("a Cluster may come before its class, with a warning; it may not change without one [TOPO-027]", () => {
  expect(errors(exampleCluster, undefined, [])).toEqual([]);
  expect(warnings(exampleCluster, undefined, [])).toEqual([
    "Cluster refers to ClusterClass n/class, but this ClusterClass does not exist. Cluster topology has not been fully validated. The ClusterClass must be created to reconcile the Cluster",
  ]);
  expect(warnings(exampleCluster, undefined, [exampleClass])[0]).toContain("hasn't been successfully reconciled");
  const stale = { ...ready, metadata: { ...ready.metadata, generation: 2 } };
  expect(warnings(exampleCluster, undefined, [stale])[0]).toContain("hasn't been successfully reconciled");
  expect(errors(exampleCluster, exampleCluster, [])[0]).toContain("spec.topology.class: Internal error");
});

test("it is worth waiting for a class that is on its way [TOPO-026]", () => {
  const awaits = (objects: readonly KubeObject[]) =>
    Cluster.awaits?.(exampleCluster, { operation: "CREATE", dryRun: false, ...about(exampleCluster, undefined, objects) });
  expect(awaits([])).toBe(true);
  expect(awaits([exampleClass])).toBe(true);
  expect(awaits([ready])).toBe(false);
});

const definition = (name: string, openAPIV3Schema: object, required = false): VariableDefinition => ({
  name,
  definitions: [{ from: "inline", required, schema: { openAPIV3Schema } as VariableDefinition["definitions"][number]["schema"] }],
});
const nested = {
  type: "object",
  properties: { size: { type: "integer", default: 3, maximum: 10 }, name: { type: "string" } },
  "x-kubernetes-validations": [{ rule: "self.size >= oldSelf.size", message: "may only grow" }],
};
const definitions = [
  definition("image", { type: "string", default: "ubuntu" }),
  definition("disk", nested),
  definition("must", { type: "string" }, true),
];
const withClass = (cluster: Cluster, old?: Cluster, variables: readonly VariableDefinition[] = definitions) =>
  admission.defaulted(cluster, old, about(cluster, old, [reconciled(exampleClass, variables)]));
const must = { name: "must", value: "x" };
const refusal = (cluster: Cluster, old?: Cluster, variables: readonly VariableDefinition[] = definitions): readonly string[] => {
  try {
    withClass(cluster, old, variables);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return (error.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
  }
};

test("variables get their defaults: whole ones where they are absent, parts where there is an object [TOPO-028] [TOPO-038] [TOPO-039]", () => {
  const variables = (cluster: Cluster) => withClass(cluster).spec.topology?.variables;
  expect(variables(withTopology({ variables: [must] }))).toEqual([must, { name: "image", value: "ubuntu" }]);
  expect(variables(withTopology({ variables: [must, { name: "disk", value: { name: "a" } }] }))).toEqual([
    must,
    { name: "disk", value: { name: "a", size: 3 } },
    { name: "image", value: "ubuntu" },
  ]);
  const overridden = withClass(
    changed(workers({ class: "default", name: "md", variables: { overrides: [{ name: "disk", value: {} }] } }), {
      spec: { topology: { variables: [must], controlPlane: { variables: { overrides: [{ name: "disk", value: {} }] } } } },
    }),
  ).spec.topology;
  expect(overridden?.controlPlane?.variables?.overrides).toEqual([{ name: "disk", value: { size: 3 } }]);
  expect(overridden?.workers?.machineDeployments?.[0]?.variables?.overrides).toEqual([{ name: "disk", value: { size: 3 } }]);
  const whole = withTopology({ variables: [must, { name: "image", value: "mine" }] });
  expect(withClass(whole)).toBe(whole);
});

test("values are judged by the class's schemas, rules of change included [TOPO-040] [TOPO-028]", () => {
  const set = (...variables: readonly object[]) => withTopology({ variables: [must, ...variables] });
  expect(refusal(set())).toEqual([]);
  expect(refusal(withTopology({ variables: [] }))).toEqual([
    'spec.topology.variables: Required value: required variable "must" must be set',
  ]);
  expect(refusal(set({ name: "nope", value: 1 }))).toEqual([
    'spec.topology.variables[nope]: Invalid value: "1": variable is not defined',
  ]);
  expect(refusal(set(must))[0]).toContain('variable "must" is set more than once');
  expect(refusal(set({ name: "image", value: 5 }))[0]).toMatch(/^spec.topology.variables\[image\].value: Invalid value/);
  expect(refusal(set({ name: "disk", value: { size: 11 } }))[0]).toContain("spec.topology.variables[disk].value.size");
  expect(refusal(set({ name: "disk", value: { colour: "red" } }))[0]).toContain(
    'failed validation: "colour" field(s) are not specified in the variable schema of variable "disk"',
  );
  expect(refusal(set({ name: "disk", value: { size: 2 } }), set({ name: "disk", value: { size: 4 } }))[0]).toContain(
    "may only grow",
  );
  expect(refusal(set({ name: "disk", value: { size: 5 } }), set({ name: "disk", value: { size: 4 } }))).toEqual([]);
});

test("overrides are judged alike, without what is required [TOPO-041]", () => {
  const overriding = (value: unknown) =>
    changed(workers({ class: "default", name: "md", variables: { overrides: [{ name: "disk", value }] } }), {
      spec: { topology: { variables: [must] } },
    });
  expect(refusal(overriding({ size: 5 }))).toEqual([]);
  expect(refusal(overriding({ size: 50 }))[0]).toContain(
    "spec.topology.workers.machineDeployments[md].variables.overrides[disk].value.size",
  );
});

test("definitions that contradict each other let no value pass [TOPO-042]", () => {
  const conflicting = [{ ...definition("must", { type: "string" }), definitionsConflict: true }];
  expect(refusal(withTopology({ variables: [must] }), undefined, conflicting)[0]).toContain("conflicting definitions");
});

test("nobody says any more which definition is meant [TOPO-029]", () => {
  const from = { name: "a", value: 1, definitionFrom: "patch" };
  expect(errors(withTopology({ variables: [from] }))[0]).toContain('variable "a" has DefinitionFrom set');
  expect(errors(workers({ class: "default", name: "md", variables: { overrides: [from] } }))[0]).toContain(
    "spec.topology.workers.machineDeployments[md].variables.overrides[a]",
  );
});

test("workers have a class that is there, and names of their own that labels could be [TOPO-030]", () => {
  expect(errors(workers({ class: "nope", name: "md" }))).toEqual([
    'spec.topology.workers.machineDeployments[0].class: Invalid value: "nope": MachineDeploymentClass with name "nope" does not exist in ClusterClass "class"',
  ]);
  expect(errors(workers({ class: "default", name: "" }))[0]).toContain("name must not be empty");
  expect(errors(workers({ class: "default", name: "a" }, { class: "default", name: "a" }))[0]).toContain("name must be unique");
  expect(errors(workers({ class: "default", name: "a b" }))[0]).toContain("must be a valid label value");
  expect(errors(workers({ class: "default", name: "a", metadata: { labels: { a: "!" } } }))[0]).toContain(
    "spec.topology.workers.machineDeployments[a].metadata.labels",
  );
  expect(errors(withTopology({ workers: { machinePools: [{ class: "nope", name: "p" }] } }))[0]).toContain(
    "MachinePoolClass with name",
  );
});

test("a health check that is switched on must be somewhere [TOPO-031]", () => {
  const on = { enable: true };
  expect(errors(workers({ class: "checked", name: "a", machineHealthCheck: on }))).toEqual([]);
  expect(errors(workers({ class: "default", name: "a", machineHealthCheck: on }))[0]).toContain(
    "spec.topology.workers.machineDeployments[a].machineHealthCheck.enable: Forbidden: cannot be set to true",
  );
  expect(errors(workers({ class: "default", name: "a", machineHealthCheck: { enable: true, maxUnhealthy: 1 } }))).toEqual([]);
  const control = withTopology({ controlPlane: { machineHealthCheck: { maxUnhealthy: 1 } } });
  expect(errors(control)).toEqual([]);
  const bare = reconciled(changed(exampleClass, { spec: { controlPlane: { machineInfrastructure: undefined } } }));
  expect(errors(control, undefined, [bare])[0]).toContain("can be set only if spec.controlPlane.machineInfrastructure is set");
});

test("how many workers are upgraded at once is a number from one [TOPO-032]", () => {
  const concurrency = (value: string) =>
    errors(changed(exampleCluster, { metadata: { annotations: { "topology.cluster.x-k8s.io/upgrade-concurrency": value } } }));
  expect(concurrency("2")).toEqual([]);
  expect(concurrency("0")[0]).toContain("value cannot be less than 1");
  expect(concurrency("two")[0]).toContain("could not parse the value of the annotation");
});

test("replicas are the autoscaler's or the user's [TOPO-033]", () => {
  const bounds = { annotations: { "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "5" } };
  expect(errors(workers({ class: "default", name: "a", metadata: bounds }))).toEqual([]);
  expect(errors(workers({ class: "default", name: "a", replicas: 1, metadata: bounds }))[0]).toContain(
    'spec.topology.workers.machineDeployments[a].replicas: Invalid value: 1: cannot be set for cluster "c" in namespace "n" if the same MachineDeploymentTopology has autoscaler annotations',
  );
});

const old: Cluster = changed(exampleCluster, {
  spec: {
    controlPlaneRef: {
      apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
      kind: "KubeadmControlPlane",
      name: "cp",
      namespace: "n",
    },
  },
});
const atVersion = (version: string): Cluster => changed(old, { spec: { topology: { version } } });
const controlPlane = (version: string, status?: string): KubeObject =>
  ({
    apiVersion: "controlplane.cluster.x-k8s.io/v1beta1",
    kind: "KubeadmControlPlane",
    metadata: { name: "cp", namespace: "n" },
    spec: { version },
    status: status === undefined ? {} : { version: status },
  }) as KubeObject;
const labelled = { "cluster.x-k8s.io/cluster-name": "c", "topology.cluster.x-k8s.io/owned": "" };
const deployment = (name: string, version: string): KubeObject =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "MachineDeployment",
    metadata: { name, namespace: "n", labels: labelled },
    spec: { clusterName: "c", selector: { matchLabels: { md: name } }, template: { spec: { version } } },
  }) as KubeObject;
const machine = (of: string, version: string): KubeObject =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: { name: `${of}-1`, namespace: "n", labels: { ...labelled, md: of } },
    spec: { version },
  }) as KubeObject;
const settled = [ready, controlPlane("v1.33.1", "v1.33.1"), deployment("a", "v1.33.1"), machine("a", "v1.33.1")];

test("a version moves up by one minor at most, and waits until the last move is over [TOPO-034]", () => {
  const change = (version: string, objects: readonly KubeObject[] = settled) => errors(atVersion(version), old, objects);
  expect(change("v1.33.1")).toEqual([]);
  expect(change("v1.34.9")).toEqual([]);
  expect(change("v1.33.0")[0]).toContain('version cannot be decreased from "1.33.1" to "1.33.0"');
  expect(change("v1.35.0")[0]).toContain('version cannot be increased from "1.33.1" to "1.35.0"');
  const held = (...objects: readonly KubeObject[]) => change("v1.34.0", [ready, ...objects])[0];
  expect(held()).toContain("failed to get control plane object");
  expect(held(controlPlane("v1.32.0"))).toContain("was not propagated to control plane yet (control plane version 1.32.0)");
  expect(held(controlPlane("v1.33.1"))).toContain("control plane is currently provisioning");
  expect(held(controlPlane("v1.33.1", "v1.32.0"))).toContain("control plane is still completing a previous upgrade");
  const control = controlPlane("v1.33.1", "v1.33.1");
  expect(held(control, deployment("a", "v1.32.0"))).toContain(
    "there are still MachineDeployments completing a previous upgrade: [a]",
  );
  expect(held(control, deployment("a", "v1.33.1"), machine("a", "v1.32.0"))).toContain("MachineDeployments completing");
  const pool = { ...deployment("p", "v1.32.0"), kind: "MachinePool" };
  expect(held(control, pool)).toContain("there are still MachinePools completing a previous upgrade: [p]");
});

test("build tags count as part of a version [TOPO-034]", () => {
  const tagged = changed(old, { spec: { topology: { version: "v1.33.1+vmware.2" } } });
  const objects = [ready, controlPlane("v1.33.1+vmware.2", "v1.33.1+vmware.2")];
  const change = (version: string) => errors(changed(tagged, { spec: { topology: { version } } }), tagged, objects);
  expect(change("v1.33.1+vmware.3")).toEqual([]);
  expect(change("v1.33.1+vmware.1")[0]).toContain("version cannot be decreased");
});

test("who knows better may skip the checks of a version, and is warned [TOPO-035]", () => {
  const mark = { "unsafe.topology.cluster.x-k8s.io/disable-update-version-check": "" };
  const forced = changed(atVersion("v1.30.0"), { metadata: { annotations: mark } });
  expect(errors(forced, old, settled)).toEqual([]);
  expect(warnings(forced, old, settled)[0]).toContain("Skipping version validation for Cluster");
});

test("an existing Cluster is not made a managed one, except by who says so [TOPO-036]", () => {
  const plain = changed(exampleCluster, { spec: { topology: undefined } });
  expect(errors(exampleCluster, plain)).toEqual(["spec.topology.class: Forbidden: class cannot be set on an existing Cluster"]);
  const mark = { "unsafe.topology.cluster.x-k8s.io/disable-update-class-name-check": "" };
  expect(errors(changed(exampleCluster, { metadata: { annotations: mark } }), plain)).toEqual([]);
});

test("a Cluster moves to another class only when both are there and of one kind [TOPO-037]", () => {
  const next = (changes: object = {}): ClusterClass =>
    reconciled(changed(exampleClass, { metadata: { name: "next" }, spec: changes }));
  const moved = changed(old, { spec: { topology: { class: "next" } } });
  expect(errors(moved, old, [...settled, next()])).toEqual([]);
  expect(errors(moved, old, [next(), ...settled.slice(1)])[0]).toContain(
    'change from class "n/class" to class "n/next" cannot be validated',
  );
  const other = next({ infrastructure: { ref: { ...infraRef, kind: "OtherTemplate" } } });
  expect(errors(moved, old, [...settled, other])[0]).toContain("apiVersion.kind cannot be changed");
});

test("health checks' templates without a namespace are the Cluster's own [TOPO-009]", () => {
  const remediationTemplate = { apiVersion: "a/v1", kind: "RTemplate", name: "r" };
  const bare = changed(workers({ class: "default", name: "a", machineHealthCheck: { remediationTemplate } }), {
    spec: { topology: { controlPlane: { machineHealthCheck: { remediationTemplate } } } },
  });
  const { topology } = admission.defaulted(bare, undefined, about(bare, undefined, [])).spec;
  expect(topology?.controlPlane?.machineHealthCheck?.remediationTemplate?.namespace).toBe("n");
  expect(topology?.workers?.machineDeployments?.[0]?.machineHealthCheck?.remediationTemplate?.namespace).toBe("n");
});
