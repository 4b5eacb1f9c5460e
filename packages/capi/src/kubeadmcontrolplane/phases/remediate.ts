import { controlPlaneAnnotations, Machine, refOf, type Stored } from "@slipway/api";
import { act, hasStatus, type KubeEffect, phase, ready, removeCondition } from "@slipway/runtime";
import { isDeleting } from "../controlplane.ts";
import { decideRemediation } from "../remediation.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** A machine that got well again is no longer waiting for us. */
export const recovered = phase<Scope, null, Effect, Facts>({
  name: "recovered",
  independent: true,
  observe: () => null,
  decide: (_, { members }) => {
    const effects = members.flatMap(({ machine }) => withoutRemediation(machine));
    return effects.length === 0 ? ready() : act("ForgettingRemediation", effects);
  },
});

const withoutRemediation = (machine: Stored<Machine>): readonly KubeEffect[] => {
  if (isDeleting(machine)) return [];
  const older = machine.status?.conditions ?? [];
  const newer = machine.status?.v1beta2?.conditions ?? [];
  const over = (list: typeof older | typeof newer) =>
    hasStatus(list, "HealthCheckSucceeded", "True") && hasStatus(list, "OwnerRemediated", "False");
  const status = {
    ...(over(older) ? { conditions: removeCondition(older, "OwnerRemediated") } : {}),
    ...(over(newer) ? { v1beta2: { conditions: removeCondition(newer, "OwnerRemediated") } } : {}),
  };
  if (Object.keys(status).length === 0) return [];
  const body = { metadata: { resourceVersion: machine.metadata.resourceVersion }, status };
  return [{ call: "patch", resource: Machine, ref: refOf(machine), patch: { type: "merge", body }, subresource: "status" }];
};

export const remediate = phase<Scope, null, Effect, Facts>({
  name: "remediate",
  observe: () => null,
  decide: (_, scope, { members = scope.members, inspection, initialized = false }) => {
    const started = initialized || scope.kcp.status?.initialized === true;
    const chosen = decideRemediation({ ...scope, members }, inspection?.members, started);
    switch (chosen.step) {
      case "none":
        return ready();
      case "forget":
        return ready({ annotations: { [controlPlaneAnnotations.remediationInProgress]: undefined } });
      case "defer": {
        const { machine, older, newer } = chosen;
        return ready({ remediated: { machine: machine.metadata.name, older, newer } });
      }
      case "remediate": {
        const { machine, heir, data, older, newer } = chosen;
        const effects: readonly Effect[] = [
          ...(heir === undefined ? [] : [{ call: "moveLeader", from: machine, to: heir } as const]),
          { call: "delete", resource: Machine, ref: refOf(machine), preconditions: { uid: machine.metadata.uid } },
        ];
        return act("Remediating", effects, {
          facts: {
            remediated: { machine: machine.metadata.name, older, newer },
            annotations: { [controlPlaneAnnotations.remediationInProgress]: JSON.stringify(data) },
          },
        });
      }
    }
  },
});
