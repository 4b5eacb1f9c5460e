import {
  annotations,
  Cluster,
  type ClusterVariable,
  labels,
  MachineDeployment,
  MachineHealthCheck,
  type ObjectReference,
  type Resource,
  refOf,
  type Stored,
  schemaTools,
  type Topology,
  type UnstructuredObject,
} from "@slipway/api";
import { defaultedVariables, isReconciled, type VariableDefinition, variableErrors } from "@slipway/api/topology/index.ts";
import { act, type Phase, ready, wait } from "@slipway/runtime";
import { isApplied } from "../machineset/applied.ts";
import { type Desired, type DesiredDeployment, desiredState } from "./desired.ts";
import { blueprintOf, currentOf } from "./observe.ts";
import type { Blueprint, Current, TopologyEffect, TopologyFacts, TopologyScope } from "./scope.ts";
import { concurrencyOf, type Versions, versionsOf } from "./upgrade.ts";

export const manager = "capi-topology";

interface Observed {
  readonly blueprint: Blueprint;
  readonly current: Current;
  readonly topology: Topology;
}

/** From the class to objects: everything that differs is applied, what nobody uses any more goes. */
export const topology: Phase<TopologyScope, Observed | "classNotReady", TopologyEffect, TopologyFacts> = {
  name: "topology",
  observe: async ({ cluster, clusterClass, context }) => {
    if (clusterClass === undefined || !isReconciled(clusterClass)) return "classNotReady";
    const blueprint = await blueprintOf(clusterClass, context);
    const wanted = withVariables(cluster, clusterClass.status?.variables ?? []);
    return { blueprint, current: await currentOf(cluster, blueprint, context), topology: wanted };
  },
  decide: (observed, { cluster, clusterClass }) => {
    if (observed === "classNotReady") {
      const { class: name, classNamespace = cluster.metadata.namespace } = cluster.spec.topology ?? { class: "" };
      const message =
        clusterClass === undefined ? `ClusterClass ${classNamespace}/${name} does not exist` : "ClusterClass not reconciled";
      return wait("ClusterClassNotReconciled", { message, facts: { outcome: { is: "classNotReady", message } } });
    }
    const { blueprint, current, topology: wanted } = observed;
    if ((wanted.workers?.machinePools ?? []).length > 0) {
      throw new Error("MachinePools of a topology are not made here: use machineDeployments");
    }
    const versions = versionsOf(versionFacts(cluster, wanted, current));
    const filled = { ...cluster, spec: { ...cluster.spec, topology: wanted } };
    const desired = desiredState({ cluster: filled, topology: wanted, blueprint, current, versions });
    const effects = changes(cluster, blueprint, current, desired, versions);
    const facts: TopologyFacts = {
      outcome: {
        is: "applied",
        versions,
        version: wanted.version,
        controlPlaneVersion: versionOf(current.controlPlane?.object) ?? versions.controlPlane,
        names: new Map(desired.deployments.map(({ topologyName, object }) => [topologyName, object.metadata.name ?? ""])),
      },
    };
    if (effects.length === 0) return ready(facts);
    return act<TopologyEffect, TopologyFacts>("TopologyApplied", effects, {
      facts,
      // What the API completes may never look like what we ask for: when nothing came of it, there is nothing to look at again.
      afterwards: (answers) => (answers.some(Boolean) ? wait("TopologyApplied", { recheckSeconds: 0, facts }) : ready(facts)),
    });
  },
};

/** The values with their defaults. @throws Error when one is wrong: its class may have changed */
const withVariables = ({ spec }: Stored<Cluster>, definitions: readonly VariableDefinition[]): Topology => {
  const { topology: wanted } = spec;
  if (wanted === undefined) throw new Error("there is no topology");
  const path = "spec.topology.variables";
  const filled = (values: readonly ClusterVariable[] | undefined, create: boolean) => {
    const { values: made, errors } = defaultedVariables(values, definitions, { create, path, schemas: schemaTools });
    const wrong = [...errors, ...variableErrors(made, undefined, definitions, { required: create, path, schemas: schemaTools })];
    if (wrong.length > 0) throw new Error(wrong.map(({ field, message }) => `${field}: ${message}`).join(", "));
    return made;
  };
  return { ...wanted, variables: filled(wanted.variables, true) };
};

const versionOf = (object: UnstructuredObject | undefined): string | undefined => {
  const version = object?.spec?.["version"];
  return typeof version === "string" ? version : undefined;
};

const versionFacts = (cluster: Stored<Cluster>, wanted: Topology, current: Current) => {
  const control = current.controlPlane?.object;
  const running = control?.status?.["version"];
  return {
    topology: wanted,
    concurrency: concurrencyOf(cluster.metadata.annotations?.[annotations.topologyUpgradeConcurrency]),
    controlPlane:
      control === undefined
        ? undefined
        : { version: versionOf(control) ?? wanted.version, running: typeof running === "string" ? running : undefined },
    deployments: new Map(
      current.deployments.map(({ topologyName, object, upgrading }) => [
        topologyName,
        { version: object.spec.template.spec?.version ?? "", upgrading },
      ]),
    ),
  };
};

