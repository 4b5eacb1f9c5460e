import { once } from "node:events";
import { createConnection, createServer, type Server } from "node:net";
import { Duplex } from "node:stream";
import { ConfigMap, customKinds, Namespace, Pod, type UnstructuredObject } from "@slipway/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKubectl } from "../../../../../scripts/kubectl.mjs";
import { createHttpsCaller } from "../../admission/https.node.ts";
import { type Fact, type GoClients, goClients } from "../../testing/goclients.node.ts";
import { type LiveApi, run, startLiveApi } from "../../testing/live.node.ts";
import { simulatedShell } from "../../testing/shell.ts";
import { allowing, startWebhook, type TestWebhook } from "../../testing/webhook.node.ts";

/** client-go, as controllers and kubectl use it, each scenario through a real process of its own (`packages/apiserver/goclients`). */

const slowWebhook = ({ url, caBundle }: TestWebhook): UnstructuredObject => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "slow" },
  webhooks: [
    {
      name: "slow.example.com",
      clientConfig: { url: `${url}/slow`, caBundle },
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      timeoutSeconds: 30,
      matchConditions: [{ name: "slow", expression: "object.metadata.name == 'slow'" }],
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
    },
  ],
});

let live: LiveApi;
let clients: GoClients;
let echo: Server;

beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  live = await startLiveApi({
    kinds: customKinds,
    pods: {
      exec: (_pod, options) => simulatedShell(options),
      attach: (_pod, options) => simulatedShell(options),
      portForward: (_pod, port) => {
        if (port !== 7) return undefined;
        const { readable, writable } = Duplex.toWeb(createConnection((echo.address() as { port: number }).port, "127.0.0.1"));
        return { readable: readable as ReadableStream<Uint8Array>, writable: writable as WritableStream<Uint8Array> };
      },
    },
  });
  clients = goClients(await live.kubeconfig({ name: "admin", groups: ["system:masters"] }));
});
afterAll(async () => {
  echo?.close();
  await live?.close();
});

describe("client-go's typed clients", () => {
  test("take objects through their lives with bodies in protobuf, and know each refusal by its reason [API-037]", async () => {
    expect(await clients.run("typed")).toEqual({
      data: { umlaut: "Grüße", more: "1" },
      bytes: "AP8B",
      conflict: "Conflict",
      duplicate: "AlreadyExists",
      absent: "NotFound",
      invalid: "Invalid",
      causes: ["FieldValueInvalid metadata.name"],
      containers: 2,
      strategy: "RollingUpdate",
      generations: [1, 2, 2],
      readyReplicas: 1,
      dry: "dry",
      dryIsAbsent: "NotFound",
      precondition: "Conflict",
      left: 0,
      managerOfFirst: "goclients",
      contentTypes: expect.objectContaining({ "sent application/vnd.kubernetes.protobuf": 11, "got application/json": 15 }),
    });
  });

  test("are turned away while a server is full and come again by themselves; many hands count without a lost update [API-030]", async () => {
    const webhook = await startWebhook();
    const narrow = await startLiveApi({ limits: { mutating: 1 }, webhooks: createHttpsCaller() });
    try {
      // The one place is taken by a write that waits for its webhook.
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const arrived = new Promise<void>((resolve) => {
        webhook.on("/slow", async (review) => {
          resolve();
          await released;
          return allowing(review);
        });
      });
      const create = (object: UnstructuredObject) => narrow.api.registry.ensure([object]);
      await create(slowWebhook(webhook));
      // Not of system:masters: nothing turns those away.
      await create({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { namespace: "default", name: "robots" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "robots" }],
      });
      const robot = await narrow.kubeconfig({ name: "robot", groups: ["robots"] });
      const slow = run(findKubectl(), ["create", "configmap", "slow", "-n", "default"], { env: { KUBECONFIG: robot } });
      await arrived;
      const crowd = goClients(robot).start("crowd");
      await crowd.until("it is turned away", (fact) => fact.first === 429);
      release();
      const counted = await crowd.until("it has counted", (fact) => "counted" in fact);
      expect(counted).toEqual({ counted: "40", refused: expect.any(Number) });
      expect(await slow).toMatchObject({ code: 0 });
    } finally {
      await narrow.close();
      await webhook.close();
    }
  });

  test("read a long list in pages of one moment, whatever comes and goes meanwhile [API-T06]", async () => {
    expect(await clients.run("pages")).toEqual({
      asked: 3,
      left: [13, 3],
      seen: 23,
      sees22: true,
      sees99: false,
      broken: "BadRequest",
    });
  });

  test("evict a pod, but none that a budget keeps [API-294]", async () => {
    expect(await clients.run("evict")).toEqual({
      free: "none",
      guarded: "TooManyRequests",
      cause: "DisruptionBudget",
      left: ["guarded"],
    });
  });

  test("get a ServiceAccount's token, are that ServiceAccount with it, and nobody once it is gone [API-378]", async () => {
    expect(await clients.run("tokens")).toEqual({
      expires: 10,
      user: "system:serviceaccount:default:robot",
      groups: ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:default"],
      forbidden: "Forbidden",
      afterDelete: "Unauthorized",
    });
  });
});

