import { expect, test } from "vitest";
import { ClusterClass, type ClusterClassVariable } from "../cluster/clusterclass.ts";
import { admissionOf, changed, relatedOf } from "../kind/admission.testing.ts";
import type { KubeObject } from "../meta/object.ts";
import { exampleClass, exampleCluster, infraRef } from "./examples.testing.ts";

const admission = admissionOf(ClusterClass);
const errors = (clusterClass: ClusterClass, old?: ClusterClass, objects: readonly KubeObject[] = [], gates = {}) =>
  admission.errors(clusterClass, old, {
    ...relatedOf(ClusterClass, objects, clusterClass, old),
    featureGates: gates,
  });
const withSpec = (changes: object): ClusterClass => changed(exampleClass, { spec: changes });
const withWorkers = (machineDeployments: readonly object[]) =>
  withSpec({ workers: { machineDeployments, machinePools: undefined } });
const [worker, checked] = exampleClass.spec.workers?.machineDeployments ?? [];
const using = (changes: object = {}): KubeObject =>
  changed(exampleCluster, { metadata: { namespace: "other" }, spec: { topology: { classNamespace: "n", ...changes } } });

test("a class that keeps all rules is taken [TOPO-010]", () => {
  expect(errors(exampleClass)).toEqual([]);
  expect(errors(exampleClass, undefined, [], { ClusterTopology: false })).toEqual([
    "spec: Forbidden: can be set only if the ClusterTopology feature flag is enabled",
  ]);
});

test("references without a namespace mean the class's own [TOPO-011]", () => {
  const strip = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(strip)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([key]) => key !== "namespace")
              .map(([key, inner]) => [key, strip(inner)]),
          )
        : value;
  const remediation = { apiVersion: "a/v1", kind: "RemediationTemplate", name: "r" };
  const full = withSpec({
    controlPlane: { machineHealthCheck: { remediationTemplate: { ...remediation, namespace: "n" } } },
    workers: {
      machineDeployments: [
        { ...worker, machineHealthCheck: { remediationTemplate: { ...remediation, namespace: "n" } } },
        checked,
      ],
    },
  });
  const bare = { ...full, spec: strip(full.spec) as ClusterClass["spec"] };
  expect(admission.defaulted(bare)).toEqual(full);
  expect(admission.defaulted(full)).toBe(full);
});

test("templates are named wholly, in the class's namespace, by kinds that are templates [TOPO-012] [TOPO-002]", () => {
  expect(errors(withSpec({ infrastructure: { ref: undefined } }))).toEqual([
    "spec.infrastructure.ref: Required value: template reference must be defined",
  ]);
  expect(errors(withSpec({ infrastructure: { ref: { name: "", namespace: "m", kind: "Template", apiVersion: "" } } }))).toEqual([
    "spec.infrastructure.ref.name: Required value: template name must be defined",
    'spec.infrastructure.ref.namespace: Invalid value: "m": template must be in the same namespace as the ClusterClass (n)',
    'spec.infrastructure.ref.kind: Invalid value: "Template": template kind must be of form "<name>Template"',
    "spec.infrastructure.ref.apiVersion: Required value: template apiVersion must be defined",
  ]);
  expect(errors(withSpec({ controlPlane: { ref: { apiVersion: "a/b/c" } } }))).toEqual([
    expect.stringContaining("spec.controlPlane.ref.apiVersion: Invalid value"),
  ]);
});

test("no two workers have one class name [TOPO-013]", () => {
  expect(errors(withWorkers([worker ?? {}, worker ?? {}]))).toEqual([
    'spec.workers.machineDeployments[1].class: Invalid value: "default": MachineDeployment class must be unique. MachineDeployment with class "default" is defined more than once',
  ]);
  const [pool] = exampleClass.spec.workers?.machinePools ?? [];
  expect(errors(withSpec({ workers: { machinePools: [pool, pool] } }))[0]).toContain("MachinePool class must be unique");
});

test("health checks keep the rules of those that stand alone, and a control plane's needs its machines' template [TOPO-014]", () => {
  expect(
    errors(withSpec({ controlPlane: { machineInfrastructure: undefined, machineHealthCheck: { nodeStartupTimeout: "5s" } } })),
  ).toEqual([
    'spec.controlPlane.machineHealthCheck.nodeStartupTimeout: Invalid value: "5s": must be at least 30s',
    "spec.controlPlane.machineHealthCheck.machineInfrastructure: Forbidden: can be set only if spec.controlPlane.machineInfrastructure is set",
  ]);
  expect(errors(withWorkers([{ ...worker, machineHealthCheck: { maxUnhealthy: "many" } }]))[0]).toContain(
    "spec.workers.machineDeployments[default].machineHealthCheck.maxUnhealthy",
  );
});

