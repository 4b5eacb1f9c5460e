import { isNotFound, refOf, Secret, type Stored } from "@slipway/api";
import { textFromBase64 } from "@slipway/api/pki/index.ts";
import { act, type Decision, phase, ready, wait } from "@slipway/runtime";
import { withToken } from "../fill.ts";
import type { Effect, Facts, Scope } from "../scope.ts";
import {
  checkAfterSeconds,
  newToken,
  tokenNeedsRenewal,
  tokenNeedsRotation,
  tokenSecret,
  tokenSecretRef,
  withExpiration,
} from "../token.ts";

interface Observed {
  /** The token in the spec, as long as somebody may still come with it. */
  readonly token: string | undefined;
  readonly connected: boolean;
  readonly secret: Stored<Secret> | undefined;
  /** The data still names another token. */
  readonly outdated: boolean;
  readonly freshToken: string;
}

/** The data is made; its token must live until its machine is a node. A pool makes machines at any time, so its token never ends. */
export const refreshToken = phase<Scope, Observed, Effect, Facts>({
  name: "refreshToken",
  observe: async ({ config, owner, workload, caches }) => {
    const token = config.spec.joinConfiguration?.discovery?.bootstrapToken?.token;
    const nothing = { token: undefined, connected: false, secret: undefined, outdated: false, freshToken: "" };
    const arrived = owner.kind === "Machine" && owner.hasNodes;
    if (config.status?.ready !== true || arrived || token === undefined || token === "") return nothing;
    if (workload === undefined) return { ...nothing, token };
    const secret = await workload.client.get(Secret, tokenSecretRef(token)).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    const data = owner.kind === "MachinePool" ? caches.find(Secret, refOf(config))?.data?.["value"] : undefined;
    return {
      token,
      connected: true,
      secret,
      outdated: data !== undefined && !textFromBase64(data).includes(token),
      freshToken: newToken(),
    };
  },
  decide: (seen, scope) => {
    const { config, owner, now, tokenTtlSeconds } = scope;
    if (config.status?.ready !== true) return ready();
    // Made once, a Machine's data is never made again: it has started with it.
    if (seen.token === undefined) return wait("DataSecretAvailable");
    if (!seen.connected) return wait("WaitingForWorkloadConnection", { recheckSeconds: 10 });
    if (seen.outdated) return ready();
    if (owner.kind === "MachinePool" && (seen.secret === undefined || owner.hasNodes)) return rotate(seen, scope);
    const expiration = new Date(now.getTime() + tokenTtlSeconds * 1000);
    // The machine's user data names this very token and cannot be changed any more, so it is put back as it was. Upstream gives up.
    if (seen.secret === undefined)
      return act("RestoringToken", { call: "putToken", secret: tokenSecret(seen.token, expiration) });
    if (tokenNeedsRenewal(seen.secret, tokenTtlSeconds, now)) {
      return act("RefreshingToken", { call: "putToken", secret: withExpiration(seen.secret, expiration) });
    }
    return wait("DataSecretAvailable", { recheckSeconds: checkAfterSeconds(tokenTtlSeconds) });
  },
});

/** Another token for the machines to come; the old one ends by itself. Endpoint and CA hashes stay. */
const rotate = ({ secret, freshToken }: Observed, { config, now, tokenTtlSeconds }: Scope): Decision<Effect, Facts> =>
  secret === undefined || tokenNeedsRotation(secret, tokenTtlSeconds, now)
    ? act(
        "RotatingToken",
        { call: "createToken", token: freshToken, authorityPem: undefined },
        { facts: { filled: withToken(config.spec, freshToken) } },
      )
    : wait("DataSecretAvailable", { recheckSeconds: checkAfterSeconds(tokenTtlSeconds) });
