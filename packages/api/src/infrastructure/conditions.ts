import { required, s } from "../kind/fields.ts";

/** The provider's own CRDs write the older conditions out and bound nothing, other than Cluster API's. */
export const openStackConditions = s.list(
  "What the object says of itself",
  s.object({
    lastTransitionTime: required(s.time("When it last changed")),
    status: required(s.string("What it is")),
    type: required(s.string("What is stated")),
    message: s.string("For people"),
    reason: s.string("For machines: one CamelCase word"),
    severity: s.string("Error, Warning or Info; empty when the status is True"),
  }),
);