const changes = (
  cluster: Stored<Cluster>,
  blueprint: Blueprint,
  current: Current,
  desired: Desired,
  versions: Versions,
): readonly TopologyEffect[] => {
  const apply = (
    resource: Resource,
    object: UnstructuredObject | undefined,
    live: Stored<UnstructuredObject> | undefined,
  ): readonly TopologyEffect[] => {
    if (object === undefined || (live !== undefined && isApplied(live, object, manager))) return [];
    if (live?.metadata.deletionTimestamp !== undefined) return [];
    return [{ call: "applyIntent", resource, object, live }];
  };
  const copy = (object: UnstructuredObject | undefined): readonly TopologyEffect[] => {
    const known = current.copies.find(
      (one) => one.object.kind === object?.kind && one.object.metadata.name === object.metadata.name,
    );
    const resource = known?.resource ?? resourceOf(blueprint, object);
    return object === undefined || resource === undefined ? [] : apply(resource, object, known?.object);
  };
  const check = (object: UnstructuredObject | undefined, target: UnstructuredObject): readonly TopologyEffect[] => {
    const known = current.healthChecks.find(({ metadata }) => metadata.name === target.metadata.name);
    if (object !== undefined) return apply(MachineHealthCheck, object, known as Stored<UnstructuredObject> | undefined);
    return known === undefined ? [] : [{ call: "delete", resource: MachineHealthCheck, ref: refOf(known) }];
  };
  const worker = (one: DesiredDeployment): readonly TopologyEffect[] => {
    const live = current.deployments.find(({ topologyName }) => topologyName === one.topologyName)?.object;
    const waits = [...versions.pendingCreate, ...versions.pendingUpgrade].includes(one.topologyName);
    return [
      ...(live === undefined && waits ? [] : check(one.healthCheck, one.object)),
      ...(waits
        ? []
        : [
            ...copy(one.bootstrap),
            ...copy(one.infrastructure),
            ...apply(MachineDeployment, one.object, live as Stored<UnstructuredObject> | undefined),
          ]),
    ];
  };
  const leaving = current.deployments.filter(
    ({ topologyName, object }) =>
      object.metadata.deletionTimestamp === undefined && !desired.deployments.some((one) => one.topologyName === topologyName),
  );
  return [
    ...apply(
      blueprintResource(desired.infrastructure, blueprint.infrastructure.resource),
      desired.infrastructure,
      current.infrastructure?.object,
    ),
    ...check(desired.controlPlaneHealthCheck, desired.controlPlane),
    ...(versions.controlPlanePending
      ? []
      : [
          ...copy(desired.controlPlaneMachines),
          ...apply(
            blueprintResource(desired.controlPlane, blueprint.controlPlane.resource),
            desired.controlPlane,
            current.controlPlane?.object,
          ),
        ]),
    ...apply(Cluster, desired.cluster, cluster as unknown as Stored<UnstructuredObject>),
    ...desired.deployments.flatMap(worker),
    ...leaving.flatMap(({ object }): readonly TopologyEffect[] => [
      ...check(undefined, object as unknown as UnstructuredObject),
      { call: "delete", resource: MachineDeployment, ref: refOf(object) },
    ]),
    ...unused(current, desired),
  ];
};

/** Of a template's kind, that of what is made from it. */
const blueprintResource = ({ kind }: UnstructuredObject, template: Resource): Resource => ({
  ...template,
  kind,
  plural: template.plural.replace(/templates$/, "s"),
});

const resourceOf = ({ controlPlaneMachines, workers }: Blueprint, object: UnstructuredObject | undefined): Resource | undefined =>
  [controlPlaneMachines, ...[...workers.values()].flatMap((worker) => [worker.bootstrap, worker.infrastructure])].find(
    (one) => one?.object.kind === object?.kind,
  )?.resource;

/** Copies that neither the control plane nor a deployment nor an old MachineSet names, nor is about to. */
const unused = (current: Current, desired: Desired): readonly TopologyEffect[] => {
  const referred: (ObjectReference | undefined)[] = [
    machineTemplateOf(current.controlPlane?.object),
    machineTemplateOf(desired.controlPlane),
    ...[...current.deployments.map(({ object }) => object), ...current.machineSets].flatMap(({ spec }) => [
      spec.template?.spec?.bootstrap.configRef,
      spec.template?.spec?.infrastructureRef,
    ]),
    ...desired.deployments.flatMap(({ bootstrap, infrastructure }) =>
      [bootstrap, infrastructure].map(({ kind, metadata }) => ({ kind, name: metadata.name ?? "" })),
    ),
  ];
  const used = new Set(referred.map((ref) => `${ref?.kind}/${ref?.name}`));
  return current.copies
    .filter(
      ({ object }) =>
        !used.has(`${object.kind}/${object.metadata.name}`) &&
        object.metadata.deletionTimestamp === undefined &&
        object.metadata.labels?.[labels.topologyOwned] !== undefined,
    )
    .map(({ object, resource }): TopologyEffect => ({ call: "delete", resource, ref: refOf(object) }));
};

const machineTemplateOf = (control: UnstructuredObject | undefined): ObjectReference | undefined =>
  (control?.spec?.["machineTemplate"] as { infrastructureRef?: ObjectReference } | undefined)?.infrastructureRef;
