import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Limits,
  newSetReplicas,
  type Scale,
  type Sized,
  scaleOldSets,
  scaleOldSetsOnDelete,
  scalePaused,
} from "./rollout.ts";
import { fencepostsOf } from "./strategy.ts";
import "../../../../scripts/propertyseed.ts";

const set = (name: string, replicas: number, extra: Partial<Sized> = {}): Sized => ({
  name,
  replicas,
  actual: replicas,
  available: replicas,
  createdAt: `2026-01-0${name.length % 9}T00:00:00Z`,
  ...extra,
});
const limits = (replicas: number, maxSurge: number, maxUnavailable: number): Limits => ({ replicas, maxSurge, maxUnavailable });

/** A rollout told step by step: plan, then machines come and go, then plan again, until nothing changes. */
const tell = (title: string, { replicas, maxSurge, maxUnavailable }: Limits, old: readonly Sized[], healthy = true): string => {
  let [newSet, ...oldSets] = [set("new", 0, { createdAt: "2026-02-01T00:00:00Z" }), ...old];
  const lines = [`${title}`];
  const shown = () => [...oldSets, newSet].map((one) => `${one.name} ${one.available} of ${one.replicas}`).join(", ");
  const apply = (scales: readonly Scale[]) => {
    const resized = (one: Sized) => ({ ...one, replicas: scales.find(({ name }) => name === one.name)?.to ?? one.replicas });
    newSet = resized(newSet);
    oldSets = oldSets.map(resized);
  };
  const settle = () => {
    const settled = (one: Sized, well: boolean) => ({
      ...one,
      actual: one.replicas,
      available: well ? one.replicas : Math.min(one.available, one.replicas),
    });
    newSet = settled(newSet, healthy);
    oldSets = oldSets.map((one) => settled(one, false));
  };
  const bounds = () => {
    const total = newSet.actual + oldSets.reduce((sum, { actual }) => sum + actual, 0);
    expect(total, `${title}: machines at once`).toBeLessThanOrEqual(replicas + maxSurge);
  };
  lines.push(`  ${shown()}`);
  for (let step = 0; step < 50; step += 1) {
    const before = shown();
    const all = () => [...oldSets, newSet];
    apply([
      { name: "new", from: newSet.replicas, to: newSetReplicas(newSet.replicas, all(), { replicas, maxSurge, maxUnavailable }) },
    ]);
    apply(scaleOldSets(newSet, oldSets, { replicas, maxSurge, maxUnavailable }));
    const asked = shown();
    settle();
    bounds();
    if (shown() === before) break;
    lines.push(asked === shown() ? `  ${asked}` : `  ${asked}  →  ${shown()}`);
  }
  return lines.join("\n");
};

test("rollouts are told in testdata/rollouts.txt, and happen so [CORE-328] [CORE-330]", async () => {
  const stories = [
    tell("3 machines, one more at a time (maxSurge 1, maxUnavailable 0)", limits(3, 1, 0), [set("old", 3)]),
    tell("3 machines, one less at a time (maxSurge 0, maxUnavailable 1)", limits(3, 0, 1), [set("old", 3)]),
    tell("10 machines, up to 13 of them, no fewer than 8 (maxSurge 3, maxUnavailable 2)", limits(10, 3, 2), [set("old", 10)]),
    tell("1 machine (maxSurge 1, maxUnavailable 0)", limits(1, 1, 0), [set("old", 1)]),
    tell("the template changes again while a rollout is under way", limits(4, 1, 1), [
      set("oldest", 2),
      set("older", 3, { available: 1, createdAt: "2026-01-09T00:00:00Z" }),
    ]),
    tell("two of the old machines are broken: they go first", limits(3, 1, 0), [set("old", 3, { available: 1 })]),
    tell("the new machines never become available: the old ones stay", limits(4, 2, 1), [set("old", 4)], false),
    tell("the deployment was made smaller at the same time", limits(2, 1, 0), [set("old", 5)]),
    tell("down to nothing", limits(0, 0, 0), [set("old", 3)]),
  ];
  const header = "Each line: machines available of those asked for, by MachineSet. What is asked  →  what comes of it.";
  await expect(`${[header, ...stories].join("\n\n")}\n`).toMatchFileSnapshot("testdata/rollouts.txt");
});

