import { required, s, type TypeOf } from "../kind/fields.ts";

export const labelSelector = s.object(
  {
    matchExpressions: s.list(
      s.object({
        key: required(s.string()),
        operator: required(s.string()),
        values: s.list(s.string(), { merge: "atomic" }),
      }),
      { merge: "atomic" },
    ),
    matchLabels: s.map(s.string()),
  },
  { atomic: true },
);
export type LabelSelector = TypeOf<typeof labelSelector>;
