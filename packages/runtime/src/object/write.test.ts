import { type Client, Machine, type Stored } from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { afterEach, describe, expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import { mergePatch, sameJson } from "./diff.ts";
import { ownerOf, withOwner } from "./owners.ts";
import { formatSelector, matchesRequirement, matchesSelector, parseSelector } from "./selector.ts";
import { writeChanges } from "./write.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
const ref = { namespace: "default", name: "m" };
const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: "2026-01-01T00:00:00Z" });

const start = async () => {
  const api = await createApiInMemory({ kinds: [Machine] });
  ends.push(api.close);
  const writes: unknown[] = [];
  const client: Client = {
    ...api.client,
    patch: (resource, of, patch, options) => {
      writes.push(patch.body);
      return api.client.patch(resource, of, patch, options);
    },
  };
  const machine = await api.client.create(Machine, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: ref,
    spec: {
      clusterName: "one",
      bootstrap: { dataSecretName: "d" },
      infrastructureRef: { kind: "I", name: "i", apiVersion: "x/v1", namespace: "default" },
    },
  });
  const write = (before: Stored<Machine>, after: Machine, owned = {}) =>
    writeChanges({ client, clock: createVirtualClock(), resource: Machine, before, after, owned });
  const others = (status: object) =>
    api.client.patch(Machine, ref, { type: "merge", body: { status } }, { subresource: "status" });
  return { machine, write, writes, others };
};

describe("writing what changed", () => {
  test("writes nothing when nothing did", async () => {
    const { machine, write, writes } = await start();
    expect(await write(machine, { ...machine, metadata: { ...machine.metadata }, spec: { ...machine.spec } })).toBe(machine);
    expect(writes).toEqual([]);
  });

  test("writes spec and status apart, each with only what differs; conditions at the revision that was read [CORE-082]", async () => {
    const { machine, write, writes } = await start();
    const after = {
      ...machine,
      spec: { ...machine.spec, providerID: "p" },
      status: { phase: "Pending", conditions: [condition("Ready", "True")] },
    } as Machine;
    const written = await write(machine, after);
    expect(written.status?.phase).toBe("Pending");
    expect(writes).toEqual([
      { spec: { providerID: "p" } },
      { metadata: { resourceVersion: expect.any(String) }, status: after.status },
    ]);
    writes.length = 0;
    await write(written, { ...written, status: { ...written.status, phase: "Running" } });
    expect(writes).toEqual([{ status: { phase: "Running" } }]);
  });

  test("keeps conditions that others set meanwhile, except where it alone decides [CORE-083]", async () => {
    const { machine, write, others } = await start();
    await others({
      conditions: [condition("HealthCheckSucceeded", "False"), condition("Ready", "False"), condition("Shared", "False")],
    });
    const mine = [condition("Ready", "True"), condition("BootstrapReady", "True"), condition("Shared", "True")];
    const written = await write(machine, { ...machine, status: { conditions: mine } }, { v1beta1: ["Ready"] });
    expect(Object.fromEntries((written.status?.conditions ?? []).map(({ type, status }) => [type, status]))).toEqual({
      Ready: "True",
      BootstrapReady: "True",
      Shared: "False",
      HealthCheckSucceeded: "False",
    });
  });
});

describe("differences and selectors", () => {
  test("a merge patch holds only what differs, and null for what went", () => {
    expect(mergePatch({ a: 1, b: { c: 1, d: [1] }, e: 1 }, { a: 1, b: { c: 2, d: [1, 2] }, f: undefined })).toEqual({
      b: { c: 2, d: [1, 2] },
      e: null,
    });
    expect(mergePatch({ a: { b: undefined } }, { a: {} })).toBeUndefined();
    expect(sameJson({ a: undefined, b: [1, { c: null }] }, { b: [1, { c: null }] })).toBe(true);
    expect(sameJson([1], { 0: 1 })).toBe(false);
  });

  test.each([
    ["a=b,c in (d,e),!f", { a: "b", c: "e" }, true],
    ["a=b,c in (d,e),!f", { a: "b", c: "e", f: "" }, false],
    ["a!=b", {}, true],
    ["a notin (b, c)", { a: "c" }, false],
    ["x.io/a", { "x.io/a": "" }, true],
    ["n>5", { n: "10" }, true],
    ["n<5", { n: "10" }, false],
    ["", { any: "thing" }, true],
  ])("selector %j on %j: %s", (text, labels, expected) => {
    expect(parseSelector(text).every((requirement) => matchesRequirement(requirement, labels as { [key: string]: string }))).toBe(
      expected,
    );
  });

  test("a selector of a spec: none selects nothing, an empty one everything", () => {
    expect([matchesSelector(undefined, { a: "b" }), matchesSelector({}, { a: "b" })]).toEqual([false, true]);
    expect(
      formatSelector({ matchLabels: { b: "1" }, matchExpressions: [{ key: "a", operator: "NotIn", values: ["y", "x"] }] }),
    ).toBe("a notin (x,y),b=1");
    expect(() => parseSelector("a in")).toThrow(/unable to parse/);
  });

  test("owners are found by group and kind, and replaced by name", () => {
    const owner = { apiVersion: "g/v1", kind: "K", name: "n", uid: "1" };
    const references = withOwner([], owner);
    expect(withOwner(references, { ...owner, apiVersion: "g/v1" })).toBe(references);
    expect(withOwner(references, { ...owner, apiVersion: "g/v2", uid: "2" })).toEqual([
      { ...owner, apiVersion: "g/v2", uid: "2" },
    ]);
    expect(
      ownerOf({ apiVersion: "v1", kind: "X", metadata: { ownerReferences: references } }, { group: "g", kind: "K" })?.uid,
    ).toBe("1");
  });
});
