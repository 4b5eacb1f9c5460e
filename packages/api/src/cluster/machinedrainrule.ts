import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { clusterGroup } from "./group.ts";

export const machineDrainRuleSpec = s.object({
  drain: required(
    s.object({
      behavior: required(s.enum(["Drain", "Skip", "WaitCompleted"])),
      order: s.int32(),
    }),
  ),
  machines: s.list(
    s.object(
      {
        clusterSelector: labelSelector,
        selector: labelSelector,
      },
      { minProperties: 1 },
    ),
    {
      minItems: 1,
      maxItems: 32,
      merge: "atomic",
      rules: [{ rule: "self.all(x, self.exists_one(y, x == y))", message: "entries must be unique" }],
    },
  ),
  pods: s.list(
    s.object(
      {
        namespaceSelector: labelSelector,
        selector: labelSelector,
      },
      { minProperties: 1 },
    ),
    {
      minItems: 1,
      maxItems: 32,
      merge: "atomic",
      rules: [{ rule: "self.all(x, self.exists_one(y, x == y))", message: "entries must be unique" }],
    },
  ),
});
export type MachineDrainRuleSpec = TypeOf<typeof machineDrainRuleSpec>;

export interface MachineDrainRule extends KubeObject {
  readonly spec: MachineDrainRuleSpec;
}

export const MachineDrainRule = defineKind<MachineDrainRule>({
  ...clusterGroup,
  kind: "MachineDrainRule",
  plural: "machinedrainrules",
  metadataRequired: true,
  columns: [column("Behavior", ".spec.drain.behavior"), column("Order", ".spec.drain.order"), ageColumn],
  description: "TODO",
  fields: {
    spec: required(machineDrainRuleSpec),
  },
});
