/**
 * A question to the series of one moment: the part of PromQL that the alerts need, as a value. `promql` writes it for Prometheus and
 * Grafana, `evaluate` answers it here: one declaration, two readers.
 */
export type Query =
  | { readonly op: "series"; readonly family: string; readonly where: Where }
  | { readonly op: "max"; readonly by: readonly string[]; readonly of: Query }
  | { readonly op: "minus"; readonly left: Query; readonly right: Query }
  | {
      readonly op: "take";
      readonly left: Query;
      readonly right: Query;
      readonly on: readonly string[];
      readonly labels: readonly string[];
    }
  | { readonly op: "unless"; readonly left: Query; readonly right: Query; readonly on: readonly string[] }
  | { readonly op: "and"; readonly left: Query; readonly right: Query; readonly on: readonly string[] }
  | { readonly op: "is"; readonly left: Query; readonly sign: Sign; readonly value: number }
  | { readonly op: "rename"; readonly of: Query; readonly from: string; readonly to: string }
  | { readonly op: "or"; readonly left: Query; readonly right: Query }
  | { readonly op: "within"; readonly of: Query; readonly seconds: number };

/** A label is this, or one of these. */
export interface Where {
  readonly [label: string]: string | readonly string[];
}
export type Sign = "==" | ">" | "<";

export const series = (family: string, where: Where = {}): Query => ({ op: "series", family, where });
/** One series for each combination of these labels: which object it is, whatever else is known of it. */
export const maxBy = (by: readonly string[], of: Query): Query => ({ op: "max", by, of });
/** Series with the same labels on both sides. */
export const minus = (left: Query, right: Query): Query => ({ op: "minus", left, right });
/** The left side's series with `labels` of the right side's, which are 1; those without a partner are left out. */
export const take = (labels: readonly string[], on: readonly string[], left: Query, right: Query): Query => ({
  ...{ op: "take", left, right, on, labels },
});
export const unless = (on: readonly string[], left: Query, right: Query): Query => ({ op: "unless", left, right, on });
export const both = (on: readonly string[], left: Query, right: Query): Query => ({ op: "and", left, right, on });
export const is = (left: Query, sign: Sign, value: number): Query => ({ op: "is", left, sign, value });
/** The same series with the value of label `from` as label `to` too. */
export const rename = (from: string, to: string, of: Query): Query => ({ op: "rename", of, from, to });
/** All series of the left side, and those of the right side whose labels it does not have. */
export const either = (left: Query, right: Query): Query => ({ op: "or", left, right });
/** Of Unix times: by how many seconds less than `seconds` are left until then; more than 0 once it is that near, or past. */
export const within = (seconds: number, of: Query): Query => ({ op: "within", of, seconds });
