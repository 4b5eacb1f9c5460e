import {
  type Client,
  ConfigMap,
  DaemonSet,
  Deployment,
  Event,
  EventsEvent,
  isInvalid,
  type KubeObject,
  Lease,
  Node,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  type UnstructuredObject,
} from "@slipway/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import { builtinDecoder } from "./decode.ts";

let api: KubernetesApi;
let client: Client;
beforeAll(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    authorization: "always",
  });
  client = api.client;
});
afterAll(() => api.close());

const meta = (name: string, more: object = {}) => ({ name, namespace: "default", ...more });
const ref = (name: string) => ({ namespace: "default", name });
const refusal = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isInvalid(error)) throw new Error(`was not refused as invalid: ${String(error)}`);
  return error.message;
};

describe("built-in kinds", () => {
  test("secrets take text and keep bytes, have a type, and may be frozen [API-085]", async () => {
    const made = await client.create(Secret, { apiVersion: "v1", kind: "Secret", metadata: meta("s"), stringData: { a: "é" } });
    expect(made).toMatchObject({ type: "Opaque", data: { a: "w6k=" } });
    expect(made).not.toHaveProperty("stringData");
    expect(await refusal(client.update(Secret, { ...made, type: "other" }))).toContain("type: Invalid value");
    const tls = { apiVersion: "v1", kind: "Secret", metadata: meta("t"), type: "kubernetes.io/tls", data: {} };
    expect(await refusal(client.create(Secret, tls))).toContain("data[tls.crt]: Required value");
    const frozen = await client.update(Secret, { ...made, immutable: true });
    expect(await refusal(client.update(Secret, { ...frozen, data: {} }))).toContain("field is immutable when `immutable` is set");
  });

  test("config maps refuse keys that cannot be files [API-084]", async () => {
    const bad = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c"), data: { "a/b": "" } };
    expect(await refusal(client.create(ConfigMap, bad))).toContain("data[a/b]: Invalid value");
  });

  test("a deployment gets its defaults and keeps its selector [API-099] [API-093]", async () => {
    const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "busybox" }] } };
    const made = await client.create(Deployment, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta("d"),
      spec: { selector: { matchLabels: { app: "x" } }, template },
    });
    expect(made.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: { spec: { restartPolicy: "Always", containers: [{ imagePullPolicy: "Always", resources: {} }] } },
    });
    expect(made.metadata.generation).toBe(1);
    const other = { selector: { matchLabels: { app: "y" } }, template: { ...template, metadata: { labels: { app: "y" } } } };
    expect(await refusal(client.update(Deployment, { ...made, spec: other }))).toContain("spec.selector: Invalid value");
    expect(
      await refusal(
        client.create(DaemonSet, {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          metadata: meta("e"),
          spec: { selector: {}, template: {} },
        }),
      ),
    ).toContain("spec.template.spec.containers: Required value");
  });

  test("a pod is Pending with a class of service, and its spec is fixed [API-093]", async () => {
    const made = await client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: meta("p"),
      spec: { nodeName: "n", containers: [{ name: "c", image: "i:1", resources: { limits: { cpu: "1", memory: "1Gi" } } }] },
      status: { phase: "Running" },
    });
    expect(made.status).toEqual({ phase: "Pending", qosClass: "Guaranteed" });
    const [container] = made.spec?.containers ?? [];
    const spec = { ...made.spec, containers: [{ ...container, name: "c", image: "i:2" }] };
    await client.update(Pod, { ...made, spec });
    const renamed = { ...made, metadata: meta("p"), spec: { ...spec, hostNetwork: true } };
    expect(await refusal(client.update(Pod, renamed))).toContain("pod updates may not change fields other than");
  });

  test("a service gets an address that stays [API-087]", async () => {
    const made = await client.create(Service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta("svc"),
      spec: { ports: [{ port: 80 }] },
    });
    expect(made.spec).toMatchObject({ type: "ClusterIP", ipFamilies: ["IPv4"], ports: [{ protocol: "TCP", targetPort: 80 }] });
    expect(made.spec?.clusterIP).toMatch(/^10\.\d+\.\d+\.\d+$/);
    const kept = await client.update(Service, { ...made, spec: { ports: [{ port: 81 }] } });
    expect(kept.spec?.clusterIP).toBe(made.spec?.clusterIP);
  });

  test("a node registers with its status, and its labels may come with it [API-090]", async () => {
    const made = await client.create(Node, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1" },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    expect(made.status?.conditions).toHaveLength(1);
    const changed = await client.update(
      Node,
      { ...made, metadata: { ...made.metadata, labels: { a: "b" } } },
      { subresource: "status" },
    );
    expect(changed.metadata.labels).toEqual({ a: "b" });
  });

  test("events are the same objects in both families [API-403] [API-404] [API-108]", async () => {
    await client.create(Event, {
      apiVersion: "v1",
      kind: "Event",
      metadata: meta("e1"),
      involvedObject: { kind: "Pod", namespace: "default", name: "p" },
      message: "hello",
      reason: "Greeted",
      type: "Normal",
      count: 2,
    });
    expect(await client.get(EventsEvent, ref("e1"))).toMatchObject({
      apiVersion: "events.k8s.io/v1",
      regarding: { name: "p" },
      note: "hello",
      deprecatedCount: 2,
    });
    const bare = { apiVersion: "events.k8s.io/v1", kind: "Event", metadata: meta("e2"), note: "again" };
    expect(await refusal(client.create(EventsEvent, bare))).toContain("reportingController: Required value");
    const made = await client.create(EventsEvent, {
      ...bare,
      eventTime: "2026-01-01T00:00:00.000000Z",
      regarding: { kind: "Pod", namespace: "default", name: "p" },
      reportingController: "test",
      reportingInstance: "test-1",
      action: "Greet",
      reason: "Greeted",
      type: "Normal",
    });
    expect(made.note).toBe("again");
    const listed = await client.list(Event, { namespace: "default", fieldSelector: "involvedObject.name=p" });
    expect(listed.items.map(({ message }) => message)).toEqual(["hello", "again"]);
  });

  test("a lease is made by PUT, and two who race on one revision cannot both win [API-122] [API-407]", async () => {
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: meta("l"), spec: { holderIdentity: "a" } };
    const made = await client.update(Lease, lease);
    const results = await Promise.allSettled(
      ["b", "c"].map((holderIdentity) => client.update(Lease, { ...made, spec: { holderIdentity } })),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("an eviction asks the disruption budget first [API-294] [API-295]", async () => {
    const labels = { app: "guarded" };
    await client.create(PodDisruptionBudget, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: meta("pdb"),
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    const pod = await client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: meta("guarded", { labels }),
      spec: { nodeName: "n", terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: "i" }] },
    });
    await client.update(Pod, { ...pod, status: { phase: "Running" } }, { subresource: "status" });
    const eviction: KubeObject = { apiVersion: "policy/v1", kind: "Eviction", metadata: meta("guarded") };
    const evict = () => client.create(Pod, eviction as Pod, { subresource: "eviction" });
    await expect(evict()).rejects.toMatchObject({ code: 429, details: { causes: [{ reason: "DisruptionBudget" }] } });
    const budget = await client.get(PodDisruptionBudget, ref("pdb"));
    const status = { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
    await client.update(PodDisruptionBudget, { ...budget, status }, { subresource: "status" });
    await evict();
    await expect(client.get(Pod, ref("guarded"))).rejects.toMatchObject({ reason: "NotFound" });
    expect((await client.get(PodDisruptionBudget, ref("pdb"))).status).toMatchObject({ disruptionsAllowed: 0 });
  });
});

