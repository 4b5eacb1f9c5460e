import type { Clock } from "@slipway/runtime";
import type { AccessRule, ValidateToken, ValidToken } from "../../cloud/keystone.ts";

export interface TokenCacheOptions {
  readonly validate: ValidateToken;
  readonly clock: Pick<Clock, "now">;
  /** How long an answer of Keystone's is believed: so long a revoked token may still be honoured. */
  readonly seconds: number;
  readonly most?: number;
}

/**
 * Tokens that Keystone vouched for a short while ago. Their own end is heeded, many requests with one new token ask Keystone once,
 * and the oldest leave when there are too many. Refusals are not kept: a token may become valid to a restarted Keystone.
 */
export const createTokenCache = ({ validate, clock, seconds, most = 10_000 }: TokenCacheOptions): ValidateToken => {
  const known = new Map<string, { readonly until: number; readonly answer: Promise<ValidToken | undefined> }>();

  const ask = (token: string): Promise<ValidToken | undefined> => {
    const answer = validate(token).then(
      (valid) => {
        if (valid === undefined) known.delete(token);
        return valid;
      },
      (error: unknown) => {
        known.delete(token);
        throw error;
      },
    );
    known.set(token, { until: clock.now().getTime() + seconds * 1000, answer });
    if (known.size > most) {
      const oldest = known.keys().next().value;
      if (oldest !== undefined) known.delete(oldest);
    }
    return answer;
  };

  return async (token) => {
    const now = clock.now().getTime();
    const cached = known.get(token);
    if (cached !== undefined && cached.until <= now) known.delete(token);
    const valid = await (cached !== undefined && cached.until > now ? cached.answer : ask(token));
    if (valid !== undefined && valid.expiresAt.getTime() > clock.now().getTime()) return valid;
    known.delete(token);
    return undefined;
  };
};

/** An application credential with access rules opens only the doors they name; `*` stands for one part of a path, `**` for any. */
export const accessAllowed = ({ applicationCredential }: ValidToken, method: string, path: string): boolean => {
  const rules = applicationCredential?.accessRules;
  return rules === undefined || rules.some((rule) => ruleMatches(rule, method, path));
};

const ruleMatches = (rule: AccessRule, method: string, path: string): boolean =>
  (rule.service === "container-infra" || rule.service === "container-infrastructure-management") &&
  rule.method.toUpperCase() === method &&
  new RegExp(
    `^${rule.path
      .split(/(\*\*|\*|\{[^}]*\})/)
      .map((part) => {
        if (part === "**") return ".*";
        return part === "*" || part.startsWith("{") ? "[^/]+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      })
      .join("")}$`,
  ).test(path);