describe("client-go without types", () => {
  test("finds kinds by word, short name and category, and one that came meanwhile; both forms of discovery agree [API-050] [API-053]", async () => {
    expect(await clients.run("discovery")).toEqual({
      beforeItWasThere: true,
      kind: "goclients.example.com/v1, Kind=Gadget",
      short: "goclients.example.com/v1, Kind=Gadget",
      deploy: "apps/v1, Resource=deployments",
      budget: "policy/v1, Resource=poddisruptionbudgets namespace",
      preferredGroups: true,
      all: [
        "cronjobs",
        "daemonsets",
        "deployments",
        "horizontalpodautoscalers",
        "jobs",
        "pods",
        "replicasets",
        "replicationcontrollers",
        "services",
        "statefulsets",
      ],
      openapi3: true,
      openapi2: true,
      onlyAggregated: [],
      onlyUnaggregated: [],
    });
  });

  test("handles custom objects: status apart from spec, refusals by reason, metadata alone [API-333] [API-036]", async () => {
    expect(await clients.run("dynamic")).toEqual({
      generations: [1, 1],
      phase: "Done",
      colour: "red",
      invalid: "Invalid",
      strategic: "UnsupportedMediaType",
      strict: "Invalid",
      partial: "PartialObjectMetadata first",
    });
  });

  test("scales what has a scale, built in or not, without knowing the kind [API-046]", async () => {
    expect(await clients.run("scale")).toEqual({ dial: [5, 7], scaled: [5, 7] });
  });
});

describe("client-go's informers", () => {
  const map = (namespace: string, name: string, colour: string, watched = "yes") => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name, labels: { watched } },
    data: { colour },
  });
  test.each([
    ["a list and a watch", "false", { list: 1 }],
    ["one watch that begins with the list", "true", { "watch with initial events": 1 }],
  ])("know what is there by %s, then hear of every change [API-201] [API-203] [API-T09]", async (_, feature, asked) => {
    const namespace = `informers-${feature}`;
    await live.api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await live.api.client.create(ConfigMap, map(namespace, "first", "red"));
    await live.api.client.create(ConfigMap, map(namespace, "unwatched", "red", "no"));
    const informer = clients.start("informers", [namespace], { KUBE_FEATURE_WatchListClient: feature });
    expect(await informer.until("it is synced", (fact) => "synced" in fact)).toEqual({ synced: 1, asked });
    await live.api.client.create(ConfigMap, map(namespace, "second", "blue"));
    await live.api.client.update(ConfigMap, map(namespace, "second", "green"));
    await live.api.client.update(ConfigMap, map(namespace, "second", "green", "no"));
    await live.api.client.delete(ConfigMap, { namespace, name: "first" });
    await informer.until("it has heard of the last", (fact) => fact.event === "delete" && fact.name === "first");
    expect(informer.facts.filter((fact: Fact) => "event" in fact)).toEqual([
      { event: "add", name: "first", colour: "red" },
      { event: "add", name: "second", colour: "blue" },
      { event: "update", name: "second", colour: "green" },
      { event: "delete", name: "second", colour: "green" },
      { event: "delete", name: "first", colour: "red" },
    ]);
    await informer.stop();
  });
});

describe("programs that share with others, through client-go,", () => {
  test("apply their parts of one Deployment, and take nothing unasked that another owns", async () => {
    expect(await clients.run("apply")).toEqual({
      conflict: "Conflict",
      taken: 5,
      given: 5,
      ownedByTwo: 5,
      templateToo: false,
      ready: 4,
      managers: { one: "Apply ", two: "Apply ", three: "Apply status" },
    });
  });

  test("follow each other as leader by one Lease: the second leads as soon as the first lets go [API-407] [API-409]", async () => {
    expect(await clients.run("elect")).toEqual({
      leaders: ["first", "second"],
      holders: ["first", "", "second"],
      transitions: 1,
    });
  });

  test("say a thing many times in one Event that counts [API-406]", async () => {
    expect(await clients.run("events")).toEqual({
      SaidByOld: ["Warning", "the same thing", "ConfigMap", 3],
      SaidByNew: ["Normal", "the same thing", "ConfigMap", 2],
    });
  });
});

describe("client-go's streams", () => {
  beforeAll(async () => {
    const pod = await live.api.client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "pod", namespace: "default" },
      spec: { nodeName: "n", containers: [{ name: "main", image: "i", stdin: true }] },
    });
    const main = { name: "main", image: "i", imageID: "", ready: true, restartCount: 0, state: { running: {} } };
    await live.api.client.update(
      Pod,
      { ...pod, status: { phase: "Running", containerStatuses: [main] } },
      { subresource: "status" },
    );
  });

  test("run commands by SPDY, by WebSocket, and by whichever works: input, output, errors and exit codes [API-298]", async () => {
    const each = { cat: ["round and back", "", 0], exit: ["", "", 3], complain: ["", "no", 0] };
    expect(await clients.run("exec", ["pod"])).toEqual(
      Object.fromEntries(
        ["spdy", "websocket", "fallback"].flatMap((protocol) =>
          Object.entries(each).map(([command, outcome]) => [`${protocol} ${command}`, outcome]),
        ),
      ),
    );
  });

  test("forward a port by SPDY and by WebSocket, one connection after the other in the same tunnel [API-298]", async () => {
    expect(await clients.run("forward", ["pod", "7"])).toEqual({ spdy: ["first", "second"], websocket: ["first", "second"] });
  });
});