test("naming templates make names, with or without chance [TOPO-015]", () => {
  const named = (template: string) => errors(withSpec({ infrastructureNamingStrategy: { template } }));
  expect(named("{{ .cluster.name }}")).toEqual([]);
  expect(named("{{ .cluster.name }}-{{ .random }}")).toEqual([]);
  expect(named("{{ .nothing }}")[0]).toContain("invalid InfraCluster name template");
  expect(named("Upper-{{ .cluster.name }}")[0]).toContain("a lowercase RFC 1123 subdomain");
  const strategy = (template: string) => errors(withWorkers([{ ...worker, namingStrategy: { template } }]));
  expect(strategy("{{ .cluster.name }}-{{ .machineDeployment.topologyName }}")).toEqual([]);
  expect(strategy("{{ .machinePool.topologyName }}")[0]).toContain(
    "spec.workers.machineDeployments[default].namingStrategy.template",
  );
  expect(errors(withSpec({ controlPlane: { namingStrategy: { template: "{{ .x }}" } } }))[0]).toContain(
    "invalid ControlPlane name template",
  );
});

const variables = (...list: readonly Partial<ClusterClassVariable>[]) =>
  errors(
    withSpec({
      variables: list.map((variable) => ({
        name: "v",
        required: false,
        schema: { openAPIV3Schema: { type: "string" } },
        ...variable,
      })),
    }),
  );
const schema = (openAPIV3Schema: object) => variables({ schema: { openAPIV3Schema } as ClusterClassVariable["schema"] });
const place = "spec.variables[v].schema.openAPIV3Schema";

test("variables have names of their own, and metadata that labels could be [TOPO-016]", () => {
  expect(variables({ name: "" })).toEqual(["spec.variables[].name: Required value: variable name must be defined"]);
  expect(variables({ name: "builtin" })).toEqual([
    'spec.variables[builtin].name: Invalid value: "builtin": "builtin" is a reserved variable name',
  ]);
  expect(variables({ name: "a.b" })[0]).toContain('variable name cannot contain "."');
  expect(variables({}, {})[0]).toContain("variable name must be unique");
  expect(variables({ metadata: { labels: { a: "!" } } })[0]).toContain("spec.variables[v].metadata.labels");
  expect(schema({ type: "string", "x-metadata": { labels: { "a b": "c" } } })[0]).toContain(`${place}.x-metadata.labels`);
});

test("a variable's schema is structural, and its defaults, examples and enums are values it takes [TOPO-017] [TOPO-005]", () => {
  expect(
    schema({
      type: "object",
      properties: { size: { type: "integer", minimum: 1, default: 3, example: 5, enum: [3, 5] } },
      "x-kubernetes-validations": [{ rule: "self.size < 10", message: "too big" }],
    }),
  ).toEqual([]);
  expect(schema({ type: "null" })[0]).toContain(`${place}.type: Unsupported value: "null"`);
  expect(schema({ type: "object", properties: { a: {} } })[0]).toContain(`${place}.properties[a].type: Required value`);
  expect(schema({ type: "integer", default: "x" })[0]).toContain(`${place}.default`);
  expect(schema({ type: "integer", minimum: 1, example: 0 })[0]).toContain(`${place}.example: Invalid value`);
  expect(schema({ type: "integer", minimum: 1, enum: [1, 0] })[0]).toContain(`${place}.enum[1]: Invalid value`);
  expect(
    schema({ type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } })[0],
  ).toContain("additionalProperties and properties are mutually exclusive");
  expect(schema({ type: "string", "x-kubernetes-validations": [{ rule: "self > 1" }] })[0]).toContain(
    `${place}.x-kubernetes-validations[0].rule: Invalid value`,
  );
  const items = { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] };
  expect(schema({ type: "array", items })[0]).toContain("oldSelf cannot be used on the uncorrelatable portion");
  const rule = { rule: "true", message: "m".repeat(2049) };
  expect(schema({ type: "string", "x-kubernetes-validations": [rule] })[0]).toContain("maximum length of 2048");
});

