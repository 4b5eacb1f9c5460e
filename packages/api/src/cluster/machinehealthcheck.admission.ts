import { partOf, withFields, withLabel } from "../kind/edit.ts";
import { invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { parseDurationMilliseconds } from "../meta/duration.ts";
import { intOrPercentErrors } from "../meta/intorpercent.ts";
import type { MachineHealthCheck, MachineHealthCheckSpec } from "./machinehealthcheck.ts";
import { labels } from "./names.ts";
import { clusterNameErrors, inNamespace, isEmptySelector, selectorErrors } from "./template.admission.ts";

const minStartupMilliseconds = 30_000;

export const defaultMachineHealthCheck = (check: MachineHealthCheck): MachineHealthCheck => {
  const spec = partOf<MachineHealthCheckSpec>(check.spec, "spec");
  const { remediationTemplate } = spec;
  return withLabel(
    withFields(check, {
      spec: withFields(spec, {
        maxUnhealthy: spec.maxUnhealthy ?? "100%",
        nodeStartupTimeout: spec.nodeStartupTimeout ?? "10m0s",
        remediationTemplate:
          remediationTemplate && inNamespace(remediationTemplate, check.metadata.namespace, "spec.remediationTemplate"),
      }),
    }),
    labels.clusterName,
    spec.clusterName,
  );
};

export const validateMachineHealthCheck = (
  check: MachineHealthCheck,
  { old }: AdmissionContext<MachineHealthCheck>,
): readonly FieldError[] => {
  const { selector, clusterName } = check.spec;
  const named = selector.matchLabels?.[labels.clusterName];
  return [
    ...selectorErrors(selector, "spec.selector"),
    ...(isEmptySelector(selector) ? [requiredValue("spec.selector", "selector must not be empty")] : []),
    ...(named !== undefined && named !== clusterName
      ? [invalid("spec.selector", selector, "cannot specify a cluster selector other than the one specified by ClusterName")]
      : []),
    ...clusterNameErrors(clusterName, old?.spec.clusterName),
    ...healthCheckFieldErrors(check.spec, check.metadata.namespace, "spec"),
  ];
};

/** What holds of a health check wherever it stands. */
export const healthCheckFieldErrors = (
  {
    nodeStartupTimeout,
    maxUnhealthy,
    remediationTemplate,
  }: Pick<MachineHealthCheckSpec, "nodeStartupTimeout" | "maxUnhealthy" | "remediationTemplate">,
  namespace: string | undefined,
  path: string,
): readonly FieldError[] => [
  ...startupErrors(nodeStartupTimeout, `${path}.nodeStartupTimeout`),
  ...intOrPercentErrors(maxUnhealthy, `${path}.maxUnhealthy`),
  ...(remediationTemplate && remediationTemplate.namespace !== namespace
    ? [invalid(`${path}.remediationTemplate.namespace`, remediationTemplate.namespace ?? "", "must match metadata.namespace")]
    : []),
];

/** 0 turns the timeout off. */
const startupErrors = (timeout: string | undefined, path: string): readonly FieldError[] => {
  if (timeout === undefined) return [];
  const milliseconds = parseDurationMilliseconds(timeout);
  if (milliseconds === undefined) return [invalid(path, timeout, "must be a duration, such as 10m0s")];
  return milliseconds === 0 || milliseconds >= minStartupMilliseconds ? [] : [invalid(path, timeout, "must be at least 30s")];
};
