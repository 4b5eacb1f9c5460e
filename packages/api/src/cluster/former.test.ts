import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClusterResourceSet } from "../addons/clusterresourceset.ts";
import { ClusterResourceSetBinding } from "../addons/clusterresourcesetbinding.ts";
import { arbitraryOf } from "../kind/arbitrary.testing.ts";
import type { Kind } from "../kind/kind.ts";
import { dataAnnotation } from "../kind/restore.ts";
import type { UnstructuredObject } from "../meta/object.ts";
import { Cluster } from "./cluster.ts";
import { ClusterClass } from "./clusterclass.ts";
import { Machine } from "./machine.ts";
import { MachineDeployment } from "./machinedeployment.ts";
import { MachineHealthCheck } from "./machinehealthcheck.ts";
import { MachinePool } from "./machinepool.ts";
import { MachineSet } from "./machineset.ts";
import "../../../../scripts/propertyseed.ts";

const kinds = [
  ...[Cluster, ClusterClass, Machine, MachineSet, MachineDeployment, MachineHealthCheck, MachinePool],
  ...[ClusterResourceSet, ClusterResourceSetBinding],
] as readonly Kind[];

const convert = (kind: Kind, object: UnstructuredObject, version: string): UnstructuredObject => {
  const converted = kind.convert?.(object, version);
  if (converted === undefined) throw new Error(`${kind.kind} does not convert`);
  // As it travels.
  return JSON.parse(JSON.stringify(converted));
};
const created = "2021-03-04T05:06:07Z";
const objectOf = (kind: Kind, version: string, parts: object): UnstructuredObject => ({
  apiVersion: `${kind.group}/${version}`,
  kind: kind.kind,
  metadata: { name: "a", namespace: "n", creationTimestamp: created, annotations: { mine: "stays" } },
  ...parts,
});
const objects = (kind: Kind): fc.Arbitrary<UnstructuredObject> => {
  const { spec = {}, status } = kind.schema?.properties ?? {};
  const parts = { spec: arbitraryOf(spec), ...(status === undefined ? {} : { status: arbitraryOf(status) }) };
  return fc
    .record(parts, { requiredKeys: ["spec"], noNullPrototype: true })
    .map((made) => JSON.parse(JSON.stringify(objectOf(kind, "v1beta1", made))));
};

const versions = kinds.flatMap((kind) => (kind.formerVersions ?? []).map(({ name }) => [kind.kind, name, kind] as const));

describe.each(versions)("%s of %s", (_name, version, kind) => {
  test("comes back as it was, whatever the former version could not say [CORE-018]", () => {
    fc.assert(
      fc.property(objects(kind), (object) => {
        const former = convert(kind, object, version);
        expect(former.apiVersion).toBe(`${kind.group}/${version}`);
        const { metadata: _metadata, ...rest } = object;
        expect(JSON.parse(former.metadata.annotations?.[dataAnnotation] ?? "")).toEqual(rest);
        expect(convert(kind, former, "v1beta1")).toEqual(object);
      }),
      { numRuns: 25 },
    );
  });
});

/** What is there of each kind only today, and is not seen in the former version. */
const newer: readonly (readonly [Kind, string, { readonly now: object; readonly before: object }])[] = [
  [
    Cluster,
    "v1alpha4",
    {
      now: {
        spec: {
          paused: true,
          availabilityGates: [{ conditionType: "A" }],
          topology: {
            class: "c",
            classNamespace: "classes",
            version: "v1.30.0",
            variables: [{ name: "v", value: 1 }],
            controlPlane: { replicas: 3, nodeDrainTimeout: "1m", variables: { overrides: [] } },
            workers: {
              machineDeployments: [{ class: "w", name: "md", replicas: 2, failureDomain: "az1", minReadySeconds: 3 }],
              machinePools: [{ class: "p", name: "mp" }],
            },
          },
        },
        status: { phase: "Provisioned", v1beta2: {} },
      },
      before: {
        spec: {
          paused: true,
          topology: {
            class: "c",
            version: "v1.30.0",
            controlPlane: { replicas: 3 },
            workers: { machineDeployments: [{ class: "w", name: "md", replicas: 2 }] },
          },
        },
        status: { phase: "Provisioned" },
      },
    },
  ],
  [
    Cluster,
    "v1alpha3",
    {
      now: {
        spec: { topology: { class: "c", version: "v1.30.0" } },
        status: { conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: created }] },
      },
      before: {
        spec: {},
        status: {
          conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: created }],
          controlPlaneInitialized: true,
        },
      },
    },
  ],
  [
    ClusterClass,
    "v1alpha4",
    {
      now: {
        spec: {
          variables: [],
          patches: [],
          controlPlane: { ref: { name: "cp" }, namingStrategy: {}, nodeDeletionTimeout: "1s" },
          workers: { machineDeployments: [{ class: "w", template: {}, strategy: {} }], machinePools: [] },
        },
        status: { observedGeneration: 1 },
      },
      before: {
        spec: { controlPlane: { ref: { name: "cp" } }, workers: { machineDeployments: [{ class: "w", template: {} }] } },
      },
    },
  ],
  [
    Machine,
    "v1alpha3",
    {
      now: {
        spec: { clusterName: "c", nodeDrainTimeout: "1m", nodeDeletionTimeout: "10s", nodeVolumeDetachTimeout: "1m" },
        status: { phase: "Running", nodeInfo: {}, certificatesExpiryDate: created, deletion: {} },
      },
      before: { spec: { clusterName: "c", nodeDrainTimeout: "1m" }, status: { phase: "Running" } },
    },
  ],
  [
    MachineSet,
    "v1alpha3",
    {
      now: {
        spec: { replicas: 1, machineNamingStrategy: {}, template: { spec: { version: "v1.30.0", readinessGates: [] } } },
        status: { replicas: 1, conditions: [] },
      },
      before: { spec: { replicas: 1, template: { spec: { version: "v1.30.0" } } }, status: { replicas: 1 } },
    },
  ],
  [
    MachineDeployment,
    "v1alpha3",
    {
      now: {
        spec: {
          rolloutAfter: created,
          strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: 1, deletePolicy: "Oldest" },
            remediation: { maxInFlight: 1 },
          },
        },
        status: { conditions: [] },
      },
      before: { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } }, status: {} },
    },
  ],
  [
    MachineHealthCheck,
    "v1alpha3",
    { now: { spec: { clusterName: "c", unhealthyRange: "[1-2]" } }, before: { spec: { clusterName: "c" } } },
  ],
  [
    ClusterResourceSetBinding,
    "v1alpha4",
    { now: { spec: { clusterName: "c", bindings: [] } }, before: { spec: { bindings: [] } } },
  ],
];
test.each(newer)("%o in %s has no field that came later [CORE-018]", (kind, version, { now, before }) => {
  const former = convert(kind, objectOf(kind, "v1beta1", now), version);
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...parts } = former;
  expect(parts).toEqual(before);
  expect(convert(kind, former, "v1beta1")).toEqual(objectOf(kind, "v1beta1", now));
});

