import type { ClusterClass, ClusterClassPatch } from "../cluster/clusterclass.ts";
import { parseTemplate, sprigHermeticFunctions } from "../gotemplate/index.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid, notSupported, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { qualifiedNameErrors } from "../meta/labels.ts";
import { builtinVariables } from "./builtins.ts";

/** Patches of a class: each selects templates of the class, and says how they change. */

type Definition = NonNullable<ClusterClassPatch["definitions"]>[number];
type JsonPatch = Definition["jsonPatches"][number];
type Selector = Definition["selector"];
type Errors = readonly FieldError[];
type Gates = Pick<AdmissionContext<ClusterClass>, "featureGates">;

/** Variables without a patch's name belong to the class itself. */
const inline = "inline";

export const patchErrors = (clusterClass: ClusterClass, gates: Gates): Errors => {
  const names = new Set<string>();
  return (clusterClass.spec.patches ?? []).flatMap((patch, index) => {
    const path = `spec.patches[${index}]`;
    const errors = [...nameErrors(patch, names, path), ...definitionErrors(patch, clusterClass, gates, path)];
    names.add(patch.name);
    return errors;
  });
};

const nameErrors = ({ name }: ClusterClassPatch, names: ReadonlySet<string>, path: string): Errors => [
  ...(name === "" ? [requiredValue(`${path}.name`, "patch name must be defined")] : []),
  ...(name === inline ? [requiredValue(`${path}.name`, `"${inline}" can not be used as the name of a patch`)] : []),
  ...(names.has(name)
    ? [
        invalid(
          `${path}.name`,
          name,
          `patch names must be unique. Patch with name ${JSON.stringify(name)} is defined more than once`,
        ),
      ]
    : []),
];

const definitionErrors = (patch: ClusterClassPatch, clusterClass: ClusterClass, gates: Gates, path: string): Errors => {
  const { definitions, external, enabledIf } = patch;
  return [
    ...(enabledIf === undefined ? [] : templateErrors(enabledIf, `${path}.enabledIf`)),
    ...(definitions === undefined && external === undefined
      ? [requiredValue(path, "one of definitions or external must be defined")]
      : []),
    ...(definitions !== undefined && external !== undefined
      ? [invalid(path, patch, "only one of definitions or external can be defined")]
      : []),
    ...(definitions ?? []).flatMap(({ jsonPatches, selector }, index) => [
      ...(jsonPatches ?? []).flatMap((one, at) =>
        jsonPatchErrors(one, clusterClass, `${path}.definitions[${index}].jsonPatches[${at}]`),
      ),
      ...selectorErrors(selector, clusterClass, `${path}.definitions[${index}].selector`),
    ]),
    ...(external === undefined ? [] : externalErrors(external, gates, `${path}.external`)),
  ];
};

const externalErrors = (external: NonNullable<ClusterClassPatch["external"]>, gates: Gates, path: string): Errors => [
  ...(isEnabled("RuntimeSDK", gates)
    ? []
    : [forbidden(path, "patch.external can be used only if the RuntimeSDK feature flag is enabled")]),
  ...(external.validateExtension === undefined && external.generateExtension === undefined
    ? [invalid(path, external, "one of validateExtension and generateExtension must be defined")]
    : []),
];

const templateErrors = (template: string, path: string): Errors => {
  try {
    parseTemplate(template, sprigHermeticFunctions);
    return [];
  } catch (error) {
    return [invalid(path, template, `template can not be parsed: ${error instanceof Error ? error.message : String(error)}`)];
  }
};

// ---- what is changed

const operations = ["add", "remove", "replace"];

const jsonPatchErrors = (patch: JsonPatch, clusterClass: ClusterClass, path: string): Errors => [
  ...(operations.includes(patch.op) ? [] : [notSupported(`${path}.op`, patch.op, operations)]),
  ...(patch.path.startsWith("/spec/") ? [] : [invalid(`${path}.path`, patch.path, 'jsonPatch path must start with "/spec/"')]),
  ...indexErrors(patch, `${path}.path`),
  ...(patch.op === "add" || patch.op === "replace" ? valueErrors(patch, clusterClass, path) : []),
];

/** Lists are changed by others too: only their ends are where they were. */
const indexErrors = ({ op, path: target }: JsonPatch, path: string): Errors =>
  target
    .split("/")
    .filter((part) => /^[+-]?\d+$/.test(part))
    .flatMap((part) => {
      if (op === "add")
        return Number(part) === 0
          ? []
          : [invalid(path, target, 'arrays can only be accessed using "0" (prepend) or "-" (append)')];
      return op === "replace" || op === "remove"
        ? [invalid(path, target, `elements in arrays can not be accessed in a ${op} operation`)]
        : [];
    });