const patch = (changes: object) =>
  errors(
    withSpec({
      patches: [
        {
          name: "p",
          definitions: [
            {
              selector: {
                apiVersion: infraRef.apiVersion,
                kind: infraRef.kind,
                matchResources: { machineDeploymentClass: { names: ["*"] } },
              },
              jsonPatches: [{ op: "add", path: "/spec/template/spec/flavor", value: "m1" }],
            },
          ],
          ...changes,
        },
      ],
    }),
  );
const jsonPatch = (changes: object) =>
  patch({
    definitions: [
      {
        selector: {
          apiVersion: infraRef.apiVersion,
          kind: infraRef.kind,
          matchResources: { controlPlane: true },
        },
        jsonPatches: [{ op: "add", path: "/spec/template/spec/flavor", ...changes }],
      },
    ],
  });
const selecting = (matchResources: object, kind: string = infraRef.kind) =>
  patch({
    definitions: [
      {
        selector: { apiVersion: infraRef.apiVersion, kind, matchResources },
        jsonPatches: [{ op: "remove", path: "/spec/a" }],
      },
    ],
  });

test("patches have names, and change the spec by what is known [TOPO-018] [TOPO-006]", () => {
  expect(patch({})).toEqual([]);
  expect(patch({ name: "" })[0]).toContain("patch name must be defined");
  expect(patch({ name: "inline" })[0]).toContain('"inline" can not be used as the name of a patch');
  expect(patch({ definitions: undefined })[0]).toContain("one of definitions or external must be defined");
  expect(patch({ enabledIf: "{{ if }}" })[0]).toContain("template can not be parsed");
  expect(jsonPatch({ value: 1, path: "/metadata/name" })[0]).toContain('jsonPatch path must start with "/spec/"');
  expect(jsonPatch({ value: 1, path: "/spec/list/0" })).toEqual([]);
  expect(jsonPatch({ value: 1, path: "/spec/list/-" })).toEqual([]);
  expect(jsonPatch({ value: 1, path: "/spec/list/1" })[0]).toContain('only be accessed using "0"');
  expect(jsonPatch({ value: 1, op: "replace", path: "/spec/list/0" })[0]).toContain("can not be accessed in a replace operation");
  expect(jsonPatch({})[0]).toContain("jsonPatch must define one of value or valueFrom");
  expect(jsonPatch({ value: 1, valueFrom: { variable: "image" } })[0]).toContain("can not define both value and valueFrom");
  expect(jsonPatch({ valueFrom: {} })[0]).toContain("valueFrom must set either template or variable");
  expect(jsonPatch({ valueFrom: { template: "{{ .image }", variable: "image" } })).toHaveLength(2);
  expect(jsonPatch({ valueFrom: { template: "{{ .image | upper }}" } })).toEqual([]);
  expect(jsonPatch({ valueFrom: { variable: "image.name[0]" } })).toEqual([]);
  expect(jsonPatch({ valueFrom: { variable: "unknown" } })[0]).toContain("variable with name unknown cannot be found");
  expect(jsonPatch({ valueFrom: { variable: "builtin.cluster.name" } })).toEqual([]);
  expect(jsonPatch({ valueFrom: { variable: "builtin.cluster.colour" } })[0]).toContain("not a defined builtin variable");
});

test("a patch selects templates that the class has [TOPO-019] [TOPO-007]", () => {
  expect(selecting({})[0]).toContain("no selector enabled");
  expect(selecting({ controlPlane: true })).toEqual([]);
  expect(selecting({ infrastructureCluster: true })[0]).toContain("does not match the infrastructure ref");
  expect(selecting({ infrastructureCluster: true }, "OpenStackClusterTemplate")).toEqual([]);
  expect(selecting({ controlPlane: true }, "Other")[0]).toContain("matches neither the controlPlane ref nor");
  for (const name of ["default", "*", "def*", "*ault"])
    expect(selecting({ machineDeploymentClass: { names: [name] } }), name).toEqual([]);
  expect(selecting({ machineDeploymentClass: { names: ["x*"] } })[0]).toContain("of a MachineDeployment class");
  expect(selecting({ machineDeploymentClass: { names: ["*a*"] } })[0]).toContain('a single "*" rune');
  expect(selecting({ machineDeploymentClass: { names: ["a*b"] } })[0]).toContain("beginning, or ending");
  expect(selecting({ machinePoolClass: { names: ["pool"] } }, "OpenStackMachinePoolTemplate")).toEqual([]);
  expect(selecting({ machinePoolClass: { names: ["pool"] } })[0]).toContain("of a MachinePool class");
});

