import { createCertificateRequest } from "@slipway/api/pki/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { wireTo } from "../testing/wire.ts";

/** Kinds that no program of ours reads field by field: what kubectl prints of them, over the wire, and the rules of each. */

let api: KubernetesApi;
beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
  });
});
afterAll(() => api.close());
const wire = wireTo(() => api.server);

const core = "/api/v1/namespaces/default/";
const of = (group: string, plural: string): string => `/apis/${group}/${plural}`;
const within = (group: string, plural: string): string => `/apis/${group}/namespaces/default/${plural}`;
const template = {
  metadata: { labels: { a: "b" } },
  spec: {
    containers: [
      { name: "c1", image: "i1" },
      { name: "c2", image: "i2" },
    ],
  },
};
const selector = { matchLabels: { a: "b" } };
const hours = (count: number): string => `${new Date(Date.now() - count * 3_600_000).toISOString().slice(0, 19)}Z`;

/** A live object, its status as a controller would have written it, and the cells of all columns. */
interface Printed {
  readonly of: string;
  readonly path: string;
  readonly body: object;
  readonly status?: object;
  readonly cells: readonly unknown[];
}
const age = "<age>";

const printed: readonly Printed[] = [
  { of: "a service account [API-086]", path: `${core}serviceaccounts`, body: { secrets: [{ name: "s" }] }, cells: [1, age] },
  { of: "a pod template [API-094]", path: `${core}podtemplates`, body: { template }, cells: ["c1,c2", "i1,i2", "a=b"] },
  {
    of: "a replication controller [API-094]",
    path: `${core}replicationcontrollers`,
    body: { spec: { replicas: 3, selector: { a: "b" }, template } },
    status: { replicas: 2, readyReplicas: 1 },
    cells: [3, 2, 1, age, "c1,c2", "i1,i2", "a=b"],
  },
  {
    of: "a volume [API-095]",
    path: "/api/v1/persistentvolumes",
    body: {
      spec: {
        capacity: { storage: "10Gi" },
        accessModes: ["ReadWriteOnce", "ReadWriteMany"],
        claimRef: { namespace: "team", name: "data" },
        storageClassName: "fast",
        hostPath: { path: "/x" },
      },
    },
    status: { phase: "Failed", reason: "NoRoom" },
    cells: ["10Gi", "RWO,RWX", "Retain", "Failed", "team/data", "fast", "<unset>", "NoRoom", age, "Filesystem"],
  },
  {
    of: "a claim [API-096]",
    path: `${core}persistentvolumeclaims`,
    body: {
      spec: {
        accessModes: ["ReadWriteOncePod"],
        storageClassName: "fast",
        volumeName: "v",
        resources: { requests: { storage: "5Gi" } },
      },
    },
    status: { phase: "Bound", capacity: { storage: "10Gi" }, accessModes: ["ReadWriteOncePod"] },
    cells: ["Bound", "v", "10Gi", "RWOP", "fast", "<unset>", age, "Filesystem"],
  },
  {
    of: "a quota [API-097]",
    path: `${core}resourcequotas`,
    body: { spec: { hard: { memory: "1Gi", cpu: "1", "limits.cpu": "2" } } },
    status: { hard: { memory: "1Gi", cpu: "1", "limits.cpu": "2" }, used: { cpu: "0", memory: "0", "limits.cpu": "500m" } },
    cells: ["cpu: 0/1, memory: 0/1Gi", "limits.cpu: 500m/2", age],
  },
  {
    of: "a limit range [API-097]",
    path: `${core}limitranges`,
    body: { spec: { limits: [{ type: "Pod" }] } },
    cells: ["<created>"],
  },
  {
    of: "a replica set [API-100]",
    path: within("apps/v1", "replicasets"),
    body: { spec: { replicas: 3, selector, template } },
    status: { replicas: 2, readyReplicas: 1 },
    cells: [3, 2, 1, age, "c1,c2", "i1,i2", "a=b"],
  },
  {
    of: "a stateful set [API-101]",
    path: within("apps/v1", "statefulsets"),
    body: { spec: { serviceName: "s", replicas: 3, selector, template } },
    status: { replicas: 2, readyReplicas: 1 },
    cells: ["1/3", age, "c1,c2", "i1,i2"],
  },
  {
    of: "a daemon set [API-102]",
    path: within("apps/v1", "daemonsets"),
    body: {
      spec: { selector, template: { ...template, spec: { ...template.spec, nodeSelector: { "kubernetes.io/os": "linux" } } } },
    },
    status: {
      desiredNumberScheduled: 5,
      currentNumberScheduled: 4,
      numberReady: 3,
      updatedNumberScheduled: 2,
      numberAvailable: 1,
      numberMisscheduled: 0,
    },
    cells: [5, 4, 3, 2, 1, "kubernetes.io/os=linux", age, "c1,c2", "i1,i2", "a=b"],
  },
  {
    of: "a revision, with who made it [API-103]",
    path: within("apps/v1", "controllerrevisions"),
    body: {
      metadata: {
        ownerReferences: [{ apiVersion: "other.example.com/v1", kind: "Maker", name: "d", uid: "elsewhere", controller: true }],
      },
      data: { spec: {} },
      revision: 7,
    },
    cells: ["maker.other.example.com/d", 7, age],
  },
  {
    of: "a job that ended [API-104]",
    path: within("batch/v1", "jobs"),
    body: {
      spec: {
        completions: 3,
        parallelism: 2,
        selector,
        template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } },
      },
    },
    status: {
      succeeded: 3,
      startTime: "2026-01-01T00:00:00Z",
      completionTime: "2026-01-01T00:01:05Z",
      conditions: [{ type: "Complete", status: "True" }],
    },
    cells: ["Complete", "3/3", "65s", age, "c1,c2", "i1,i2", "a=b"],
  },
  {
    of: "a cron job [API-105]",
    path: within("batch/v1", "cronjobs"),
    body: { spec: { schedule: "5 4 * * *", timeZone: "Asia/Tokyo", jobTemplate: { spec: { template } } } },
    status: { active: [{ kind: "Job", name: "j" }], lastScheduleTime: hours(5) },
    cells: ["5 4 * * *", "Asia/Tokyo", "False", 1, "5h", age, "c1,c2", "i1,i2", "<none>"],
  },
  {
    of: "an autoscaler, each target with what it is now [API-106]",
    path: within("autoscaling/v2", "horizontalpodautoscalers"),
    body: {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        maxReplicas: 5,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
          { type: "Pods", pods: { metric: { name: "hits" }, target: { type: "AverageValue", averageValue: "10" } } },
        ],
      },
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 2,
      conditions: [],
      currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 12, averageValue: "1" } } }],
    },
    cells: ["Deployment/web", "cpu: 12%/80%, memory: <unknown>/1Gi + 1 more...", "1", 5, 2, age],
  },
  {
    of: "a lease [API-107]",
    path: within("coordination.k8s.io/v1", "leases"),
    body: { spec: { holderIdentity: "me", leaseDurationSeconds: 15 } },
    cells: ["me", age],
  },
  {
    of: "an endpoint slice, long lists cut [API-109]",
    path: within("discovery.k8s.io/v1", "endpointslices"),
    body: {
      addressType: "IPv4",
      ports: [{ port: 80 }, { name: "b", port: 81 }],
      endpoints: [1, 2, 3, 4, 5].map((last) => ({ addresses: [`10.0.0.${last}`] })),
    },
    cells: ["IPv4", "80,81", "10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...", age],
  },
  {
    of: "an ingress for whatever host [API-110]",
    path: within("networking.k8s.io/v1", "ingresses"),
    body: { spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } },
    cells: ["<none>", "*", "", "80", age],
  },
  {
    of: "an ingress for many hosts, with TLS [API-110]",
    path: within("networking.k8s.io/v1", "ingresses"),
    body: {
      spec: {
        ingressClassName: "nginx",
        tls: [{}],
        rules: ["a", "b", "c", "d"].map((name) => ({ host: `${name}.example.com` })),
      },
    },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "lb.example.com" }] } },
    cells: ["nginx", "a.example.com,b.example.com,c.example.com + 1 more...", "192.0.2.1,lb.example.com", "80, 443", age],
  },
  {
    of: "an ingress class [API-110]",
    path: of("networking.k8s.io/v1", "ingressclasses"),
    body: { spec: { controller: "example.com/c", parameters: { apiGroup: "example.com", kind: "Params", name: "p" } } },
    cells: ["example.com/c", "Params.example.com/p", age],
  },
  {
    of: "a network policy [API-110]",
    path: within("networking.k8s.io/v1", "networkpolicies"),
    body: { spec: { podSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["b", "a"] }] } } },
    cells: ["tier in (a,b)", age],
  },
  {
    of: "an address [API-110]",
    path: of("networking.k8s.io/v1", "ipaddresses"),
    body: { spec: { parentRef: { resource: "services", namespace: "default", name: "s" } } },
    cells: ["services/default/s"],
  },
  {
    of: "a range of service addresses [API-110]",
    path: of("networking.k8s.io/v1", "servicecidrs"),
    body: { spec: { cidrs: ["10.96.0.0/12", "fd00::/112"] } },
    cells: ["10.96.0.0/12,fd00::/112", age],
  },
  {
    of: "a disruption budget [API-111]",
    path: within("policy/v1", "poddisruptionbudgets"),
    body: { spec: { maxUnavailable: "25%", selector } },
    status: { disruptionsAllowed: 2, currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 },
    cells: ["N/A", "25%", 2, age],
  },
  {
    of: "a role [API-112]",
    path: within("rbac.authorization.k8s.io/v1", "roles"),
    body: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    cells: ["<created>"],
  },
  {
    of: "a binding, with its subjects [API-112]",
    path: of("rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    body: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [
        { kind: "User", name: "ann" },
        { kind: "User", name: "ben" },
        { kind: "Group", name: "team" },
        { kind: "ServiceAccount", namespace: "default", name: "bot" },
      ],
    },
    cells: ["ClusterRole/view", age, "ann, ben", "team", "default/bot"],
  },
  {
    of: "a runtime class [API-113]",
    path: of("node.k8s.io/v1", "runtimeclasses"),
    body: { handler: "runsc" },
    cells: ["runsc", age],
  },
  {
    of: "a priority class [API-113]",
    path: of("scheduling.k8s.io/v1", "priorityclasses"),
    body: { value: 1000, globalDefault: true },
    cells: [1000, "true", age, "PreemptLowerPriority"],
  },
  {
    of: "a storage class [API-114]",
    path: of("storage.k8s.io/v1", "storageclasses"),
    body: { provisioner: "cinder.csi.openstack.org", allowVolumeExpansion: true },
    cells: ["cinder.csi.openstack.org", "Delete", "Immediate", "true", age],
  },
  {
    of: "a CSI driver [API-114]",
    path: of("storage.k8s.io/v1", "csidrivers"),
    body: {
      spec: { podInfoOnMount: true, volumeLifecycleModes: ["Persistent", "Ephemeral"], tokenRequests: [{ audience: "a" }] },
    },
    cells: ["true", "true", "false", "a", "false", "Persistent,Ephemeral", age],
  },
  {
    of: "a CSI node [API-114]",
    path: of("storage.k8s.io/v1", "csinodes"),
    body: { spec: { drivers: [{ name: "d", nodeID: "n" }] } },
    cells: [1, age],
  },
  {
    of: "a volume attachment [API-114]",
    path: of("storage.k8s.io/v1", "volumeattachments"),
    body: { spec: { attacher: "cinder", nodeName: "n1", source: { persistentVolumeName: "v1" } } },
    status: { attached: true },
    cells: ["cinder", "v1", "n1", "true", age],
  },
  {
    of: "a storage capacity [API-114]",
    path: within("storage.k8s.io/v1", "csistoragecapacities"),
    body: { storageClassName: "fast", capacity: "1Ti" },
    cells: ["fast", "1Ti"],
  },
  {
    of: "a volume attributes class [API-114]",
    path: of("storage.k8s.io/v1", "volumeattributesclasses"),
    body: { driverName: "d", parameters: { iops: "1" } },
    cells: ["d", age],
  },
  {
    of: "a webhook configuration [API-115]",
    path: of("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"),
    body: { webhooks: [] },
    cells: [0, age],
  },
  {
    of: "an admission policy [API-115]",
    path: of("admissionregistration.k8s.io/v1", "validatingadmissionpolicies"),
    body: {
      spec: {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: {
          resourceRules: [{ operations: ["CREATE"], apiGroups: ["none.example.com"], apiVersions: ["*"], resources: ["*"] }],
        },
        validations: [{ expression: "true" }, { expression: "1 == 1" }],
      },
    },
    cells: [2, "v1/ConfigMap", age],
  },
  {
    of: "a binding of an admission policy [API-115]",
    path: of("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings"),
    body: { spec: { policyName: "p", validationActions: ["Deny"] } },
    cells: ["p", "<unset>", age],
  },
  {
    of: "a definition of a custom resource [API-116]",
    path: of("apiextensions.k8s.io/v1", "customresourcedefinitions"),
    body: {
      metadata: { name: "lamps.example.com" },
      spec: {
        group: "example.com",
        scope: "Cluster",
        names: { plural: "lamps", kind: "Lamp" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    },
    cells: ["<created>"],
  },
  {
    of: "a flow schema [API-120]",
    path: of("flowcontrol.apiserver.k8s.io/v1", "flowschemas"),
    body: {
      spec: { priorityLevelConfiguration: { name: "low" }, matchingPrecedence: 50, distinguisherMethod: { type: "ByUser" } },
    },
    status: { conditions: [{ type: "Dangling", status: "False" }] },
    cells: ["low", 50, "ByUser", age, "False"],
  },
  {
    of: "a priority level [API-120]",
    path: of("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations"),
    body: {
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 20,
          limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } },
        },
      },
    },
    cells: ["Limited", 20, 64, 6, 50, age],
  },
];

