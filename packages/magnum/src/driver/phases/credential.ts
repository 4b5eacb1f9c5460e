import { fail, phase, ready, wait } from "@slipway/runtime";
import type { Credential, DriverEffect, Facts, Scope } from "../scope.ts";

/** The API writes the Secret right after the record; when it was killed in between, nobody ever will. */
const PATIENCE_SECONDS = 120;

/** Nothing can be made in the tenant's project without the tenant's credential. */
export const credential = phase<Scope, { credential: Credential | undefined; ageSeconds: number }, DriverEffect, Facts>({
  name: "credential",
  observe: ({ credential: found, record, now }) => ({
    credential: found,
    ageSeconds: (now.getTime() - new Date(record.metadata.creationTimestamp).getTime()) / 1000,
  }),
  decide: ({ credential: found, ageSeconds }) => {
    if (found !== undefined) return ready();
    if (ageSeconds < PATIENCE_SECONDS)
      return wait("WaitingForCredential", { message: "The cluster's credential is being made.", recheckSeconds: 10 });
    return fail(
      "CredentialMissing",
      "The cluster's application credential was never made: the service was interrupted while it took the request. Delete the cluster and create it again.",
    );
  },
});
