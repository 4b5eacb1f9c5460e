import { invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";

export type IntOrPercent = number | string;

/** What `3` or `"30%"` of `total` is; undefined when it is neither a number nor a percentage. */
export const scaledValue = (value: IntOrPercent, total: number, round: "up" | "down"): number | undefined => {
  if (typeof value === "number") return value;
  const match = /^([+-]?\d+)%$/.exec(value);
  if (!match) return undefined;
  const exact = (Number(match[1]) * total) / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
};

export const intOrPercentErrors = (value: IntOrPercent | undefined, path: string): readonly FieldError[] =>
  value === undefined || scaledValue(value, 1, "up") !== undefined
    ? []
    : [invalid(path, value, "must be either an int or a percentage: invalid type: string is not a percentage")];
