import { isNotFound, Secret, type Stored } from "@slipway/api";
import { act, phase, ready, wait } from "@slipway/runtime";
import type { Effect, Facts, Scope } from "../scope.ts";
import { checkAfterSeconds, tokenNeedsRenewal, tokenSecret, tokenSecretRef, withExpiration } from "../token.ts";

type Observed =
  | { readonly token: undefined }
  | { readonly token: string; readonly connected: boolean; readonly secret: Stored<Secret> | undefined };

/**
 * The data is made; until its machine is a node, its token must live. A token that is gone is put back as it was: the machine's user
 * data, which nobody can change any more, names it. (Upstream gives up here.)
 */
export const refreshToken = phase<Scope, Observed, Effect, Facts>({
  name: "refreshToken",
  observe: async ({ config, owner, workload }) => {
    const token = config.spec.joinConfiguration?.discovery?.bootstrapToken?.token;
    if (config.status?.ready !== true || owner.hasNodes || token === undefined || token === "") return { token: undefined };
    if (workload === undefined) return { token, connected: false, secret: undefined };
    const secret = await workload.client.get(Secret, tokenSecretRef(token)).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    return { token, connected: true, secret };
  },
  decide: (seen, { config, now, tokenTtlSeconds }) => {
    if (config.status?.ready !== true) return ready();
    // Made once, data is never made again: the machine has started with it.
    if (seen.token === undefined) return wait("DataSecretAvailable");
    if (!seen.connected) return wait("WaitingForWorkloadConnection", { recheckSeconds: 10 });
    const expiration = new Date(now.getTime() + tokenTtlSeconds * 1000);
    if (seen.secret === undefined)
      return act("RestoringToken", { call: "putToken", secret: tokenSecret(seen.token, expiration) });
    if (tokenNeedsRenewal(seen.secret, tokenTtlSeconds, now)) {
      return act("RefreshingToken", { call: "putToken", secret: withExpiration(seen.secret, expiration) });
    }
    return wait("DataSecretAvailable", { recheckSeconds: checkAfterSeconds(tokenTtlSeconds) });
  },
});
