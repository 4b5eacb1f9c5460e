import { ApiError, type Client, type MachineDrainRule, type Pod, type Stored } from "@slipway/api";
import { createVirtualClock } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { type EvictionOutcome, evictPods } from "./evict.ts";
import { drainMessage } from "./message.ts";
import { isDrained, planDrain } from "./plan.ts";
import { type PodContext, planFor, rulesFor } from "./pods.ts";

const now = new Date("2026-01-01T01:00:00Z");
const pod = (name: string, parts: { metadata?: object; status?: object; owner?: string } = {}): Stored<Pod> =>
  ({
    metadata: {
      name,
      namespace: "default",
      ...(parts.owner ? { ownerReferences: [{ kind: parts.owner, name: "o", controller: true }] } : {}),
      ...parts.metadata,
    },
    spec: { volumes: [{ name: "scratch", emptyDir: {} }] },
    status: parts.status,
  }) as unknown as Stored<Pod>;
const rule = (name: string, drain: object, spec: object = {}): Stored<MachineDrainRule> =>
  ({ metadata: { name }, spec: { drain, ...spec } }) as unknown as Stored<MachineDrainRule>;
const context = (parts: Partial<PodContext> = {}): PodContext => ({
  now,
  skipDeletedAfterSeconds: undefined,
  daemonSets: new Set(["default/o"]),
  namespaceLabels: new Map([["default", { team: "a" }]]),
  rules: [],
  ...parts,
});
const labelled = (value: string) => pod("p", { metadata: { labels: { "cluster.x-k8s.io/drain": value } } });

describe("what happens to a Pod of a Node that is drained", () => {
  test.each([
    ["one that nobody manages, with local data, is evicted", pod("p"), "Drain"],
    ["one of a DaemonSet stays", pod("p", { owner: "DaemonSet" }), "Skip"],
    ["a finished one of a DaemonSet is evicted", pod("p", { owner: "DaemonSet", status: { phase: "Failed" } }), "Drain"],
    ["a static one stays", pod("p", { metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } }), "Skip"],
    ["one labelled skip stays", labelled("SKIP"), "Skip"],
    ["one labelled wait-completed is waited for", labelled("wait-completed"), "WaitCompleted"],
    ["one labelled WaitCompleted is waited for", labelled("WaitCompleted"), "WaitCompleted"],
    ["one labelled otherwise is evicted", labelled("maybe"), "Drain"],
  ])("%s [CORE-030] [CORE-249] [CORE-250]", (_name, of, behavior) => {
    expect(planFor(of, context()).behavior).toBe(behavior);
  });

  test("a Pod whose DaemonSet is gone is evicted, one whose Namespace is gone is an error [CORE-248] [CORE-250]", () => {
    expect(planFor(pod("p", { owner: "DaemonSet" }), context({ daemonSets: new Set() })).behavior).toBe("Drain");
    expect(() => planFor(pod("p"), context({ namespaceLabels: new Map() }))).toThrow(
      "the Namespace of Pod default/p does not exist",
    );
  });

  test("on an unreachable Node nobody waits for what was deleted longer than a second ago [CORE-241]", () => {
    const deleted = (at: string) => pod("p", { metadata: { deletionTimestamp: at } });
    const unreachable = context({ skipDeletedAfterSeconds: 1 });
    expect(planFor(deleted("2026-01-01T00:59:58Z"), unreachable).behavior).toBe("Skip");
    expect(planFor(deleted("2026-01-01T00:59:59Z"), unreachable).behavior).toBe("Drain");
    expect(planFor(deleted("2026-01-01T00:00:00Z"), context()).behavior).toBe("Drain");
  });

  test("the first rule that matches Machine and Pod decides, by name [CORE-251]", () => {
    const rules = rulesFor(
      [
        rule("c", { behavior: "Drain", order: 7 }),
        rule("a", { behavior: "Skip" }, { machines: [{ selector: { matchLabels: { role: "gpu" } } }] }),
        rule(
          "b",
          { behavior: "WaitCompleted" },
          { pods: [{ selector: { matchLabels: { app: "job" } }, namespaceSelector: { matchLabels: { team: "a" } } }] },
        ),
      ],
      { role: "worker" },
      {},
    );
    expect(rules.map(({ metadata }) => metadata.name)).toEqual(["b", "c"]);
    expect(planFor(pod("p"), context({ rules }))).toEqual({ behavior: "Drain", order: 7 });
    const job = pod("p", { metadata: { labels: { app: "job" } } });
    expect(planFor(job, context({ rules }))).toEqual({ behavior: "WaitCompleted", order: 0 });
    expect(planFor(job, context({ rules, namespaceLabels: new Map([["default", {}]]) })).behavior).toBe("Drain");
  });

  test("a rule that cannot be read stops all drains of its namespace [CORE-252]", () => {
    const broken = rule(
      "bad",
      { behavior: "Skip" },
      { pods: [{ selector: { matchExpressions: [{ key: "a", operator: "Like" }] } }] },
    );
    expect(() => rulesFor([broken], {}, {})).toThrow(/invalid selectors in MachineDrainRule bad/);
  });
});

