import type { TemplateVariable } from "./variables.ts";

/** What `generate cluster` gives a template besides the user's variables (CTL-074). */
export interface StandardValues {
  readonly clusterName: string;
  /** Absent when it would be the context's. */
  readonly namespace: string | undefined;
  readonly kubernetesVersion: string | undefined;
  readonly controlPlaneMachineCount: string;
  readonly workerMachineCount: string;
}

/** `--list-variables`: those that must be given, then those with a default, aligned (CTL-082). Ends with an empty line. */
export const listVariables = (variables: readonly TemplateVariable[], standard: StandardValues): string => {
  const known = variables.map(({ name, ...rest }) => ({ name, value: standardValue(name, standard) ?? quoted(rest.default) }));
  const required = known.filter(({ value }) => value === undefined).map(({ name }) => `  - ${name}`);
  const optional = known.filter(({ value }) => value !== undefined);
  const width = Math.max(0, ...optional.map(({ name }) => name.length));
  const lines = optional.map(({ name, value }) => `  - ${name.padEnd(width)}  (defaults to ${value})`);
  return [
    ...(required.length === 0 ? [] : ["Required Variables:", ...required]),
    ...(lines.length === 0 ? [] : ["", "Optional Variables:", ...lines]),
    "",
    "",
  ].join("\n");
};

const standardValue = (name: string, standard: StandardValues): string | undefined => {
  switch (name) {
    case "CLUSTER_NAME":
      return standard.clusterName;
    case "NAMESPACE":
      return standard.namespace ?? "current Namespace in the KubeConfig file";
    case "CONTROL_PLANE_MACHINE_COUNT":
      return standard.controlPlaneMachineCount;
    case "WORKER_MACHINE_COUNT":
      return standard.workerMachineCount;
    case "KUBERNETES_VERSION":
      return standard.kubernetesVersion;
    default:
      return undefined;
  }
};

const quoted = (value: string | undefined): string | undefined =>
  value === undefined || value.startsWith('"') ? value : JSON.stringify(value);
