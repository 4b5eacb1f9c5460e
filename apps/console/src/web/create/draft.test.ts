import { describe, expect, test } from "vitest";
import type { Template } from "../../contract/index.ts";
import {
  bestTemplate,
  boundsHold,
  type Draft,
  emptyDraft,
  emptyGroup,
  faultsOf,
  isClusterName,
  newCluster,
  parsePairs,
  parseTaints,
  stepOf,
  suggestName,
} from "./draft.ts";
import { keepDraft, readDraft } from "./drafts.ts";

const good: Draft = { ...emptyDraft("blue"), templateId: "t1" };
const template = { masterLbEnabled: true, labels: { kube_tag: "v1.32.5" } } as unknown as Template;
const faults = (draft: Draft, names: readonly string[] = [], of: Template = template) =>
  faultsOf(draft, { names: new Set(names), template: of }).map(({ field, code }) => `${field} ${code}`);

describe("what the form says before it is sent", () => {
  test("a name, a template and sizes are all it takes [CON-027]", () => {
    expect(faults(good)).toEqual([]);
    expect(newCluster(good)).toEqual({ name: "blue", templateId: "t1", masterCount: 1, nodeCount: 1 });
  });

  test.each([
    ["", "name required"],
    ["Blue", "name nameInvalid"],
    ["1blue", "name nameInvalid"],
    ["blue-", "name nameInvalid"],
    ["taken", "name nameTaken"],
  ])("the name %o is refused at once [CON-028]", (name, fault) => {
    expect(faults({ ...good, name }, ["taken"])).toEqual([fault]);
  });

  test.each([
    [2, ["masterCount evenControlPlane"]],
    [9, ["masterCount outOfRange"]],
    [0, ["masterCount outOfRange", "masterCount evenControlPlane"]],
    [7, []],
  ])("a control plane of %d: odd, and one to seven [CON-030]", (masterCount, expected) => {
    expect(faults({ ...good, masterCount })).toEqual(expected);
  });

  test("several control-plane nodes need the load balancer, whoever turned it off [CON-030]", () => {
    expect(faults({ ...good, masterCount: 3, masterLb: false })).toEqual(["masterLbEnabled loadBalancerNeeded"]);
    const without = { ...template, masterLbEnabled: false };
    expect(faults({ ...good, masterCount: 3 }, [], without)).toEqual(["masterLbEnabled loadBalancerNeeded"]);
    expect(faults({ ...good, masterCount: 3, masterLb: true }, [], without)).toEqual([]);
  });

  test.each([
    [{ nodeCount: 2, minNodeCount: 1, maxNodeCount: 3 }, true],
    [{ nodeCount: 2, minNodeCount: null, maxNodeCount: null }, true],
    [{ nodeCount: 2, minNodeCount: 3, maxNodeCount: null }, false],
    [{ nodeCount: 2, minNodeCount: null, maxNodeCount: 1 }, false],
    [{ nodeCount: -1, minNodeCount: null, maxNodeCount: null }, false],
    [{ nodeCount: 0, minNodeCount: -1, maxNodeCount: 1 }, false],
    [{ nodeCount: 1.5, minNodeCount: null, maxNodeCount: null }, false],
  ])("0 ≤ smallest ≤ count ≤ largest: %o [CON-031]", (bounds, holds) => {
    expect(boundsHold(bounds)).toBe(holds);
  });

  test("groups need names of their own, and labels and taints that can be read [CON-031]", () => {
    const group = { ...emptyGroup("gpu"), nodeLabels: "x", nodeTaints: "y" };
    expect(faults({ ...good, groups: [group, emptyGroup("gpu"), emptyGroup("default-worker")] })).toEqual([
      "nodeGroups.0.nodeLabels invalid",
      "nodeGroups.0.nodeTaints invalid",
      "nodeGroups.1.name nameTaken",
      "nodeGroups.2.name nameTaken",
    ]);
  });

  test("overriding a template's label takes a tick [CON-034]", () => {
    const row = { key: "kube_tag", value: "v1.33.1", override: false };
    expect(faults({ ...good, labels: [row] })).toEqual(["labels.0 invalid"]);
    expect(faults({ ...good, labels: [{ ...row, override: true }] })).toEqual([]);
    expect(faults({ ...good, labels: [{ key: "etcd_volume_size", value: "10", override: false }] })).toEqual([]);
  });

  test.each([
    ["name", "basics"],
    ["nodeGroups.0.nodeCount", "size"],
    ["masterLbEnabled", "network"],
    ["createTimeoutMinutes", "management"],
    ["labels.3", "advanced"],
    ["whatever", "review"],
  ])("a fault of %s is shown on the step %s [CON-027]", (field, step) => {
    expect(stepOf(field)).toBe(step);
  });
});

