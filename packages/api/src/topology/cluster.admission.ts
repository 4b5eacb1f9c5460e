import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterClass } from "../cluster/clusterclass.ts";
import { annotations } from "../cluster/names.ts";
import { inNamespace } from "../cluster/template.admission.ts";
import type { ClusterVariable, MachineHealthCheckTopology, Topology } from "../cluster/topology.ts";
import { isKubernetesVersion, withVersionPrefix } from "../cluster/version.ts";
import { partOf, withFields } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, internalError, invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError, SchemaTools } from "../kind/kind.ts";
import { labelValueErrors, templateMetadataErrors } from "../meta/labels.ts";
import { ApiError } from "../meta/status.ts";
import { autoscalerErrors } from "./autoscaler.ts";
import { classKey, findClass, isReconciled } from "./cluster.reads.ts";
import { healthCheckErrors, saysNothing } from "./health.ts";
import { compatibilityErrors } from "./refs.ts";
import { defaultedVariables, type VariableDefinition, variableErrors } from "./variablevalues.ts";
import { versionChangeErrors } from "./versionchange.ts";

/** The topology of a managed Cluster: what is filled in, and what it must be. */

type Errors = readonly FieldError[];
type Context = AdmissionContext<Cluster>;

const path = "spec.topology";
const workerLists = ["machineDeployments", "machinePools"] as const;

/** @throws ApiError Invalid for variables that the class does not know, or whose values it does not take */
export const defaultTopology = (cluster: Cluster, context: Context): Cluster => {
  const given = partOf<Topology>(cluster.spec.topology, path);
  const version = withVersionPrefix(given.version);
  const topology = withNamespaces(version === undefined ? given : withFields(given, { version }), cluster.metadata.namespace);
  const named = withFields(cluster, { spec: withFields(cluster.spec, { topology }) });
  const found = findClass(named, context);
  const { schemas } = context;
  if (found === undefined || !isReconciled(found) || schemas === undefined) return named;
  const definitions = found.status?.variables ?? [];
  const { filled, errors } = withVariables(topology, definitions, schemas);
  const wrong = [...errors, ...(errors.length > 0 ? [] : valueErrors(filled, context.old?.spec.topology, definitions, schemas))];
  if (wrong.length > 0) throw invalidCluster(cluster, wrong);
  return withFields(named, { spec: withFields(named.spec, { topology: filled }) });
};

const invalidCluster = ({ metadata }: Cluster, errors: Errors): ApiError => {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const text = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  return new ApiError("Invalid", `Cluster.cluster.x-k8s.io ${JSON.stringify(metadata.name ?? "")} is invalid: ${text}`, {
    details: {
      ...(metadata.name === undefined ? {} : { name: metadata.name }),
      group: "cluster.x-k8s.io",
      kind: "Cluster",
      causes: errors.map(({ type, field, message }) => ({ reason: type, message, field })),
    },
  });
};

const withNamespaces = (topology: Topology, namespace: string | undefined): Topology => {
  const health = <T extends { readonly machineHealthCheck?: MachineHealthCheckTopology }>(part: T, at: string): T => {
    const check = part.machineHealthCheck;
    if (check?.remediationTemplate === undefined) return part;
    const remediationTemplate = inNamespace(check.remediationTemplate, namespace, `${at}.machineHealthCheck.remediationTemplate`);
    return withFields<{ machineHealthCheck?: MachineHealthCheckTopology }>(part, {
      machineHealthCheck: withFields(check, { remediationTemplate }),
    }) as T;
  };
  const { controlPlane, workers } = topology;
  return withFields(topology, {
    controlPlane: controlPlane && health(controlPlane, `${path}.controlPlane`),
    workers:
      workers?.machineDeployments &&
      withFields(workers, {
        machineDeployments: workers.machineDeployments.map((one) =>
          health(one, `${path}.workers.machineDeployments[${one.name}]`),
        ),
      }),
  });
};

// ---- variables

interface Overridden {
  readonly variables?: { readonly overrides?: readonly ClusterVariable[] };
}

const withVariables = (
  topology: Topology,
  definitions: readonly VariableDefinition[],
  schemas: SchemaTools,
): { readonly filled: Topology; readonly errors: Errors } => {
  const errors: FieldError[] = [];
  const whole = defaultedVariables(topology.variables, definitions, { create: true, path: `${path}.variables`, schemas });
  errors.push(...whole.errors);
  /** Overrides are filled in where they are, never added to. */
  const overridden = <T extends Overridden>(part: T, at: string): T => {
    const overrides = part.variables?.overrides ?? [];
    if (overrides.length === 0) return part;
    const made = defaultedVariables(overrides, definitions, { create: false, path: `${at}.variables.overrides`, schemas });
    errors.push(...made.errors);
    return made.values === overrides
      ? part
      : (withFields<Overridden>(part, { variables: { ...part.variables, overrides: made.values } }) as T);
  };
  const { controlPlane, workers } = topology;
  const filled = withFields(topology, {
    ...(whole.values.length === 0 && topology.variables === undefined ? {} : { variables: whole.values }),
    controlPlane: controlPlane && overridden(controlPlane, `${path}.controlPlane`),
    workers:
      workers &&
      withFields(workers, {
        machineDeployments: workers.machineDeployments?.map((one) =>
          overridden(one, `${path}.workers.machineDeployments[${one.name}]`),
        ),
        machinePools: workers.machinePools?.map((one) => overridden(one, `${path}.workers.machinePools[${one.name}]`)),
      }),
  });
  return { filled, errors };
};