/** What happens to one of a MachineSet's machines, if it can: `undefined` when not. */
type Happening = (one: Sized) => Sized | undefined;
const happenings: readonly Happening[] = [
  (one) => (one.actual < one.replicas ? { ...one, actual: one.actual + 1 } : undefined),
  (one) => (one.available < one.actual ? { ...one, available: one.available + 1 } : undefined),
  // Those that are not available go first.
  (one) =>
    one.actual > one.replicas
      ? { ...one, actual: one.actual - 1, available: Math.min(one.available, one.actual - 1) }
      : undefined,
];

test("whatever comes when, no rollout has more machines than allowed nor keeps fewer that are available, and each one ends [CORE-328] [CORE-330]", () => {
  const oldSet = fc
    .tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }))
    .map(([replicas, available]) => set("old", replicas, { available: Math.min(available, replicas) }));
  const deployment = fc
    .tuple(fc.nat({ max: 8 }), fc.nat({ max: 5 }), fc.nat({ max: 5 }))
    .map(([replicas, surge, unavailable]) => limits(replicas, surge, Math.min(unavailable, replicas)));
  const order = fc.array(fc.nat({ max: 1000 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(oldSet, { minLength: 1, maxLength: 3 }), deployment, order, (old, wanted, chances) => {
      fc.pre(wanted.maxSurge + wanted.maxUnavailable > 0);
      let newSet = set("new", 0, { createdAt: "2026-02-01T00:00:00Z" });
      let oldSets = old.map((one, index): Sized => ({ ...one, name: `old${index}` }));
      const all = () => [...oldSets, newSet];
      const total = (of: (one: Sized) => number) => all().reduce((sum, one) => sum + of(one), 0);
      const most = Math.max(
        total(({ actual }) => actual),
        wanted.replicas + wanted.maxSurge,
      );
      const kept = () => total(({ available, replicas }) => Math.min(available, replicas));
      const plan = () => {
        newSet = { ...newSet, replicas: newSetReplicas(newSet.replicas, all(), wanted) };
        const before = kept();
        const scales = scaleOldSets(newSet, oldSets, wanted);
        oldSets = oldSets.map((one) => ({ ...one, replicas: scales.find(({ name }) => name === one.name)?.to ?? one.replicas }));
        expect(kept()).toBeGreaterThanOrEqual(Math.min(before, wanted.replicas - wanted.maxUnavailable));
      };
      const happen = (chance: number): boolean => {
        const possible = all().flatMap((one) => happenings.flatMap((happening) => happening(one) ?? []));
        const next = possible[chance % Math.max(possible.length, 1)];
        if (next === undefined) return false;
        if (next.name === "new") newSet = next;
        else oldSets = oldSets.map((one) => (one.name === next.name ? next : one));
        expect(total(({ actual }) => actual)).toBeLessThanOrEqual(most);
        return true;
      };
      for (const chance of chances) {
        if (chance % 3 === 0) plan();
        else happen(chance);
      }
      for (let round = 0; round < 200; round += 1) {
        plan();
        if (!happen(round)) break;
      }
      expect(all().map(({ replicas, available }) => [replicas, available])).toEqual([
        ...oldSets.map(() => [0, 0]),
        [wanted.replicas, wanted.replicas],
      ]);
    }),
    { numRuns: 2000 },
  );
});

describe("fenceposts", () => {
  const deployment = (
    maxSurge: number | string,
    maxUnavailable: number | string,
    type: "RollingUpdate" | "OnDelete" = "RollingUpdate",
  ) => ({ spec: { strategy: { type, rollingUpdate: { maxSurge, maxUnavailable } } } }) as Parameters<typeof fencepostsOf>[0];

  test.each<[number | string, number | string, number, number, number]>([
    ["1%", "1%", 2, 1, 0],
    [0, "1%", 2, 0, 1],
    ["0%", "25%", 1, 0, 1],
    ["25%", "25%", 10, 3, 2],
    [1, 20, 5, 1, 5],
    [0, 0, 3, 0, 1],
    [1, 0, 0, 1, 0],
  ])(
    "surge %s and unavailable %s of %i machines are %i more and %i less [CORE-329] [TRAP-13]",
    (surge, unavailable, replicas, more, less) => {
      expect(fencepostsOf(deployment(surge, unavailable), replicas)).toEqual({ maxSurge: more, maxUnavailable: less });
    },
  );

  test("OnDelete has none", () => {
    expect(fencepostsOf(deployment(1, 1, "OnDelete"), 5)).toEqual({ maxSurge: 0, maxUnavailable: 0 });
  });
});