test("what was changed in the former version stays changed [CORE-018]", () => {
  const workers = (...names: readonly string[]) => ({
    machineDeployments: names.map((name) => ({ class: "w", name, failureDomain: `of-${name}` })),
  });
  const now = objectOf(Cluster, "v1beta1", {
    spec: { topology: { class: "c", version: "v1.30.0", workers: workers("a", "b") } },
  });
  const former = convert(Cluster as Kind, now, "v1alpha4");
  const changed = {
    ...former,
    spec: {
      topology: {
        class: "c",
        version: "v1.31.0",
        workers: {
          machineDeployments: [
            { class: "w", name: "new" },
            { class: "w", name: "b" },
          ],
        },
      },
    },
  };
  expect(convert(Cluster as Kind, changed, "v1beta1").spec).toEqual({
    topology: {
      class: "c",
      version: "v1.31.0",
      workers: {
        machineDeployments: [
          { class: "w", name: "new" },
          { class: "w", name: "b", failureDomain: "of-b" },
        ],
      },
    },
  });
  const { topology: _gone, ...spec } = changed.spec;
  expect(convert(Cluster as Kind, { ...changed, spec }, "v1beta1").spec).toEqual({});
});

test("what only the former version had goes, or takes its form of today [CORE-018]", () => {
  const cluster = objectOf(Cluster, "v1alpha3", { spec: {}, status: { controlPlaneInitialized: true } });
  expect(convert(Cluster as Kind, cluster, "v1beta1").status).toEqual({
    conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime: created }],
  });
  const machine = objectOf(Machine, "v1alpha3", {
    spec: { clusterName: "c", bootstrap: { data: "secret", dataSecretName: "s" } },
    status: { version: "v1.17.3", phase: "Running" },
  });
  expect(convert(Machine as Kind, machine, "v1beta1")).toEqual(
    objectOf(Machine, "v1beta1", {
      spec: { clusterName: "c", bootstrap: { dataSecretName: "s" } },
      status: { phase: "Running" },
    }),
  );
  const template = {
    metadata: { name: "n", generateName: "g", labels: { l: "v" }, ownerReferences: [] },
    spec: { bootstrap: {} },
  };
  const set = objectOf(MachineSet, "v1alpha3", { spec: { template } });
  expect(convert(MachineSet as Kind, set, "v1beta1").spec).toEqual({
    template: { metadata: { labels: { l: "v" } }, spec: { bootstrap: {} } },
  });
  const pool = objectOf(MachinePool, "v1alpha3", { spec: { strategy: {}, replicas: 1 } });
  const leaving = { ...pool, metadata: { ...pool.metadata, finalizers: ["machinepool.exp.cluster.x-k8s.io"] } };
  const made = convert(MachinePool as Kind, leaving, "v1beta1");
  expect(made.spec).toEqual({ replicas: 1 });
  expect(made.metadata.finalizers).toEqual(["machinepool.cluster.x-k8s.io"]);
  expect(convert(MachinePool as Kind, made, "v1alpha3").metadata.finalizers).toEqual(["machinepool.exp.cluster.x-k8s.io"]);
  expect(convert(MachinePool as Kind, made, "v1alpha4").metadata.finalizers).toEqual(["machinepool.cluster.x-k8s.io"]);
});

test("former versions convert into each other by way of today's [CORE-018]", () => {
  const now = objectOf(Machine, "v1beta1", {
    spec: { clusterName: "c", nodeDeletionTimeout: "9s" },
    status: { nodeInfo: { a: 1 } },
  });
  const first = convert(Machine as Kind, now, "v1alpha3");
  const second = convert(Machine as Kind, first, "v1alpha4");
  expect(second).toMatchObject({ apiVersion: "cluster.x-k8s.io/v1alpha4", status: { nodeInfo: { a: 1 } } });
  expect(second.spec).toEqual({ clusterName: "c" });
  expect(convert(Machine as Kind, second, "v1beta1")).toEqual(now);
});

test("data that is no object is told, not lost [CORE-018]", () => {
  const spoilt = objectOf(Machine, "v1alpha4", { spec: {} });
  const metadata = { ...spoilt.metadata, annotations: { [dataAnnotation]: "7" } };
  expect(() => convert(Machine as Kind, { ...spoilt, metadata }, "v1beta1")).toThrow(
    "conversion-data of Machine a holds no object",
  );
});
