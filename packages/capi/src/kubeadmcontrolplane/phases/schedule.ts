import { phase, wait } from "@slipway/runtime";
import type { Effect, Facts, Scope } from "../scope.ts";

const dayMilliseconds = 86_400_000;

/** What comes with time alone and no watch tells: an announced rollout, ageing certificates and kubeconfigs, pods that get well. */
export const schedule = phase<Scope, null, Effect, Facts>({
  name: "schedule",
  independent: true,
  observe: () => null,
  decide: (_, { kcp, members, now }, { inspection, readyNodes = 0 }) => {
    const { rolloutAfter, rolloutBefore } = kcp.spec;
    const days = rolloutBefore?.certificatesExpiryDays;
    const moments = [
      ...(rolloutAfter === undefined ? [] : [Date.parse(rolloutAfter)]),
      ...(days === undefined
        ? []
        : members.flatMap(({ machine }) => {
            const expiry = machine.status?.certificatesExpiryDate;
            return expiry === undefined ? [] : [Date.parse(expiry) - days * dayMilliseconds];
          })),
    ]
      .filter((moment) => moment >= now.getTime())
      .map((moment) => Math.min(moment - now.getTime(), dayMilliseconds) / 1000 + 1);
    const unwell = inspection?.controlPlane.some(
      ({ older }) => older?.type === "ControlPlaneComponentsHealthy" && older.status === "False",
    );
    const started = kcp.status?.ready === true || readyNodes > 0;
    const soon = inspection !== undefined && (unwell || !started) ? [20] : [];
    return wait("Scheduled", { recheckSeconds: Math.min(dayMilliseconds / 1000, ...moments, ...soon) });
  },
});
