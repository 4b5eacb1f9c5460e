import { required, s, type TypeOf } from "../kind/fields.ts";

export const labelSelector = s.object(
  "Selects objects by their labels; all terms must hold",
  {
    matchExpressions: s.list(
      "Terms with an operator",
      s.object({
        key: required(s.string("The label's key")),
        operator: required(s.string("In, NotIn, Exists or DoesNotExist")),
        values: s.list("For In and NotIn: at least one; else none", s.string(), { merge: "atomic" }),
      }),
      { merge: "atomic" },
    ),
    matchLabels: s.map("Labels that must have exactly these values", s.string()),
  },
  { atomic: true },
);
export type LabelSelector = TypeOf<typeof labelSelector>;
