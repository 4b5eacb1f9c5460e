import type { ClusterClassPatch, JsonPatchOperation, UnstructuredObject } from "@slipway/api";
import { renderTemplate } from "@slipway/api/gotemplate/render.ts";
import { matchesName } from "@slipway/api/topology/index.ts";
import { load } from "js-yaml";
import { variableAt } from "../variables/at.ts";
import { mergedVariables, type Variables } from "../variables/merge.ts";

/** What a class's own patch makes of one template. */

type Definition = NonNullable<ClusterClassPatch["definitions"]>[number];

/** What uses the template, and where it names it. */
export interface Holder {
  readonly kind: string;
  readonly fieldPath: string;
}
export const holderPaths = {
  infrastructureCluster: "spec.infrastructureRef",
  controlPlane: "spec.controlPlaneRef",
  controlPlaneMachines: "spec.machineTemplate.infrastructureRef",
  bootstrap: "spec.template.spec.bootstrap.configRef",
  infrastructure: "spec.template.spec.infrastructureRef",
} as const;

export interface PatchTarget {
  readonly holder: Holder;
  readonly template: UnstructuredObject;
}

/** Lists of operations, one for each definition that selects the template. @throws Error with what could not be made */
export const operationsFor = (
  { definitions = [], enabledIf }: Pick<ClusterClassPatch, "definitions" | "enabledIf">,
  target: PatchTarget,
  global: Variables,
  own: Variables,
): readonly (readonly JsonPatchOperation[])[] => {
  const matching = definitions.filter(({ selector }) => selects(selector, target, own));
  if (matching.length === 0) return [];
  const variables = mergedVariables(global, own);
  if (!isEnabled(enabledIf, variables)) return [];
  return matching.map(({ jsonPatches }) =>
    jsonPatches.map(({ op, path, value, valueFrom }): JsonPatchOperation => {
      if (op === "remove") return { op, path };
      return { op, path, value: valueFrom === undefined ? value : valueOfSource(valueFrom, variables) };
    }),
  );
};

const selects = (selector: Definition["selector"], { holder, template }: PatchTarget, own: Variables): boolean => {
  if (template.apiVersion !== selector.apiVersion || template.kind !== selector.kind) return false;
  const { infrastructureCluster, controlPlane, machineDeploymentClass, machinePoolClass } = selector.matchResources;
  const { kind, fieldPath } = holder;
  if (kind === "Cluster") {
    if (infrastructureCluster && fieldPath === holderPaths.infrastructureCluster) return true;
    return controlPlane === true && fieldPath === holderPaths.controlPlane;
  }
  if (kind === "MachineDeployment") return isNamed(machineDeploymentClass?.names, own, "builtin.machineDeployment.class");
  if (kind === "MachinePool") return isNamed(machinePoolClass?.names, own, "builtin.machinePool.class");
  return controlPlane === true && fieldPath === holderPaths.controlPlaneMachines;
};

const isNamed = (patterns: readonly string[] | undefined, own: Variables, path: string): boolean => {
  if (patterns === undefined) return false;
  const name = variableAt(own, path);
  return typeof name === "string" && patterns.some((pattern) => matchesName(pattern, name));
};

const isEnabled = (enabledIf: string | undefined, variables: Variables): boolean =>
  enabledIf === undefined || yamlOf(renderTemplate(enabledIf, variables)) === true;

type Source = NonNullable<Definition["jsonPatches"][number]["valueFrom"]>;

/** Rendered text is YAML: quotes decide whether `3` is a number. */
const valueOfSource = ({ variable, template }: Source, variables: Variables): unknown => {
  if (variable !== undefined) return variableAt(variables, variable);
  if (template === undefined) throw new Error("neither .valueFrom.variable nor .valueFrom.template are set");
  return yamlOf(renderTemplate(template, variables));
};

const yamlOf = (text: string): unknown => (text.trim() === "" ? null : load(text));