test("patches from extensions need the gate and something to call [TOPO-020]", () => {
  const external = (settings: object, gates = {}) =>
    errors(withSpec({ patches: [{ name: "p", external: settings }] }), undefined, [], gates);
  expect(external({ generateExtension: "g" })).toEqual([]);
  expect(external({})[0]).toContain("one of validateExtension and generateExtension must be defined");
  expect(external({ generateExtension: "g" }, { RuntimeSDK: false })[0]).toContain("RuntimeSDK feature flag");
});

test("templates may change their version and name, not what they are; bootstrap may [TOPO-021]", () => {
  const moved = withSpec({ infrastructure: { ref: { apiVersion: "infrastructure.cluster.x-k8s.io/v1", name: "new" } } });
  expect(errors(moved, exampleClass)).toEqual([]);
  const other = withSpec({ infrastructure: { ref: { apiVersion: "other.io/v1beta1", kind: "OtherTemplate" } } });
  expect(errors(other, exampleClass)).toEqual([
    'spec.infrastructure.ref.apiVersion: Forbidden: apiVersion.group cannot be changed from "infrastructure.cluster.x-k8s.io" to "other.io" to prevent incompatible changes in the Clusters',
    'spec.infrastructure.ref.kind: Forbidden: apiVersion.kind cannot be changed from "OpenStackClusterTemplate" to "OtherTemplate" to prevent incompatible changes in the Clusters',
  ]);
  const boot = { ref: { ...infraRef, kind: "TalosConfigTemplate", apiVersion: "talos.dev/v1" } };
  expect(errors(withWorkers([{ ...worker, template: { ...worker?.template, bootstrap: boot } }]), exampleClass)).toEqual([]);
});

test("what Clusters use cannot be taken from their class [TOPO-022]", () => {
  const without = withWorkers([checked ?? {}]);
  expect(errors(without, exampleClass)).toEqual([]);
  expect(errors(without, exampleClass, [using()])).toEqual([
    'spec.workers.machineDeployments: Forbidden: MachineDeploymentClass "default" cannot be deleted because it is used by Cluster "c"',
    'spec.workers.machinePools: Forbidden: MachinePoolClass "pool" cannot be deleted because it is used by Cluster "c"',
  ]);
  const unchecked = withSpec({ workers: { machineDeployments: [worker, { ...checked, machineHealthCheck: undefined }] } });
  const relying = using({
    workers: { machineDeployments: [{ class: "checked", name: "a", machineHealthCheck: { enable: true } }] },
  });
  expect(errors(unchecked, exampleClass, [relying])[0]).toContain(
    'spec.workers.machineDeployments[checked].machineHealthCheck: Forbidden: MachineHealthCheck cannot be deleted because it is used by Cluster(s) "c"',
  );
  const own = using({
    workers: { machineDeployments: [{ class: "checked", name: "a", machineHealthCheck: { enable: true, maxUnhealthy: 1 } }] },
  });
  expect(errors(unchecked, exampleClass, [own])).toEqual([]);
  const bounds = { annotations: { "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "1" } };
  const scaled = withSpec({
    workers: { machineDeployments: [{ ...worker, template: { ...worker?.template, metadata: bounds } }, checked] },
  });
  const fixed = using({ workers: { machineDeployments: [{ class: "default", name: "a", replicas: 2 }] } });
  expect(errors(scaled, exampleClass, [fixed])[0]).toContain("has autoscaler annotations");
});

test("a class that a Cluster of any namespace uses is not deleted [TOPO-023]", () => {
  const about = (objects: readonly KubeObject[]) =>
    ClusterClass.forbidDelete?.(exampleClass, {
      operation: "DELETE",
      dryRun: false,
      old: exampleClass,
      ...relatedOf(ClusterClass, objects, exampleClass, exampleClass),
    });
  expect(about([exampleCluster, using()])).toBe("ClusterClass cannot be deleted because it is used by Cluster(s): n/c, other/c");
  expect(about([changed(exampleCluster, { metadata: { namespace: "other" } })])).toBeUndefined();
});
