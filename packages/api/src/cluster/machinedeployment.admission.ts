import { partOf, withFields, withLabel } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { intOrPercentErrors } from "../meta/intorpercent.ts";
import { labelValueErrors, templateMetadataErrors } from "../meta/labels.ts";
import { formatSelector } from "../meta/labelselector.ts";
import type { LabelSelector } from "../meta/selector.ts";
import type { MachineDeploymentStrategy } from "./fragments.ts";
import type { MachineDeployment, MachineDeploymentSpec } from "./machinedeployment.ts";
import type { MachineTemplate } from "./machineset.ts";
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

export const defaultMachineDeployment = (
  deployment: MachineDeployment,
  { old }: AdmissionContext<MachineDeployment>,
): MachineDeployment => {
  const spec = partOf<MachineDeploymentSpec>(deployment.spec, "spec");
  const template = partOf<MachineTemplate>(spec.template, "spec.template");
  const selector = partOf<LabelSelector>(spec.selector, "spec.selector");
  const machine = defaultedMachineSpec(template.spec, deployment.metadata.namespace, "spec.template.spec");
  const selected = {
    ...(isEmptySelector(selector) ? { [labels.deploymentName]: deployment.metadata.name ?? "" } : {}),
    ...(spec.clusterName === undefined ? {} : { [labels.clusterName]: spec.clusterName }),
  };
  return withLabel(
    withFields(deployment, {
      spec: withFields(spec, {
        replicas: spec.replicas ?? defaultReplicas({ ...deployment, spec }, old),
        minReadySeconds: spec.minReadySeconds ?? 0,
        revisionHistoryLimit: spec.revisionHistoryLimit ?? 1,
        progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
        strategy: defaultedStrategy(spec.strategy),
        selector: withFields(selector, { matchLabels: { ...selector.matchLabels, ...selected } }),
        template: labelledTemplate(withFields(template, { spec: machine }), selected, "spec.template"),
      }),
    }),
    labels.clusterName,
    spec.clusterName,
  );
};

const defaultedStrategy = (given: MachineDeploymentStrategy | undefined): MachineDeploymentStrategy => {
  const strategy = partOf<MachineDeploymentStrategy>(given, "spec.strategy");
  const typed = withFields(strategy, { type: strategy.type ?? "RollingUpdate" });
  if (typed.type !== "RollingUpdate") return typed;
  const rolling = partOf<NonNullable<MachineDeploymentStrategy["rollingUpdate"]>>(
    typed.rollingUpdate,
    "spec.strategy.rollingUpdate",
  );
  return withFields(typed, {
    rollingUpdate: withFields(rolling, { maxSurge: rolling.maxSurge ?? 1, maxUnavailable: rolling.maxUnavailable ?? 0 }),
  });
};

export const validateMachineDeployment = (
  deployment: MachineDeployment,
  context: AdmissionContext<MachineDeployment>,
): readonly FieldError[] => {
  const { selector, template, clusterName, strategy, machineNamingStrategy } = deployment.spec;
  const { name } = deployment.metadata;
  return [
    ...labelValueErrors(name ?? "").map((error) => invalid("metadata.name", name, `must be a valid label value: ${error}`)),
    ...ownSelectorErrors(selector, template?.metadata?.labels, () =>
      forbidden("spec.template.metadata.labels", `must match spec.selector ${JSON.stringify(formatSelector(selector))}`),
    ),
    ...(isEnabled("MachineSetPreflightChecks", context) ? skippedPreflightErrors(deployment) : []),
    ...clusterNameErrors(clusterName, context.old?.spec.clusterName),
    ...intOrPercentErrors(strategy?.rollingUpdate?.maxSurge, "spec.strategy.rollingUpdate.maxSurge"),
    ...intOrPercentErrors(strategy?.rollingUpdate?.maxUnavailable, "spec.strategy.rollingUpdate.maxUnavailable"),
    ...intOrPercentErrors(strategy?.remediation?.maxInFlight, "spec.strategy.remediation.maxInFlight"),
    ...versionErrors(template?.spec?.version, "spec.template.spec.version"),
    ...namingTemplateErrors(
      machineNamingStrategy?.template,
      { ".cluster.name": "cluster", ".machineSet.name": "machineset" },
      "spec.machineNamingStrategy.template",
    ),
    ...templateMetadataErrors(template?.metadata, "spec.template.metadata"),
  ];
};
