import { type Client, Cluster as ClusterKind, type KubeObject, type Resource, type Stored } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { basicResource, basicResources } from "@slipway/apiserver/registry/basics.ts";
import { afterEach, describe, expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { setV1Beta2, v1beta2 } from "../conditions/v1beta2.ts";
import { silentLog } from "../log/log.ts";
import { controllerRef } from "../object/owners.ts";
import { controller } from "./build.ts";
import type { Caches, Controller } from "./controller.ts";
import type { KubeEffect } from "./effects.ts";
import { act, ready, wait } from "./outcome.ts";
import { phase } from "./phase.ts";
import { runControllers } from "./runner.ts";
import { controlled } from "./watches.ts";

interface Boat extends KubeObject {
  readonly spec: { readonly clusterName?: string; readonly sails: number };
  readonly status?: { readonly sails?: number; readonly v1beta2?: { readonly conditions?: readonly never[] } };
}
const Boat: Resource<Boat> = { group: "sea.test", version: "v1", kind: "Boat", plural: "boats", scope: "Namespaced" };
const Sail: Resource = { group: "sea.test", version: "v1", kind: "Sail", plural: "sails", scope: "Namespaced" };

interface Scope {
  readonly boat: Stored<Boat>;
  readonly caches: Caches;
}
interface Facts {
  readonly sails: number;
}
const boats = controller<Boat, Scope, KubeEffect, Facts>(Boat, {
  finalizer: "sea.test/boat",
  clusterName: (boat) => boat.spec.clusterName,
  watches: [controlled(Sail, Boat)],
  scope: ({ object, context }) => ({ boat: object, caches: context.caches }),
  phases: [
    phase<Scope, number, KubeEffect, Facts>({
      name: "sails",
      observe: ({ boat, caches }) => caches.ownedBy(Sail, boat.metadata.uid).length,
      decide: (count, { boat }) => {
        if (count >= boat.spec.sails) return ready({ sails: count });
        const name = `${boat.metadata.name}-${count}`;
        const metadata = { name, namespace: "sea", ownerReferences: [controllerRef(boat, Boat)] };
        return act("Hoisting", { call: "create", resource: Sail, object: { apiVersion: "sea.test/v1", kind: "Sail", metadata } });
      },
    }),
    phase<Scope, number>({ name: "wind", observe: () => 0, decide: () => wait("Calm", { recheckSeconds: 60 }) }),
  ],
  teardown: [
    phase<Scope, readonly Stored<KubeObject>[]>({
      name: "furl",
      observe: ({ boat, caches }) => caches.ownedBy(Sail, boat.metadata.uid),
      decide: (sails) => {
        const [first] = sails;
        if (!first) return ready();
        return act("Furling", { call: "delete", resource: Sail, ref: { namespace: "sea", name: first.metadata.name } });
      },
    }),
  ],
  status: (boat, { verdicts, facts, now }) => {
    const wind = verdicts.find((verdict) => verdict.phase === "wind");
    const reason = wind && "reason" in wind ? wind.reason : "Fine";
    const conditions = setV1Beta2(boat.status?.v1beta2?.conditions, v1beta2("Ready", "False", reason), { now });
    return { ...boat.status, ...facts, v1beta2: { conditions } };
  },
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Controllers over a real API in memory, whose writes are written down. */
const start = async (controllers: readonly Controller[] = [boats]) => {
  const clock = createVirtualClock();
  const resources = [
    ...basicResources,
    basicResource("sea.test/v1", "Boat", "boats", "Namespaced", { hasStatus: true }),
    basicResource("sea.test/v1", "Sail", "sails", "Namespaced"),
  ];
  const api = await createApiInMemory({ resources, kinds: [ClusterKind], namespaces: ["sea"], clock });
  const writes: string[] = [];
  const client: Client = {
    ...api.client,
    create: (resource, object, options) => {
      if (resource.plural !== "events") writes.push(`create ${resource.plural} ${object.metadata.name}`);
      return api.client.create(resource, object, options);
    },
    patch: (resource, ref, patch, options) => {
      writes.push(`patch ${resource.plural} ${ref.name} ${JSON.stringify(patch.body)}`);
      return api.client.patch(resource, ref, patch, options);
    },
    delete: (resource, ref, options) => {
      writes.push(`delete ${resource.plural} ${ref.name}`);
      return api.client.delete(resource, ref, options);
    },
  };
  const running = runControllers(controllers, { client, clock, log: silentLog });
  ends.push(api.close, () => running.stop());
  const names = async (resource: Resource) =>
    (await client.list(resource, { namespace: "sea" })).items.map(({ metadata }) => metadata.name);
  return { client, writes, clock, running, names };
};
const boat = (name: string, spec: Boat["spec"], annotations = {}): Boat => ({
  apiVersion: "sea.test/v1",
  kind: "Boat",
  metadata: { name, namespace: "sea", annotations },
  spec,
});

describe("a controller made of phases", () => {
  test("puts its finalizer on first, acts until it is ready, and writes its status once [CORE-085]", async () => {
    const { client, writes, running } = await start();
    await running.ready;
    await client.create(Boat, boat("argo", { sails: 2 }));
    await running.settled();
    expect(writes.map((write) => write.replace(/,"lastTransitionTime":"[^"]*"/g, ""))).toEqual([
      "create boats argo",
      expect.stringContaining('{"metadata":{"finalizers":["sea.test/boat"]'),
      "create sails argo-0",
      expect.stringContaining('"reason":"Fine"'),
      "create sails argo-1",
      expect.stringMatching(/"status":.*"sails":2.*"reason":"Calm"|"status":.*"reason":"Calm".*"sails":2/),
    ]);
  });

  test("writes nothing when nothing changes", async () => {
    const { client, writes, running, clock } = await start();
    await client.create(Boat, boat("argo", { sails: 1 }));
    await running.settled();
    const before = writes.length;
    await clock.advance(600_000);
    await running.settled();
    expect(writes.length).toBe(before);
  });

  test("tears down in order and takes the finalizer off last", async () => {
    const { client, writes, running, names } = await start();
    await client.create(Boat, boat("argo", { sails: 2 }));
    await running.settled();
    const before = writes.length;
    await client.delete(Boat, { namespace: "sea", name: "argo" });
    await running.settled();
    expect([...(await names(Boat)), ...(await names(Sail))]).toEqual([]);
    expect(writes.slice(before).filter((write) => !write.includes("status"))).toEqual([
      "delete boats argo",
      "delete sails argo-0",
      "delete sails argo-1",
      expect.stringContaining('"finalizers":null'),
    ]);
  });

  test("a paused object only says so, even while it is deleted [CORE-087] [CORE-088]", async () => {
    const { client, writes, running } = await start();
    await client.create(Boat, boat("argo", { sails: 2 }, { "cluster.x-k8s.io/paused": "false" }));
    await running.settled();
    expect(writes).toHaveLength(2);
    const stored = await client.get(Boat, { namespace: "sea", name: "argo" });
    expect(stored.status?.v1beta2?.conditions).toMatchObject([
      { type: "Paused", status: "True", reason: "Paused", message: "Boat has the cluster.x-k8s.io/paused annotation" },
    ]);
  });

  test("fails while its Cluster does not exist, and goes on when it does [CORE-090]", async () => {
    const { client, names, running, clock } = await start();
    await client.create(Boat, boat("argo", { sails: 1, clusterName: "fleet" }));
    await running.settled();
    expect(await names(Sail)).toEqual([]);
    const metadata = { name: "fleet", namespace: "sea" };
    await client.create(ClusterKind, { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", metadata, spec: {} });
    await clock.advance(1000);
    await running.settled();
    expect(await names(Sail)).toEqual(["argo-0"]);
  });

  test("an error backs off further each time, and the status is still written", async () => {
    let passes = 0;
    const broken: Controller<Boat> = {
      name: "broken",
      resource: Boat,
      watches: [],
      reconcile: async () => {
        passes += 1;
        throw new Error("no wind");
      },
    };
    const { client, running, clock } = await start([broken]);
    await client.create(Boat, boat("argo", { sails: 1 }));
    await running.settled();
    expect(passes).toBe(1);
    await clock.advance(5 + 10 + 20);
    expect(passes).toBe(4);
    await clock.advance(39);
    expect(passes).toBe(4);
    await clock.advance(1);
    expect(passes).toBe(5);
  });
});
