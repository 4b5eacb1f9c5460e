import { annotations } from "@slipway/api";
import { phase, ready, wholeSeconds } from "@slipway/runtime";
import { isControlPlaneMachine } from "../cluster/scope.ts";
import type { MachineEffect, MachineFacts, MachineScope } from "./scope.ts";

/** When the certificates of a control plane Machine end: whoever watches over them writes it down as an annotation. CORE-217 */
export const certificates = phase<MachineScope, string | undefined, MachineEffect, MachineFacts>({
  name: "certificates",
  independent: true,
  observe: ({ machine }, { bootstrap }) =>
    isControlPlaneMachine(machine)
      ? (machine.metadata.annotations?.[annotations.certificatesExpiry] ??
        bootstrap?.object?.metadata.annotations?.[annotations.certificatesExpiry])
      : undefined,
  decide: (expiry) => {
    if (expiry === undefined) return ready();
    const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(expiry) ? new Date(expiry) : new Date(Number.NaN);
    if (Number.isNaN(date.getTime())) {
      throw new Error(
        `annotation ${annotations.certificatesExpiry}: "${expiry}" is not a time: write it like 2027-01-31T00:00:00Z`,
      );
    }
    return ready({ certificatesExpiryDate: wholeSeconds(date) });
  },
});