describe("a new MachineSet", () => {
  test("counts machines that are still there, not only those that are wanted [CORE-328]", () => {
    expect(newSetReplicas(0, [set("old", 1, { actual: 3 })], limits(3, 1, 0))).toBe(1);
    expect(newSetReplicas(0, [set("old", 3, { actual: 4 })], limits(3, 1, 0))).toBe(0);
    expect(newSetReplicas(5, [set("new", 5)], limits(3, 1, 0))).toBe(3);
  });
});

describe("OnDelete", () => {
  const onDelete = limits(3, 0, 0);

  test("nothing goes by itself [CORE-331]", () => {
    expect(scaleOldSetsOnDelete(set("new", 0), [set("old", 3, { staying: 3 })], onDelete)).toEqual([]);
  });

  test("what people delete makes room for the new MachineSet [CORE-331]", () => {
    expect(scaleOldSetsOnDelete(set("new", 0), [set("old", 3, { staying: 2 })], onDelete)).toEqual([
      { name: "old", from: 3, to: 2 },
    ]);
    expect(newSetReplicas(0, [set("old", 2)], onDelete)).toBe(1);
  });

  test("a smaller deployment takes from the old MachineSets in order [CORE-331]", () => {
    const old = [set("a", 1, { staying: 1 }), set("bb", 2, { staying: 2 })];
    expect(scaleOldSetsOnDelete(set("new", 1), old, limits(2, 0, 0))).toEqual([
      { name: "a", from: 1, to: 0 },
      { name: "bb", from: 2, to: 1 },
    ]);
  });
});

describe("a paused deployment", () => {
  const paused = (replicas: number, maxSurge = 0) => ({ ...limits(replicas, maxSurge, 0), proportionally: true, actual: 10 });
  const fresh = (replicas: number, extra: Partial<Sized> = {}) => ({ ...set("new", replicas, extra), saturated: false });

  test("scales its only active MachineSet, old or new [CORE-332]", () => {
    expect(scalePaused(fresh(3), [], paused(5))).toEqual([{ name: "new", from: 3, to: 5 }]);
    expect(scalePaused(fresh(0), [set("old", 3)], paused(5))).toEqual([{ name: "old", from: 3, to: 5 }]);
    expect(scalePaused(undefined, [set("old", 0)], paused(2))).toEqual([{ name: "old", from: 0, to: 2 }]);
  });

  test("shares a change among several, the largest taking what rounding leaves [CORE-332]", () => {
    const old = [set("old", 8, { maxReplicas: 10 })];
    expect(scalePaused(fresh(2, { maxReplicas: 10 }), old, paused(15))).toEqual([
      { name: "old", from: 8, to: 12 },
      { name: "new", from: 2, to: 3 },
    ]);
    expect(scalePaused(fresh(2, { maxReplicas: 10 }), old, paused(5))).toEqual([
      { name: "old", from: 8, to: 4 },
      { name: "new", from: 2, to: 1 },
    ]);
    expect(scalePaused(fresh(3, { maxReplicas: 10 }), [set("old", 7, { maxReplicas: 10 })], paused(11))).toEqual([
      { name: "old", from: 7, to: 8 },
    ]);
    expect(scalePaused(fresh(2), old, paused(0))).toEqual([
      { name: "old", from: 8, to: 0 },
      { name: "new", from: 2, to: 0 },
    ]);
  });

  test("a new MachineSet that has everything ends the old ones [CORE-332]", () => {
    expect(scalePaused({ ...fresh(5), saturated: true }, [set("old", 2)], paused(5))).toEqual([{ name: "old", from: 2, to: 0 }]);
  });
});