describe("a round of a drain", () => {
  const first = rule("first", { behavior: "Drain", order: -1 }, { pods: [{ selector: { matchLabels: { when: "first" } } }] });
  const pods = [
    pod("late"),
    pod("early", { metadata: { labels: { when: "first" } } }),
    pod("leaving", { metadata: { deletionTimestamp: "2026-01-01T00:59:00Z" } }),
    labelled("wait-completed"),
    pod("static", { metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } }),
  ];
  const names = (of: readonly Stored<Pod>[]) => of.map(({ metadata }) => metadata.name);

  test("takes the lowest order that is left [CORE-253]", () => {
    const plan = planDrain(pods, context({ rules: [first] }));
    expect(Object.fromEntries(Object.entries(plan).map(([key, value]) => [key, names(value)]))).toEqual({
      evictNow: ["early"],
      evictLater: ["late"],
      terminating: ["leaving"],
      awaitNow: [],
      awaitLater: ["p"],
      skipped: ["static"],
    });
    expect(isDrained(plan)).toBe(false);
    expect(isDrained(planDrain([pods[4] as Stored<Pod>], context()))).toBe(true);
  });

  test("tells what keeps the Node [CORE-255]", () => {
    const plan = planDrain(pods, context({ rules: [first] }));
    const refused = (name: string, message: string): EvictionOutcome => ({ pod: pod(name), result: "refused", message });
    const outcomes: readonly EvictionOutcome[] = [
      { pod: pod("early"), result: "evicted" },
      refused("db-0", "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget db needs 1"),
      refused("odd", "admission webhook denied it"),
    ];
    expect(drainMessage("2026-01-01T00:00:00Z", plan, outcomes).split("\n")).toEqual([
      "Drain not completed yet (started at 2026-01-01T00:00:00Z):",
      "* Pods default/leaving, default/early: deletionTimestamp set, but still not removed from the Node",
      "* Pod default/db-0: cannot evict pod as it would violate the pod's disruption budget. The disruption budget db needs 1",
      "* Pod default/odd: failed to evict Pod, admission webhook denied it",
      "After above Pods have been removed from the Node, the following Pods will be evicted: default/late",
      "After above Pods have been removed from the Node, waiting for the following Pods to complete without eviction: default/p",
    ]);
    const many = Array.from({ length: 8 }, (_, at) => refused(`p${at}`, `reason ${at}`));
    expect(drainMessage("t", planDrain([], context()), many).split("\n").at(-1)).toBe("* 3 Pods with other issues");
  });
});

describe("evictions", () => {
  const asking = (answer: (name: string) => unknown) => {
    const asked: unknown[] = [];
    const create = async (_resource: unknown, body: { metadata: { name: string } }, options: unknown) => {
      asked.push({ body, options });
      const error = await answer(body.metadata.name);
      if (error) throw error;
      return {};
    };
    return { client: { create } as unknown as Client, asked };
  };
  const evict = { call: "evict", node: "n", cordon: false } as const;

  test("go through the eviction API, with the Pod's own grace unless the Node is unreachable [CORE-241] [CORE-254]", async () => {
    const { client, asked } = asking(() => undefined);
    await evictPods(client, createVirtualClock(), { ...evict, pods: [pod("a")], gracePeriodSeconds: 1 });
    await evictPods(client, createVirtualClock(), { ...evict, pods: [pod("b")], gracePeriodSeconds: undefined });
    expect(asked).toEqual([
      {
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name: "a", namespace: "default" },
          deleteOptions: { gracePeriodSeconds: 1 },
        },
        options: { subresource: "eviction" },
      },
      {
        body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "b", namespace: "default" } },
        options: { subresource: "eviction" },
      },
    ]);
  });

  test("that are refused say why, Pods that are gone already are not missed", async () => {
    const refusals: { readonly [name: string]: unknown } = {
      gone: new ApiError("NotFound", "not found"),
      budget: new ApiError("TooManyRequests", "Cannot evict.", {
        details: { causes: [{ message: "needs 1" }, { message: "has 0" }] },
      }),
      ending: new ApiError("Forbidden", "no", { details: { causes: [{ reason: "NamespaceTerminating" }] } }),
      odd: new Error("reset"),
    };
    const { client } = asking((name) => refusals[name]);
    const outcomes = await evictPods(client, createVirtualClock(), {
      ...evict,
      pods: Object.keys(refusals).map((name) => pod(name)),
      gracePeriodSeconds: undefined,
    });
    expect(outcomes.map((outcome) => (outcome.result === "refused" ? outcome.message : outcome.result))).toEqual([
      "gone",
      "Cannot evict. needs 1,has 0",
      "Cannot evict pod from terminating namespace: unable to create eviction (kube-controller-manager should set deletionTimestamp)",
      "reset",
    ]);
  });

  test("share ten seconds; the rest waits for the next round [CORE-254]", async () => {
    let time = now.getTime();
    const clock = { ...createVirtualClock(), now: () => new Date(time) };
    const { client } = asking(() => {
      time += 1500;
    });
    const outcomes = await evictPods(client, clock, {
      ...evict,
      pods: Array.from({ length: 25 }, (_, at) => pod(`p${at}`)),
      gracePeriodSeconds: undefined,
    });
    const refused = outcomes.filter(({ result }) => result === "refused");
    expect(outcomes).toHaveLength(25);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ message: "eviction timeout of 10s reached, eviction will be retried" });
  });
});
