import { FAILURE_ANNOTATION } from "@slipway/api";
import { fail, phase, ready } from "@slipway/runtime";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

/** What was asked for can be carried out at all: the request got through, its labels make sense. */
export const request = phase<Scope, { failure: string | undefined; mistake: string | undefined }, DriverEffect, Facts>({
  name: "request",
  observe: ({ record, mistake }) => ({ failure: record.metadata.annotations?.[FAILURE_ANNOTATION], mistake }),
  decide: ({ failure, mistake }) => {
    if (failure !== undefined) return fail("RequestFailed", failure);
    if (mistake !== undefined) return fail("InvalidRequest", mistake);
    return ready();
  },
});
