import { FAILURE_ANNOTATION } from "@slipway/api";
import { fail, phase, ready } from "@slipway/runtime";
import { impossible } from "../impossible.ts";
import { LabelError, readLabels } from "../labels/label.ts";
import { serverGroupsFor } from "../labels/servergroups.ts";
import type { DriverEffect, Facts, Scope } from "../scope.ts";
import { baseShape } from "../shape.ts";

/** What was asked for can be carried out at all: the request got through, its labels make sense. */
export const request = phase<Scope, { failure: string | undefined; mistake: string | undefined }, DriverEffect, Facts>({
  name: "request",
  observe: (scope) => ({ failure: scope.record.metadata.annotations?.[FAILURE_ANNOTATION], mistake: mistakeIn(scope) }),
  decide: ({ failure, mistake }) => {
    if (failure !== undefined) return fail("RequestFailed", failure);
    if (mistake !== undefined) return fail("InvalidRequest", mistake);
    return ready();
  },
});

const mistakeIn = ({ record, effects, namespace }: Scope): string | undefined => {
  const master = record.spec.nodeGroups.find(({ role }) => role === "master");
  const wrong = master && impossible(master);
  if (wrong !== undefined) return wrong;
  try {
    serverGroupsFor(record);
    const labels = readLabels(record.spec.labels);
    effects.reduce((shape, effect) => effect(shape, labels, record), baseShape(record, { serverGroups: {}, namespace }));
    return undefined;
  } catch (error) {
    if (error instanceof LabelError) return error.message;
    throw error;
  }
};