const valueErrors = (
  topology: Topology,
  old: Topology | undefined,
  definitions: readonly VariableDefinition[],
  schemas: SchemaTools,
): Errors => {
  const overrides = (part: Overridden | undefined, before: Overridden | undefined, at: string): Errors => {
    const given = part?.variables?.overrides ?? [];
    if (given.length === 0) return [];
    return variableErrors(given, before?.variables?.overrides, definitions, {
      required: false,
      path: `${at}.variables.overrides`,
      schemas,
    });
  };
  return [
    ...variableErrors(topology.variables, old?.variables, definitions, { required: true, path: `${path}.variables`, schemas }),
    ...overrides(topology.controlPlane, old?.controlPlane, `${path}.controlPlane`),
    ...workerLists.flatMap((list) =>
      (topology.workers?.[list] ?? []).flatMap((one) => {
        const workers: readonly (Overridden & { readonly name: string })[] = old?.workers?.[list] ?? [];
        const before = workers.find(({ name }) => name === one.name);
        return overrides(one, before, `${path}.workers.${list}[${one.name}]`);
      }),
    ),
  ];
};

// ---- what it must be

export const topologyErrors = (cluster: Cluster, context: Context): Errors => {
  const { topology } = cluster.spec;
  if (topology === undefined) return [];
  if (!isEnabled("ClusterTopology", context)) {
    return [forbidden(path, "can be set only if the ClusterTopology feature flag is enabled")];
  }
  if ((topology.class ?? "") === "") return [requiredValue(`${path}.class`, "class cannot be empty")];
  const found = findClass(cluster, context);
  const usable = found !== undefined && isReconciled(found) ? found : undefined;
  if (usable === undefined) warnOf(cluster, found, context);
  return [
    ...(isKubernetesVersion(topology.version)
      ? []
      : [invalid(`${path}.version`, topology.version, "version must be a valid semantic version")]),
    ...metadataErrors(topology),
    ...definitionFromErrors(topology),
    ...concurrencyErrors(cluster),
    ...(usable === undefined ? [] : classErrors(cluster, topology, usable)),
    ...autoscalerErrors(cluster, usable),
    ...(context.old === undefined ? [] : changeErrors(cluster, context.old, found, context)),
  ];
};

const warnOf = (cluster: Cluster, found: ClusterClass | undefined, { warn }: Context): void => {
  const start = `Cluster refers to ClusterClass ${classKey(cluster)}, but this ClusterClass`;
  const middle = "Cluster topology has not been fully validated.";
  warn?.(
    found === undefined
      ? `${start} does not exist. ${middle} The ClusterClass must be created to reconcile the Cluster`
      : `${start} hasn't been successfully reconciled. ${middle} Please take a look at the ClusterClass status`,
  );
};

const metadataErrors = ({ controlPlane, workers }: Topology): Errors => [
  ...templateMetadataErrors(controlPlane?.metadata, `${path}.controlPlane.metadata`),
  ...workerLists.flatMap((list) =>
    (workers?.[list] ?? []).flatMap((one) =>
      templateMetadataErrors(one.metadata, `${path}.workers.${list}[${one.name}].metadata`),
    ),
  ),
];

/** Which of several definitions is meant: there can be only one now. */
const definitionFromErrors = ({ variables, controlPlane, workers }: Topology): Errors => {
  const set = (values: readonly ClusterVariable[] | undefined, at: string): Errors =>
    (values ?? [])
      .filter(({ definitionFrom = "" }) => definitionFrom !== "")
      .map(({ name, value }) =>
        invalid(`${at}[${name}]`, JSON.stringify(value), `variable ${JSON.stringify(name)} has DefinitionFrom set`),
      );
  return [
    ...set(variables, `${path}.variables`),
    ...set(controlPlane?.variables?.overrides, `${path}.controlPlane.variables.overrides`),
    ...workerLists.flatMap((list) =>
      (workers?.[list] ?? []).flatMap((one) =>
        set(one.variables?.overrides, `${path}.workers.${list}[${one.name}].variables.overrides`),
      ),
    ),
  ];
};

const concurrencyErrors = ({ metadata }: Cluster): Errors => {
  const value = metadata.annotations?.[annotations.topologyUpgradeConcurrency];
  if (value === undefined) return [];
  const field = `metadata.annotations.${annotations.topologyUpgradeConcurrency}`;
  if (!/^[+-]?\d+$/.test(value)) {
    const why = `could not parse the value of the annotation: strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`;
    return [invalid(field, value, why)];
  }
  return Number(value) < 1 ? [invalid(field, value, "value cannot be less than 1")] : [];
};

