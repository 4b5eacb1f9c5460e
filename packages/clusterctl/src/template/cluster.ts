import type { UnstructuredObject } from "@slipway/api";
import { resourceOf } from "../object/resource.ts";
import { Problem } from "../problem.ts";
import { parseTemplate } from "./parse.ts";
import { substituteVariables, type Variables, variablesOf } from "./variables.ts";
import { readObjects } from "./yaml.ts";

/** What the flags of `generate cluster` say. Counts are absent when neither a flag nor a variable gives them. */
export interface ClusterInput {
  readonly clusterName: string;
  readonly namespace: string;
  readonly kubernetesVersion?: string;
  readonly controlPlaneMachineCount?: string;
  readonly workerMachineCount?: string;
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const semver = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** The variables that flags set, over those of the environment and the configuration (CTL-074, CTL-075). @throws Problem */
export const clusterVariables = (input: ClusterInput, others: Variables): Variables => {
  if (!label.test(input.namespace))
    throw new Problem(`invalid target-namespace: "${input.namespace}" is no DNS-1123 label: lower-case letters, digits and "-"`);
  if (!subdomain.test(input.clusterName) || input.clusterName.length > 253)
    throw new Problem(
      `invalid cluster name: "${input.clusterName}" is no DNS-1123 subdomain: lower-case letters, digits, "-" and "."`,
    );
  if (input.kubernetesVersion !== undefined && !semver.test(input.kubernetesVersion))
    throw new Problem("invalid KubernetesVersion. Please use a semantic version number");
  const count = (given: string | undefined, variable: string, name: string, fallback: number): string => {
    const text = given ?? others(variable) ?? String(fallback);
    if (!/^-?\d+$/.test(text)) throw new Problem(`invalid value for ${variable} set: "${text}" is no number`);
    if (Number(text) < fallback) throw new Problem(`invalid ${name}. Please use a number greater than or equal to ${fallback}`);
    return text;
  };
  const values: { readonly [name: string]: string } = {
    NAMESPACE: input.namespace,
    CLUSTER_NAME: input.clusterName,
    ...(input.kubernetesVersion === undefined ? {} : { KUBERNETES_VERSION: input.kubernetesVersion }),
    CONTROL_PLANE_MACHINE_COUNT: count(
      input.controlPlaneMachineCount,
      "CONTROL_PLANE_MACHINE_COUNT",
      "ControlPlaneMachineCount",
      1,
    ),
    WORKER_MACHINE_COUNT: count(input.workerMachineCount, "WORKER_MACHINE_COUNT", "WorkerMachineCount", 0),
  };
  return (name) => values[name] ?? others(name);
};

/** The objects of a template, in one namespace (CTL-080). */
export const processTemplate = (template: string, variables: Variables, namespace: string): readonly UnstructuredObject[] =>
  readObjects(substituteVariables(template, variables)).map((object) => inNamespace(object, namespace));

export const inNamespace = (object: UnstructuredObject, namespace: string): UnstructuredObject =>
  resourceOf(object)?.scope === "Cluster" ? object : { ...object, metadata: { ...object.metadata, namespace } };

/** Says whether a text can be a template at all, and what it needs. */
export const inspectTemplate = (template: string) => {
  parseTemplate(template);
  return variablesOf(template);
};

/** `cluster-template.yaml`, or of a flavor (CTL-077). */
export const templateFile = (flavor: string): string =>
  flavor === "" ? "cluster-template.yaml" : `cluster-template-${flavor}.yaml`;
export const classFile = (name: string): string => `clusterclass-${name}.yaml`;

/** The classes that a template's Clusters want, each once. */
export const wantedClasses = (
  objects: readonly UnstructuredObject[],
): readonly { readonly name: string; readonly namespace: string }[] => {
  const found = new Map<string, { readonly name: string; readonly namespace: string }>();
  for (const object of objects) {
    if (object.kind !== "Cluster" || !object.apiVersion.startsWith("cluster.x-k8s.io/")) continue;
    const topology = object.spec?.["topology"] as { readonly class?: string; readonly classNamespace?: string } | undefined;
    if (topology?.class === undefined) continue;
    const wanted = { name: topology.class, namespace: topology.classNamespace ?? object.metadata.namespace ?? "" };
    found.set(`${wanted.namespace}/${wanted.name}`, wanted);
  }
  return [...found.values()];
};
