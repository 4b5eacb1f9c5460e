import { act, phase, ready } from "@slipway/runtime";
import { type ServerGroupPolicy, serverGroupsFor } from "../labels/servergroups.ts";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

interface Found {
  readonly wanted: readonly { readonly name: string; readonly policy: ServerGroupPolicy }[];
  readonly ids: { readonly [name: string]: string };
}

/** A Nova server group for every node group, found by its name; once known its id is kept in the status and Nova is not asked again. */
export const serverGroups = phase<Scope, Found, DriverEffect, Facts>({
  name: "serverGroups",
  observe: async ({ record, cloud }) => {
    const wanted = serverGroupsFor(record);
    const known = record.status?.serverGroups ?? {};
    if (wanted.every(({ name }) => known[name] !== undefined) || cloud === undefined) return { wanted, ids: known };
    const there = await cloud.compute.listServerGroups();
    return { wanted, ids: { ...known, ...idsByName(wanted, there) } };
  },
  decide: ({ wanted, ids }) => {
    const missing = wanted.filter(({ name }) => ids[name] === undefined);
    const facts = { serverGroups: ids };
    if (missing.length === 0) return ready(facts);
    return act(
      "CreatingServerGroups",
      missing.map(({ name, policy }) => ({ call: "createServerGroup" as const, name, policy })),
      { facts },
    );
  },
});

/** Two groups of one name (a second pass of a killed program) are as good as one: the first by id serves. */
const idsByName = (
  wanted: Found["wanted"],
  there: readonly { readonly id: string; readonly name: string }[],
): { readonly [name: string]: string } =>
  Object.fromEntries(
    wanted.flatMap(({ name }) => {
      const id = there
        .filter((group) => group.name === name)
        .map((group) => group.id)
        .toSorted()[0];
      return id === undefined ? [] : [[name, id]];
    }),
  );