// ---- against its class

const classErrors = (cluster: Cluster, topology: Topology, clusterClass: ClusterClass): Errors => [
  ...workerErrors(topology, clusterClass, "machineDeployments", "MachineDeployment"),
  ...workerErrors(topology, clusterClass, "machinePools", "MachinePool"),
  ...healthErrors(cluster, topology, clusterClass),
];

const workerErrors = (
  { workers }: Topology,
  clusterClass: ClusterClass,
  list: (typeof workerLists)[number],
  title: string,
): Errors => {
  const classes = new Set((clusterClass.spec.workers?.[list] ?? []).map((worker) => worker.class));
  return (workers?.[list] ?? []).flatMap((one, index, all) => {
    const at = `${path}.workers.${list}[${index}]`;
    return [
      ...labelValueErrors(one.name).map((error) => invalid(`${at}.name`, one.name, `must be a valid label value ${error}`)),
      ...(classes.has(one.class)
        ? []
        : [
            invalid(
              `${at}.class`,
              one.class,
              `${title}Class with name ${JSON.stringify(one.class)} does not exist in ClusterClass ${JSON.stringify(clusterClass.metadata.name)}`,
            ),
          ]),
      ...(one.name === "" ? [requiredValue(`${at}.name`, "name must not be empty")] : []),
      ...(one.name !== "" && all.findIndex(({ name }) => name === one.name) < index
        ? [
            invalid(
              `${at}.name`,
              one.name,
              `name must be unique. ${title} with name ${JSON.stringify(one.name)} is defined more than once`,
            ),
          ]
        : []),
    ];
  });
};

const healthErrors = ({ metadata }: Cluster, { controlPlane, workers }: Topology, { spec }: ClusterClass): Errors => {
  const missing = (at: string): FieldError =>
    forbidden(
      `${at}.enable`,
      "cannot be set to true as MachineHealthCheck definition is not available in the Cluster topology or the ClusterClass",
    );
  const one = (check: MachineHealthCheckTopology | undefined, at: string, inClass: boolean): Errors =>
    check === undefined
      ? []
      : [
          ...(saysNothing(check) ? [] : healthCheckErrors(check, metadata.namespace, at)),
          ...(check.enable === true && saysNothing(check) && !inClass ? [missing(at)] : []),
        ];
  const at = `${path}.controlPlane.machineHealthCheck`;
  const check = controlPlane?.machineHealthCheck;
  return [
    ...(check !== undefined && !saysNothing(check) && spec.controlPlane?.machineInfrastructure === undefined
      ? [forbidden(at, "can be set only if spec.controlPlane.machineInfrastructure is set in ClusterClass")]
      : []),
    ...one(check, at, spec.controlPlane?.machineHealthCheck !== undefined),
    ...(workers?.machineDeployments ?? []).flatMap((deployment) => {
      const source = spec.workers?.machineDeployments?.find((worker) => worker.class === deployment.class);
      const inClass = source === undefined || source.machineHealthCheck !== undefined;
      const place = `${path}.workers.machineDeployments[${deployment.name}].machineHealthCheck`;
      return one(deployment.machineHealthCheck, place, inClass);
    }),
  ];
};

// ---- what it may become

const changeErrors = (cluster: Cluster, old: Cluster, found: ClusterClass | undefined, context: Context): Errors => {
  const field = `${path}.class`;
  if (found === undefined) {
    return [internalError(field, `clusterclasses.cluster.x-k8s.io ${JSON.stringify(cluster.spec.topology?.class)} not found`)];
  }
  const marks = cluster.metadata.annotations ?? {};
  if ((old.spec.topology?.class ?? "") === "") {
    return marks[annotations.unsafeDisableClassNameCheck] === undefined
      ? [forbidden(field, "class cannot be set on an existing Cluster")]
      : [];
  }
  const skips = marks[annotations.unsafeDisableVersionCheck] !== undefined;
  if (skips) {
    context.warn?.(
      `Skipping version validation for Cluster because annotation ${JSON.stringify(annotations.unsafeDisableVersionCheck)} is set.`,
    );
  }
  return [
    ...(skips ? [] : versionChangeErrors(cluster, old, context, `${path}.version`)),
    ...(classKey(cluster) === classKey(old) ? [] : rebaseErrors(cluster, old, found, context, field)),
  ];
};

/** To another class whose templates are of the same kinds. */
const rebaseErrors = (cluster: Cluster, old: Cluster, found: ClusterClass, context: Context, field: string): Errors => {
  const before = findClass(old, context);
  if (before === undefined || !isReconciled(before)) {
    const why = before === undefined ? "it does not exist" : "ClusterClass is not successfully reconciled";
    return [
      forbidden(
        field,
        `valid ClusterClass with name ${JSON.stringify(classKey(old))} could not be retrieved, change from class ${JSON.stringify(classKey(old))} to class ${JSON.stringify(classKey(cluster))} cannot be validated. Error: ${why}`,
      ),
    ];
  }
  return compatibilityErrors(before, found);
};
