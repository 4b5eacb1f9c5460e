import { invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import type { LabelSelector } from "../meta/selector.ts";
import type { MachineDrainRule } from "./machinedrainrule.ts";
import { selectorErrors } from "./template.admission.ts";

/** Only pods that are drained have an order in which they are. */
export const validateMachineDrainRule = ({ spec: { drain, machines, pods } }: MachineDrainRule): readonly FieldError[] => [
  ...(drain.order !== undefined && drain.behavior !== "Drain"
    ? [invalid("spec.drain.order", drain.order, 'order must not be set if drain behavior is "Skip" or "WaitCompleted"')]
    : []),
  ...(machines ?? []).flatMap(({ selector, clusterSelector }, index) => [
    ...unreadable(selector, `spec.machines[${index}].selector`),
    ...unreadable(clusterSelector, `spec.machines[${index}].clusterSelector`),
  ]),
  ...(pods ?? []).flatMap(({ selector, namespaceSelector }, index) => [
    ...unreadable(selector, `spec.pods[${index}].selector`),
    ...unreadable(namespaceSelector, `spec.pods[${index}].namespaceSelector`),
  ]),
];

const unreadable = (selector: LabelSelector | undefined, path: string): readonly FieldError[] =>
  selector === undefined ? [] : selectorErrors(selector, path);