describe("decoding", () => {
  const pods = builtinDecoder("core.v1.Pod", "Pod", "v1");
  const pod = (spec: object): UnstructuredObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: spec as UnstructuredObject["spec"],
  });

  test("nulls and empty lists are as good as absent, unknown fields are named and dropped [API-081] [API-272] [API-T28]", () => {
    const { object, unknown } = pods.decode(
      pod({ containers: [{ name: "c", args: [], env: null, colour: 1 }], nodeName: null, x: {} }),
    );
    expect(object.spec).toEqual({ containers: [{ name: "c" }] });
    expect(unknown).toEqual(["spec.containers[0].colour", "spec.x"]);
  });

  test("what is right already is not copied", () => {
    const given = pod({ containers: [{ name: "c" }] });
    expect(pods.decode(given).object).toBe(given);
  });

  test.each([
    [{ containers: "none" }, "cannot unmarshal string into Go struct field Pod.spec.containers of type slice"],
    [{ containers: [], priority: 1.5 }, "Pod.spec.priority of type int32"],
    [{ containers: [], hostNetwork: "yes" }, "Pod.spec.hostNetwork of type bool"],
  ])("a value of the wrong type is refused with its place: %j [API-275]", (spec, message) => {
    expect(() => pods.decode(pod(spec))).toThrow(message);
  });

  test("amounts may be written as numbers", () => {
    const { object } = pods.decode(pod({ containers: [{ name: "c", resources: { limits: { cpu: 1 } } }] }));
    expect(object.spec).toEqual({ containers: [{ name: "c", resources: { limits: { cpu: "1" } } }] });
  });
});
