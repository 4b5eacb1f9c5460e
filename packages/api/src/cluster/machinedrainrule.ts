import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { clusterGroup } from "./group.ts";
import { validateMachineDrainRule } from "./machinedrainrule.admission.ts";

export const machineDrainRuleSpec = s.object("Which pods are treated how when a Node is drained", {
  drain: required(
    s.object("What is done with the pods", {
      behavior: required(
        s.enum("Drain evicts them, Skip leaves them, WaitCompleted waits for their end", ["Drain", "Skip", "WaitCompleted"]),
      ),
      order: s.int32("Pods of a lower order go first; only for Drain"),
    }),
  ),
  machines: s.list(
    "Which Machines; absent: all",
    s.object(
      {
        clusterSelector: s.described("By their Cluster's labels", labelSelector),
        selector: s.described("By their own labels", labelSelector),
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
    "Which pods; absent: all",
    s.object(
      {
        namespaceSelector: s.described("By their namespace's labels", labelSelector),
        selector: s.described("By their own labels", labelSelector),
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
  description: "How pods are treated when a Machine's Node is drained",
  fields: {
    spec: required(machineDrainRuleSpec),
  },
  validate: validateMachineDrainRule,
});