const asTable = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

let count = 0;
for (const { of: what, path, body, status, cells } of printed)
  test(`prints ${what}`, async () => {
    count += 1;
    const given = body as { readonly metadata?: { readonly name?: string } };
    const name = given.metadata?.name ?? `x${count}`;
    const made = await wire("POST", path, { ...body, metadata: { name, ...given.metadata } });
    expect(made.status, made.text).toBe(201);
    if (status !== undefined) {
      const told = await wire.patch(`${path}/${name}/status`, "merge-patch+json", { status });
      expect(told.status, told.text).toBe(200);
    }
    const { body: table } = await wire("GET", `${path}/${name}`, undefined, asTable);
    const names: readonly string[] = table.columnDefinitions.map((column: { name: string }) => column.name);
    const seen = table.rows[0].cells.map((cell: unknown, at: number) => {
      if (names[at] === "Age") return /^\d+s$/.test(String(cell)) ? age : cell;
      return names[at] === "Created At" && rfc3339.test(String(cell)) ? "<created>" : cell;
    });
    expect(seen).toEqual([name, ...cells]);
    const listed = await wire("GET", path, undefined, asTable);
    expect(listed.body.rows.some(({ object }: { object: { metadata: { name: string } } }) => object.metadata.name === name)).toBe(
      true,
    );
  });