const valueErrors = ({ value, valueFrom, ...patch }: JsonPatch, clusterClass: ClusterClass, path: string): Errors => {
  const { template, variable } = valueFrom ?? {};
  const shown = { ...patch, value, valueFrom };
  return [
    ...(value === undefined && valueFrom === undefined
      ? [invalid(path, shown, "jsonPatch must define one of value or valueFrom")]
      : []),
    ...(value !== undefined && valueFrom !== undefined
      ? [invalid(path, shown, "jsonPatch can not define both value and valueFrom")]
      : []),
    ...(valueFrom !== undefined && template === undefined && variable === undefined
      ? [invalid(`${path}.valueFrom`, valueFrom, "valueFrom must set either template or variable")]
      : []),
    ...(template !== undefined && variable !== undefined
      ? [invalid(`${path}.valueFrom`, valueFrom, "valueFrom can not set both template and variable")]
      : []),
    ...(template === undefined ? [] : templateErrors(template, `${path}.valueFrom.template`)),
    ...(variable === undefined ? [] : variableErrors(variable, clusterClass, `${path}.valueFrom.variable`)),
  ];
};

const variableErrors = (variable: string, { spec }: ClusterClass, path: string): Errors => {
  if (variable.startsWith("builtin.")) {
    return builtinVariables.has(variable) ? [] : [invalid(path, variable, "not a defined builtin variable")];
  }
  const name = variable.split(/[.[]/).find((part) => part !== "") ?? "";
  return (spec.variables ?? []).some((one) => one.name === name)
    ? []
    : [invalid(path, variable, `variable with name ${variable} cannot be found`)];
};

// ---- where

const selectorErrors = (selector: Selector, clusterClass: ClusterClass, path: string): Errors => {
  const { infrastructureCluster, controlPlane, machineDeploymentClass, machinePoolClass } = selector.matchResources;
  const deployments = machineDeploymentClass?.names ?? [];
  const pools = machinePoolClass?.names ?? [];
  if (!infrastructureCluster && !controlPlane && deployments.length === 0 && pools.length === 0) {
    return [invalid(path, selector, "no selector enabled")];
  }
  const at = `${path}.matchResources`;
  const { spec } = clusterClass;
  const matches = (ref: { readonly kind?: string; readonly apiVersion?: string } | undefined): boolean =>
    ref !== undefined && ref.kind === selector.kind && ref.apiVersion === selector.apiVersion;
  const workers = (kind: "machineDeployment" | "machinePool", names: readonly string[]): Errors => {
    const classes = kind === "machineDeployment" ? (spec.workers?.machineDeployments ?? []) : (spec.workers?.machinePools ?? []);
    const title = kind === "machineDeployment" ? "MachineDeployment" : "MachinePool";
    return names.flatMap((name, index) => {
      const field = `${at}.${kind}Class.names[${index}]`;
      const wrong = patternErrors(name, field);
      if (wrong.length > 0) return wrong;
      const found = classes.some(
        (worker) =>
          matchesName(name, worker.class) &&
          (matches(worker.template.infrastructure.ref) || matches(worker.template.bootstrap.ref)),
      );
      const why = `selector is enabled but matches neither the bootstrap ref nor the infrastructure ref of a ${title} class`;
      return found ? [] : [invalid(field, name, why)];
    });
  };
  return [
    ...(infrastructureCluster && !matches(spec.infrastructure?.ref)
      ? [invalid(`${at}.infrastructureCluster`, true, "selector is enabled but does not match the infrastructure ref")]
      : []),
    ...(controlPlane && !matches(spec.controlPlane?.ref) && !matches(spec.controlPlane?.machineInfrastructure?.ref)
      ? [
          invalid(
            `${at}.controlPlane`,
            true,
            "selector is enabled but matches neither the controlPlane ref nor the controlPlane machineInfrastructure ref",
          ),
        ]
      : []),
    ...workers("machineDeployment", deployments),
    ...workers("machinePool", pools),
  ];
};

/** A class by its name, `*`, `*end` or `start*`. */
export const matchesName = (pattern: string, name: string): boolean =>
  pattern === name ||
  pattern === "*" ||
  (pattern.startsWith("*") && name.endsWith(pattern.slice(1))) ||
  (pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1)));

const patternErrors = (pattern: string, field: string): Errors => {
  const stars = pattern.split("*").length - 1;
  if (stars === 0) return [];
  if (stars > 1) return [invalid(field, pattern, 'selector can at most contain a single "*" rune')];
  if (!pattern.startsWith("*") && !pattern.endsWith("*")) {
    return [invalid(field, pattern, '"*" rune can only appear at the beginning, or ending of the selector')];
  }
  return qualifiedNameErrors(pattern.replaceAll("*", "a")).length === 0
    ? []
    : [invalid(field, pattern, "selector does not comply with the Kubernetes naming standards")];
};
