import { act, phase, ready } from "@slipway/runtime";
import { withConditions } from "../machinestatus.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** Tells the Machines what was seen of them. Last, so that it tells of everything this pass found. */
export const machineStatus = phase<Scope, null, Effect, Facts>({
  name: "machineStatus",
  independent: true,
  observe: () => null,
  decide: (_, { members: before, now }, { members = before, remediated }) => {
    const effects = members.flatMap(({ machine }, at): readonly Effect[] => {
      const told =
        remediated?.machine === machine.metadata.name
          ? withConditions(machine, [remediated.older], [remediated.newer], now)
          : machine;
      const original = before[at]?.machine;
      return original === undefined || told === original || told.status === undefined
        ? []
        : [{ call: "writeMachineStatus", machine: original, status: told.status }];
    });
    return effects.length === 0 ? ready() : act("WritingMachineStatus", effects);
  },
});