describe("rules of single kinds", () => {
  const create = async (path: string, body: object): Promise<void> => {
    const made = await wire("POST", path, body);
    expect(made.status, made.text).toBe(201);
  };
  const merge = (path: string, body: object) => wire.patch(path, "merge-patch+json", body);
  const pvc = `${core}persistentvolumeclaims`;
  const claim = (name: string, more: object = {}) => ({
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
  });
  const podOn = (name: string, nodeName: string | undefined, claimName: string) => ({
    metadata: { name },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: [{ name: "a", image: "b" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
    },
  });

  test("deleting a service account answers the account [API-086]", async () => {
    await create(`${core}serviceaccounts`, { metadata: { name: "gone" } });
    expect((await wire("DELETE", `${core}serviceaccounts/gone`)).body).toMatchObject({
      kind: "ServiceAccount",
      metadata: { name: "gone" },
    });
  });

  test("those with replicas can be chosen by how many there are, and scaled [API-094] [API-100] [API-101]", async () => {
    for (const [path, own] of [
      [`${core}replicationcontrollers`, { a: "b" }],
      [within("apps/v1", "replicasets"), selector],
      [within("apps/v1", "statefulsets"), selector],
    ] as const) {
      await create(path, { metadata: { name: "many" }, spec: { serviceName: "s", replicas: 1, selector: own, template } });
      await merge(`${path}/many/status`, { status: { replicas: 41 } });
      const scaled = await merge(`${path}/many/scale`, { spec: { replicas: 9 } });
      expect(scaled.body).toMatchObject({ kind: "Scale", spec: { replicas: 9 }, status: { replicas: 41, selector: "a=b" } });
      expect((await wire("GET", `${path}/many`)).body.spec.replicas).toBe(9);
      if (path.endsWith("statefulsets")) continue;
      const chosen = await wire("GET", `${path}?fieldSelector=status.replicas%3D41`);
      expect(chosen.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(["many"]);
    }
  });

  test("a volume that a claim holds waits with its end until it is let go [API-095]", async () => {
    const path = "/api/v1/persistentvolumes";
    const volume = { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } } };
    for (const name of ["bound", "free"]) await create(path, { metadata: { name }, ...volume });
    expect((await wire("GET", `${path}/bound`)).body.metadata.finalizers).toEqual(["kubernetes.io/pv-protection"]);
    await merge(`${path}/bound/status`, { status: { phase: "Bound" } });
    await wire("DELETE", `${path}/bound`);
    await wire("DELETE", `${path}/free`);
    await api.settled();
    expect((await wire("GET", `${path}/free`)).status).toBe(404);
    const { body } = await wire("GET", `${path}/bound`, undefined, asTable);
    expect(body.rows[0].cells[4]).toBe("Terminating");
    await merge(`${path}/bound/status`, { status: { phase: "Released" } });
    await api.settled();
    expect((await wire("GET", `${path}/bound`)).status).toBe(404);
  });

  test("a claim that a running pod uses waits for the pod; one that nobody uses goes at once [API-096]", async () => {
    for (const name of ["used", "unused"]) await create(pvc, claim(name));
    await create(`${core}pods`, podOn("user", "n1", "used"));
    await create(`${core}pods`, podOn("waits", undefined, "unused"));
    await wire("DELETE", `${pvc}/used`);
    await wire("DELETE", `${pvc}/unused`);
    await api.settled();
    expect((await wire("GET", `${pvc}/unused`)).status).toBe(404);
    expect((await wire("GET", `${pvc}/used`)).body.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    await merge(`${core}pods/user/status`, { status: { phase: "Succeeded" } });
    await api.settled();
    expect((await wire("GET", `${pvc}/used`)).status).toBe(404);
  });

  test("a claim keeps what it asked for but for room, and is bound once [API-096]", async () => {
    await create(pvc, claim("fixed"));
    const grown = await merge(`${pvc}/fixed`, { spec: { resources: { requests: { storage: "2Gi" } } } });
    expect(grown.body.spec.resources.requests.storage).toBe("2Gi");
    expect((await merge(`${pvc}/fixed`, { spec: { volumeName: "v1" } })).status).toBe(200);
    for (const spec of [{ volumeName: "v2" }, { accessModes: ["ReadOnlyMany"] }, { storageClassName: "x" }]) {
      const refused = await merge(`${pvc}/fixed`, { spec });
      expect(refused.status).toBe(422);
      expect(refused.body.message).toContain("spec: Forbidden: spec is immutable after creation except resources.requests");
    }
  });

  test("a namespace ends though it held claims [API-096] [API-172]", async () => {
    await create("/api/v1/namespaces", { metadata: { name: "short" } });
    const there = "/api/v1/namespaces/short/";
    await create(`${there}persistentvolumeclaims`, claim("data"));
    await create(`${there}pods`, podOn("p", "n1", "data"));
    await wire("DELETE", "/api/v1/namespaces/short");
    await api.settled();
    // Its kubelet lets the pod go, and with it the claim.
    expect((await wire("GET", "/api/v1/namespaces/short")).body.status.phase).toBe("Terminating");
    await wire("DELETE", `${there}pods/p`, { gracePeriodSeconds: 0 });
    await api.settled();
    expect((await wire("GET", "/api/v1/namespaces/short")).status).toBe(404);
  });

  test("a quota and a limit range are kept and bind nobody [API-097]", async () => {
    await create("/api/v1/namespaces", { metadata: { name: "small" } });
    await create("/api/v1/namespaces/small/resourcequotas", { metadata: { name: "q" }, spec: { hard: { pods: "0" } } });
    await create("/api/v1/namespaces/small/limitranges", {
      metadata: { name: "l" },
      spec: { limits: [{ type: "Container", max: { cpu: "1m" } }] },
    });
    await create("/api/v1/namespaces/small/pods", { metadata: { name: "p" }, spec: { containers: [{ name: "a", image: "b" }] } });
  });

  test("kube-proxy's daemon set takes a strategic patch of its image alone [API-102]", async () => {
    const path = within("apps/v1", "daemonsets");
    await create(path, { metadata: { name: "kube-proxy" }, spec: { selector, template } });
    const patched = await wire.patch(`${path}/kube-proxy`, "strategic-merge-patch+json", {
      spec: { template: { spec: { containers: [{ name: "c2", image: "new" }] } } },
    });
    const images = patched.body.spec.template.spec.containers.map(({ image }: { image: string }) => image);
    expect([...images].sort()).toEqual(["i1", "new"]);
  });

  test("the data of a revision never changes [API-103]", async () => {
    const path = within("apps/v1", "controllerrevisions");
    await create(path, { metadata: { name: "r" }, data: { a: 1 }, revision: 1 });
    expect((await merge(`${path}/r`, { revision: 2 })).status).toBe(200);
    const refused = await merge(`${path}/r`, { data: { a: 2 } });
    expect(refused.body.message).toContain("data: Invalid value");
    expect(refused.body.message).toContain("field is immutable");
  });

  test("a job's pods outlive it when nobody says otherwise, and jobs are chosen by their success [API-104]", async () => {
    const path = within("batch/v1", "jobs");
    await create(path, { metadata: { name: "parent" }, spec: { template } });
    await merge(`${path}/parent/status`, { status: { succeeded: 17 } });
    const { body: job } = await wire("GET", `${path}/parent`);
    await create(`${core}configmaps`, {
      metadata: {
        name: "child",
        ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "parent", uid: job.metadata.uid, controller: true }],
      },
    });
    const chosen = await wire("GET", `${path}?fieldSelector=status.successful%3D17`);
    expect(chosen.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(["parent"]);
    await wire("DELETE", `${path}/parent`);
    await api.settled();
    expect((await wire("GET", `${path}/parent`)).status).toBe(404);
    expect((await wire("GET", `${core}configmaps/child`)).body.metadata.ownerReferences).toBeUndefined();
  });

  test.each([
    [{ leaseDurationSeconds: 0 }, "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
    [{ leaseDurationSeconds: -5 }, "spec.leaseDurationSeconds: Invalid value: -5: must be greater than 0"],
    [{ leaseTransitions: -1 }, "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"],
  ])("a lease may not be %j; PUT makes one that is not there [API-107]", async (spec, why) => {
    const path = `${within("coordination.k8s.io/v1", "leases")}/by-put`;
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "by-put" } };
    expect((await wire("PUT", path, { ...lease, spec })).body.message).toContain(why);
    expect((await wire("PUT", path, { ...lease, spec: { leaseDurationSeconds: 1, leaseTransitions: 0 } })).status).toBe(201);
    await wire("DELETE", path);
  });

  test("the addresses of an endpoint slice stay of one family [API-109]", async () => {
    const path = within("discovery.k8s.io/v1", "endpointslices");
    await create(path, { metadata: { name: "e" }, addressType: "IPv4", endpoints: [] });
    expect((await merge(`${path}/e`, { addressType: "IPv6" })).body.message).toContain(
      'addressType: Invalid value: "IPv6": field is immutable',
    );
  });

  test("a binding keeps its role; PUT makes bindings and roles that are not there [API-112]", async () => {
    const path = `${within("rbac.authorization.k8s.io/v1", "rolebindings")}/b`;
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
    const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "b" } };
    expect((await wire("PUT", path, { ...binding, roleRef })).status).toBe(201);
    const refused = await wire("PUT", path, { ...binding, roleRef: { ...roleRef, name: "edit" } });
    expect(refused.body.message).toMatch(/roleRef: Invalid value: .*: cannot change roleRef/);
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "r" } };
    expect((await wire("PUT", `${within("rbac.authorization.k8s.io/v1", "roles")}/r`, role)).status).toBe(201);
  });

  test("the two priority classes of the system are there from the start [API-113] [API-125]", async () => {
    const { body } = await wire("GET", of("scheduling.k8s.io/v1", "priorityclasses"), undefined, asTable);
    const cells = body.rows.map((row: { cells: unknown[] }) => row.cells.slice(0, 2));
    expect(cells).toContainEqual(["system-cluster-critical", 2_000_000_000]);
    expect(cells).toContainEqual(["system-node-critical", 2_000_001_000]);
  });

  test("the default storage class says so [API-114]", async () => {
    const path = of("storage.k8s.io/v1", "storageclasses");
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    await create(path, { metadata: { name: "std", annotations }, provisioner: "p" });
    const { body } = await wire("GET", `${path}/std`, undefined, asTable);
    expect(body.rows[0].cells[0]).toBe("std (default)");
  });

  test("a certificate request shows who wants what for how long, and what became of it [API-119]", async () => {
    const path = of("certificates.k8s.io/v1", "certificatesigningrequests");
    const { requestPem } = await createCertificateRequest({ commonName: "ann", organizations: [] });
    const spec = { request: btoa(requestPem), signerName: "example.com/signer", usages: ["client auth"] };
    await create(path, { metadata: { name: "short" }, spec: { ...spec, expirationSeconds: 7200 } });
    await create(path, { metadata: { name: "plain" }, spec: { ...spec, signerName: "example.com/other" } });
    const cells = async (name: string) =>
      (await wire("GET", `${path}/${name}`, undefined, asTable)).body.rows[0].cells.filter((_: unknown, at: number) => at !== 1);
    expect(await cells("short")).toEqual(["short", "example.com/signer", "system:anonymous", "120m", "Pending"]);
    expect(await cells("plain")).toEqual(["plain", "example.com/other", "system:anonymous", "<none>", "Pending"]);
    const decide = async (name: string, type: string) => {
      const { body } = await wire("GET", `${path}/${name}`);
      const status = { conditions: [{ type, status: "True", reason: "R" }] };
      expect((await wire("PUT", `${path}/${name}/approval`, { ...body, status })).status).toBe(200);
    };
    await decide("short", "Approved");
    await decide("plain", "Denied");
    expect((await cells("plain"))[4]).toBe("Denied");
    expect((await cells("short"))[4]).toBe("Approved");
    const failed = [{ type: "Failed", status: "True", reason: "R" }];
    expect((await merge(`${path}/short/status`, { status: { conditions: failed } })).status).toBe(200);
    expect((await cells("short"))[4]).toBe("Approved,Failed");
    await merge(`${path}/short/status`, { status: { certificate: btoa("pem") } });
    expect((await cells("short"))[4]).toMatch(/^Approved(,Failed)?,Issued$/);
    const chosen = await wire("GET", `${path}?fieldSelector=spec.signerName%3Dexample.com/other`);
    expect(chosen.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(["plain"]);
  });
});
