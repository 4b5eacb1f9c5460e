import { partOf, withFields, withLabel } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { templateMetadataErrors } from "../meta/labels.ts";
import { formatSelector } from "../meta/labelselector.ts";
import type { LabelSelector } from "../meta/selector.ts";
import { labelValueOf } from "./labelvalue.ts";
import type { MachineSet, MachineSetSpec, MachineTemplate } from "./machineset.ts";
import { labels } from "./names.ts";
import { namingTemplateErrors } from "./naming.ts";
import { defaultReplicas } from "./replicas.ts";
import {
  clusterNameErrors,
  defaultedMachineSpec,
  isEmptySelector,
  labelledTemplate,
  ownSelectorErrors,
  skippedPreflightErrors,
  versionErrors,
} from "./template.admission.ts";

export const defaultMachineSet = (set: MachineSet, { old }: AdmissionContext<MachineSet>): MachineSet => {
  const spec = partOf<MachineSetSpec>(set.spec, "spec");
  const template = partOf<MachineTemplate>(spec.template, "spec.template");
  const selector = partOf<LabelSelector>(spec.selector, "spec.selector");
  const named = isEmptySelector(selector) ? { [labels.setName]: labelValueOf(set.metadata.name ?? "") } : undefined;
  const machine = defaultedMachineSpec(template.spec, set.metadata.namespace, "spec.template.spec");
  const filled = withFields(template, { spec: machine });
  return withLabel(
    withFields(set, {
      spec: withFields(spec, {
        replicas: spec.replicas ?? defaultReplicas({ ...set, spec }, old),
        deletePolicy: spec.deletePolicy ?? "Random",
        selector: named ? withFields(selector, { matchLabels: { ...selector.matchLabels, ...named } }) : selector,
        template: named ? labelledTemplate(filled, named, "spec.template") : filled,
      }),
    }),
    labels.clusterName,
    spec.clusterName,
  );
};

export const validateMachineSet = (set: MachineSet, context: AdmissionContext<MachineSet>): readonly FieldError[] => {
  const { selector, template, clusterName, machineNamingStrategy } = set.spec;
  const templateLabels = template?.metadata?.labels;
  return [
    ...ownSelectorErrors(selector, templateLabels, () =>
      invalid(
        "spec.template.metadata.labels",
        templateLabels ?? {},
        `must match spec.selector ${JSON.stringify(formatSelector(selector))}`,
      ),
    ),
    ...(isEnabled("MachineSetPreflightChecks", context) ? skippedPreflightErrors(set) : []),
    ...clusterNameErrors(clusterName, context.old?.spec.clusterName),
    ...versionErrors(template?.spec?.version, "spec.template.spec.version"),
    ...templateMetadataErrors(template?.metadata, "spec.template.metadata"),
    ...namingTemplateErrors(
      machineNamingStrategy?.template,
      { ".cluster.name": "cluster", ".machineSet.name": "machineset" },
      "spec.machineNamingStrategy.template",
    ),
  ];
};