describe("what is sent", () => {
  test("settings that were made, and none that were left to the template [CON-032]", () => {
    expect(
      newCluster({
        ...good,
        masterCount: 3,
        flavor: "m1.large",
        keypair: "mine",
        availabilityZone: "az1",
        floatingIp: false,
        autoHealing: false,
        createTimeoutMinutes: 90,
        labels: [{ key: "kube_tag", value: "v1.33.1", override: true }],
        groups: [{ ...emptyGroup("gpu"), nodeCount: 2, maxNodeCount: 4, nodeLabels: "a=b", nodeTaints: "gpu=yes:NoSchedule" }],
      }),
    ).toEqual({
      name: "blue",
      templateId: "t1",
      masterCount: 3,
      nodeCount: 1,
      flavor: "m1.large",
      keypair: "mine",
      floatingIpEnabled: false,
      createTimeoutMinutes: 90,
      labels: { availability_zone: "az1", auto_healing_enabled: "false", kube_tag: "v1.33.1" },
      mergeLabels: true,
      nodeGroups: [
        {
          name: "gpu",
          nodeCount: 2,
          maxNodeCount: 4,
          nodeLabels: { a: "b" },
          nodeTaints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }],
        },
      ],
    });
  });

  test("labels and taints are read as kubectl reads them [CON-031]", () => {
    expect(parsePairs("a=b, c=\nd=e=f")).toEqual({ a: "b", c: "", d: "e=f" });
    expect(parsePairs("=b")).toBeUndefined();
    expect(parseTaints("a=b:NoExecute, c:PreferNoSchedule")).toEqual([
      { key: "a", value: "b", effect: "NoExecute" },
      { key: "c", effect: "PreferNoSchedule" },
    ]);
    expect(parseTaints("a:Nope")).toBeUndefined();
  });

  test("the newest template is chosen to begin with, never a deprecated or hidden one [CON-029]", () => {
    const offered = (name: string, version: string | null, more: Partial<Template> = {}) =>
      ({ name, version, hidden: false, deprecated: false, ...more }) as Template;
    const templates = [
      offered("a", "v1.9.9"),
      offered("b", "v1.33.1"),
      offered("c", "v1.34.0", { deprecated: true }),
      offered("d", "v1.35.0", { hidden: true }),
      offered("e", null),
    ];
    expect(bestTemplate(templates)?.name).toBe("b");
    expect(bestTemplate([])).toBeUndefined();
  });

  test("a suggested name is always a good one [CON-002]", () => {
    for (const chance of [0, 0.31, 0.5, 0.999]) expect(isClusterName(suggestName(() => chance))).toBe(true);
  });
});

describe("drafts", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
  };

  test("what was typed is there after a reload, in its own project only [CON-037]", () => {
    const place = storage();
    keepDraft(place, "p1", { ...good, step: "size", groups: [emptyGroup("gpu")] });
    expect(readDraft(place, "p1")).toEqual({ ...good, step: "size", groups: [emptyGroup("gpu")] });
    expect(readDraft(place, "p2")).toBeUndefined();
  });

  test.each(["", "null", "[]", "{", '{"name":"a","step":"nowhere"}', '{"name":"a","labels":{}}'])(
    "a spoiled draft is no draft: %o [CON-037]",
    (text) => {
      const place = storage();
      place.setItem("slipway-draft-p1", text);
      expect(readDraft(place, "p1")).toBeUndefined();
    },
  );

  test("a draft of an older page is filled up [CON-037]", () => {
    const place = storage();
    place.setItem("slipway-draft-p1", '{"name":"old","masterCount":3}');
    expect(readDraft(place, "p1")).toMatchObject({ name: "old", masterCount: 3, nodeCount: 1, groups: [] });
  });
});
