import type { AccessReview, Authorizer, Verdict } from "./authorizer.ts";

/** An authorizer that can also answer at once. */
export interface JudgingAuthorizer extends Authorizer {
  judge(review: AccessReview): Verdict;
}

/** Allowed is what the one or the other allows. */
export const firstToAllow = (first: JudgingAuthorizer, second: JudgingAuthorizer): JudgingAuthorizer => ({
  judge: (review) => either(first.judge(review), () => second.judge(review)),
  authorize: (review) => {
    const verdict = second.judge(review);
    // Nearly all are allowed by roles, and then nobody else need be asked.
    if (verdict.allowed) return verdict;
    const other = first.authorize(review);
    return other instanceof Promise ? other.then((found) => either(found, () => verdict)) : either(other, () => verdict);
  },
});

const either = (first: Verdict, second: () => Verdict): Verdict => {
  if (first.allowed) return first;
  const other = second();
  if (other.allowed) return other;
  const reasons = [first.reason, other.reason].filter((reason) => reason !== undefined);
  return reasons.length === 0 ? { allowed: false } : { allowed: false, reason: reasons.join("\n") };
};
