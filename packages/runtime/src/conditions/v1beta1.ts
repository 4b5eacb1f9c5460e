import type { Condition } from "@slipway/api";

/**
 * The older family, `status.conditions`: with a severity, no reason when True, and a time that moves with every change. This is a
 * condition before it is set: the time is given by the setting, or taken from what it mirrors.
 */
export interface NewCondition {
  readonly type: string;
  readonly status: string;
  /** Empty when True. */
  readonly severity?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}
export type ConditionStatus = "True" | "False" | "Unknown";

export const isTrue = (type: string): NewCondition => ({ type, status: "True" });
export const isFalse = (type: string, reason: string, severity: string, message = ""): NewCondition => ({
  type,
  status: "False",
  severity,
  reason,
  ...(message === "" ? {} : { message }),
});
export const isUnknown = (type: string, reason: string, message = ""): NewCondition => ({
  type,
  status: "Unknown",
  reason,
  ...(message === "" ? {} : { message }),
});

export const findCondition = <C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find((condition) => condition.type === type);

export const hasStatus = (
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
  status: ConditionStatus,
): boolean => findCondition(conditions, type)?.status === status;

/** The time as both families write it. */
export const wholeSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

const same = (left: NewCondition, right: NewCondition): boolean =>
  left.status === right.status &&
  (left.reason ?? "") === (right.reason ?? "") &&
  (left.severity ?? "") === (right.severity ?? "") &&
  (left.message ?? "") === (right.message ?? "");

/** Sets one condition, keeping the order; the same list when nothing changes. CORE-060, CORE-061 */
export const setCondition = (
  conditions: readonly Condition[] = [],
  wanted: NewCondition | undefined,
  now: Date,
): readonly Condition[] => {
  if (!wanted) return conditions;
  const at = conditions.findIndex(({ type }) => type === wanted.type);
  const known = conditions[at];
  if (known && same(known, wanted)) return conditions;
  // A mirrored condition brings its time along the first time only.
  const time = known === undefined ? wanted.lastTransitionTime : undefined;
  const stamped: Condition = { ...wanted, lastTransitionTime: time ?? wholeSeconds(now) };
  return (known ? conditions.with(at, stamped) : [...conditions, stamped]).toSorted(byType);
};

export const removeCondition = <C extends { readonly type: string }>(
  conditions: readonly C[] = [],
  type: string,
): readonly C[] =>
  conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;

const byType = (left: Condition, right: Condition): number => {
  if (left.type === "Ready" || right.type === "Ready") return left.type === right.type ? 0 : left.type === "Ready" ? -1 : 1;
  return left.type < right.type ? -1 : left.type > right.type ? 1 : 0;
};

/** False/Error, False/Warning, False/Info, True, Unknown: the lowest that is there wins. CORE-062 */
const rankOf = ({ status, severity }: NewCondition): number => {
  if (status === "True") return 3;
  if (status === "Unknown") return 4;
  return severity === "Error" ? 0 : severity === "Warning" ? 1 : 2;
};

export interface SummaryOptions {
  /** In order: reason and message come from the first of the winning ones. Absent: all but Ready, by name. */
  readonly types?: readonly string[];
  /** The message becomes `1 of 2 completed`. */
  readonly stepCounter?: boolean;
  /** Only while no other condition of `types` is there. */
  readonly stepCounterOnlyIf?: readonly string[];
}

/** The `Ready` condition that sums up an object's others; undefined when there are none to sum up. CORE-062…065 */
export const summary = (conditions: readonly Condition[] | undefined, options: SummaryOptions = {}): NewCondition | undefined => {
  const { types, stepCounter = false, stepCounterOnlyIf } = options;
  const inScope = (conditions ?? []).filter(({ type }) => type !== "Ready" && (types === undefined || types.includes(type)));
  if (inScope.length === 0) return undefined;
  const inOrder = types === undefined ? inScope.toSorted(byType) : types.flatMap((type) => findCondition(inScope, type) ?? []);
  const counts = stepCounter && !inScope.some(({ type }) => stepCounterOnlyIf !== undefined && !stepCounterOnlyIf.includes(type));
  const steps = (stepCounterOnlyIf ?? types)?.length ?? inScope.length;
  return merged("Ready", inOrder, counts ? steps : undefined);
};

const merged = (type: string, conditions: readonly NewCondition[], steps?: number): NewCondition => {
  const best = Math.min(...conditions.map(rankOf));
  const winner = conditions.find((condition) => rankOf(condition) === best);
  if (winner === undefined || best === 3) return isTrue(type);
  const completed = conditions.filter(({ status }) => status === "True").length;
  const message = steps === undefined ? (winner.message ?? "") : `${completed} of ${steps} completed`;
  return winner.status === "Unknown"
    ? isUnknown(type, winner.reason ?? "", message)
    : isFalse(type, winner.reason ?? "", winner.severity ?? "", message);
};

export interface AggregateSource {
  readonly kind: string;
  readonly name: string;
  readonly conditions: readonly Condition[] | undefined;
}

/** One condition from the `Ready` of many objects; undefined when none of them has one. CORE-066 */
export const aggregate = (
  type: string,
  sources: readonly AggregateSource[],
  options: { readonly stepCounter?: boolean; readonly sourceRef?: boolean } = {},
): NewCondition | undefined => {
  const { stepCounter = true, sourceRef = true } = options;
  const readies = sources.flatMap(({ kind, name, conditions }) => {
    const ready = findCondition(conditions, "Ready");
    if (!ready) return [];
    const named = sourceRef && ready.reason && !ready.reason.includes("@") ? `${ready.reason} @ ${kind}/${name}` : ready.reason;
    return [named === undefined ? ready : { ...ready, reason: named }];
  });
  return readies.length === 0 ? undefined : merged(type, readies, stepCounter ? sources.length : undefined);
};

/** The source's `Ready` under another name, with its time when it is new here. CORE-067 */
export const mirror = (
  type: string,
  source: readonly Condition[] | undefined,
  fallback?: NewCondition,
): NewCondition | undefined => {
  const ready = findCondition(source, "Ready");
  return ready ? { ...ready, type } : fallback && { ...fallback, type };
};
