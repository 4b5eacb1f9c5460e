import {
  annotations as annotationNames,
  apiVersionOf,
  Cluster,
  groupKind,
  labels,
  MachineDeployment,
  type MachineDeploymentTopology,
  MachineHealthCheck,
  type ObjectReference,
  parseApiVersion,
  type Stored,
  type Topology,
  type UnstructuredObject,
} from "@slipway/api";
import { ownerRef, sameJson } from "@slipway/runtime";
import { cloneFromTemplate } from "../external/index.ts";
import { controlPlaneOwn, objectFrom, templateFrom, withField } from "../topology/patches/copyback.ts";
import { patchedTemplates, type TemplateUse } from "../topology/patches/engine.ts";
import { holderPaths } from "../topology/patches/inline.ts";
import { controlPlaneVariables, globalVariables, machineDeploymentVariables } from "../topology/variables/visible.ts";
import { copyName, nameBy } from "./names.ts";
import type { Blueprint, Current, Template, Worker } from "./scope.ts";
import type { Versions } from "./upgrade.ts";

/** A Cluster's objects as its topology and its class want them. Pure. */

export interface Desired {
  readonly infrastructure: UnstructuredObject;
  readonly controlPlane: UnstructuredObject;
  readonly controlPlaneMachines: UnstructuredObject | undefined;
  readonly controlPlaneHealthCheck: UnstructuredObject | undefined;
  readonly cluster: UnstructuredObject;
  readonly deployments: readonly DesiredDeployment[];
}
export interface DesiredDeployment {
  readonly topologyName: string;
  readonly object: UnstructuredObject;
  readonly bootstrap: UnstructuredObject;
  readonly infrastructure: UnstructuredObject;
  readonly healthCheck: UnstructuredObject | undefined;
}

interface Input {
  readonly cluster: Stored<Cluster>;
  readonly topology: Topology;
  readonly blueprint: Blueprint;
  readonly current: Current;
  readonly versions: Versions;
}

/** @throws Error when a patch cannot be applied, or a name cannot be made */
export const desiredState = (input: Input): Desired => {
  const { cluster, topology, blueprint } = input;
  const infrastructure = infrastructureOf(input);
  const machines = blueprint.controlPlaneMachines && copyOf(cluster, blueprint.controlPlaneMachines, {});
  const control = controlPlaneOf(input);
  const deployments = (topology.workers?.machineDeployments ?? []).map((one) => deploymentOf(one, input));

  const uses: TemplateUse[] = [
    use("infrastructure", "Cluster", holderPaths.infrastructureCluster, blueprint.infrastructure),
    use("control", "Cluster", holderPaths.controlPlane, blueprint.controlPlane, (defined) =>
      controlPlaneVariables(cluster, control, machines, defined),
    ),
    ...(blueprint.controlPlaneMachines === undefined
      ? []
      : [
          use("machines", control.kind, holderPaths.controlPlaneMachines, blueprint.controlPlaneMachines, (defined) =>
            controlPlaneVariables(cluster, control, machines, defined),
          ),
        ]),
    ...deployments.flatMap(({ topology: of, worker, object, bootstrap, infrastructure: infra }) => {
      const seen = (defined: ReadonlySet<string>) =>
        machineDeploymentVariables(of, object, { bootstrap, infrastructure: infra }, defined);
      return [
        use(`${of.name}/bootstrap`, "MachineDeployment", holderPaths.bootstrap, worker.bootstrap, seen),
        use(`${of.name}/infrastructure`, "MachineDeployment", holderPaths.infrastructure, worker.infrastructure, seen),
      ];
    }),
  ];
  const patched = patchedTemplates(blueprint.clusterClass, uses, (defined) => globalVariables(cluster, defined));
  const template = (key: string): UnstructuredObject => {
    const found = patched.get(key);
    if (found === undefined) throw new Error(`no template ${key}`);
    return found;
  };

  const finalMachines = machines && named(`${cluster.metadata.name}-`, templateFrom(machines, template("machines")), input);
  const finalControl = withMachines(objectFrom(control, template("control"), controlPlaneOwn), finalMachines, input);
  const finalInfrastructure = withoutEmptyEndpoint(objectFrom(infrastructure, template("infrastructure")));
  return {
    infrastructure: finalInfrastructure,
    controlPlane: finalControl,
    controlPlaneMachines: finalMachines,
    controlPlaneHealthCheck:
      finalMachines &&
      healthCheck(input, finalControl, topology.controlPlane?.machineHealthCheck, blueprint.clusterClass.spec.controlPlane, {
        [labels.topologyOwned]: "",
        [labels.controlPlane]: "",
      }),
    cluster: clusterIntent(cluster, finalInfrastructure, finalControl),
    deployments: deployments.map(({ topology: of, worker, object, bootstrap, infrastructure: infra }) => {
      const prefix = `${cluster.metadata.name}-${of.name}-`;
      const boot = named(prefix, templateFrom(bootstrap, template(`${of.name}/bootstrap`)), input);
      const machine = named(prefix, templateFrom(infra, template(`${of.name}/infrastructure`)), input);
      const selector = { [labels.topologyOwned]: "", [labels.topologyDeploymentName]: of.name };
      const whole = {
        ...object,
        spec: withField(
          withField({ ...object.spec }, ["template", "spec", "bootstrap", "configRef"], referenceTo(boot)),
          ["template", "spec", "infrastructureRef"],
          referenceTo(machine),
        ),
      } as unknown as UnstructuredObject;
      return {
        topologyName: of.name,
        object: whole,
        bootstrap: boot,
        infrastructure: machine,
        healthCheck: healthCheck(input, whole, of.machineHealthCheck, worker.workerClass, selector),
      };
    }),
  };
};

const use = (
  key: string,
  kind: string,
  fieldPath: string,
  { object }: Template,
  variables: TemplateUse["variables"] = () => ({}),
): TemplateUse => ({ key, holder: { kind, fieldPath }, template: object, variables });

const ownLabels = ({ metadata }: Stored<Cluster>) => ({ [labels.clusterName]: metadata.name, [labels.topologyOwned]: "" });

const infrastructureOf = ({ cluster, blueprint: { clusterClass, infrastructure } }: Input): UnstructuredObject => {
  const { name, namespace = "", uid } = cluster.metadata;
  const template = clusterClass.spec.infrastructureNamingStrategy?.template ?? "{{ .cluster.name }}-{{ .random }}";
  return cloneFromTemplate(infrastructure.object, infrastructure.resource, {
    name: cluster.spec.infrastructureRef?.name ?? nameBy(template, { ".cluster.name": name }, `${uid}/infrastructure`),
    namespace,
    clusterName: name,
    labels: ownLabels(cluster),
  }) as UnstructuredObject;
};

/** Whatever leaves the endpoint open must not take it away from who fills it in. */
const withoutEmptyEndpoint = (object: UnstructuredObject): UnstructuredObject => {
  const { controlPlaneEndpoint, ...spec } = (object.spec ?? {}) as { readonly controlPlaneEndpoint?: object };
  if (controlPlaneEndpoint === undefined) return object;
  const { host, port, ...rest } = controlPlaneEndpoint as { readonly host?: string; readonly port?: number };
  const left = { ...rest, ...(host ? { host } : {}), ...(port ? { port } : {}) };
  return { ...object, spec: Object.keys(left).length === 0 ? spec : { ...spec, controlPlaneEndpoint: left } };
};

const controlPlaneOf = ({ cluster, topology, blueprint, versions }: Input): UnstructuredObject => {
  const { name, namespace = "", uid } = cluster.metadata;
  const { controlPlane: classed } = blueprint.clusterClass.spec;
  const wanted = topology.controlPlane ?? {};
  const metadata = merged(classed?.metadata, wanted.metadata);
  const own = { ...metadata.labels, ...ownLabels(cluster) };
  const template = classed?.namingStrategy?.template ?? "{{ .cluster.name }}-{{ .random }}";
  const object = cloneFromTemplate(blueprint.controlPlane.object, blueprint.controlPlane.resource, {
    name: cluster.spec.controlPlaneRef?.name ?? nameBy(template, { ".cluster.name": name }, `${uid}/controlplane`),
    namespace,
    clusterName: name,
    labels: own,
    ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
  }) as UnstructuredObject;
  const set = (at: UnstructuredObject, path: readonly string[], value: unknown): UnstructuredObject =>
    value === undefined ? at : { ...at, spec: withField(at.spec ?? {}, path, value) };
  const machineMetadata = (object.spec?.["machineTemplate"] as { metadata?: Meta } | undefined)?.metadata;
  const forMachines = merged(machineMetadata, { ...metadata, labels: own });
  const withMachineMetadata =
    blueprint.controlPlaneMachines === undefined ? object : set(object, ["machineTemplate", "metadata"], forMachines);
  const gates = wanted.readinessGates ?? classed?.readinessGates;
  return [
    [["machineTemplate", "readinessGates"], gates],
    [["machineTemplate", "nodeDrainTimeout"], wanted.nodeDrainTimeout ?? classed?.nodeDrainTimeout],
    [["machineTemplate", "nodeVolumeDetachTimeout"], wanted.nodeVolumeDetachTimeout ?? classed?.nodeVolumeDetachTimeout],
    [["machineTemplate", "nodeDeletionTimeout"], wanted.nodeDeletionTimeout ?? classed?.nodeDeletionTimeout],
    [["replicas"], wanted.replicas],
    [["version"], versions.controlPlane],
  ].reduce((made, [path, value]) => set(made, path as readonly string[], value), withMachineMetadata);
};

const withMachines = (
  control: UnstructuredObject,
  machines: UnstructuredObject | undefined,
  { current }: Input,
): UnstructuredObject => {
  if (machines === undefined) return control;
  const known = (current.controlPlane?.object?.spec?.["machineTemplate"] as { infrastructureRef?: ObjectReference } | undefined)
    ?.infrastructureRef;
  return {
    ...control,
    spec: withField(control.spec ?? {}, ["machineTemplate", "infrastructureRef"], referenceTo(machines, known)),
  };
};

/** A version that somebody else has chosen for the same kind stays. */
const referenceTo = ({ apiVersion, kind, metadata }: UnstructuredObject, known?: ObjectReference): ObjectReference => {
  const same = known?.kind === kind && parseApiVersion(known.apiVersion ?? "").group === parseApiVersion(apiVersion).group;
  return {
    apiVersion: same ? (known?.apiVersion ?? apiVersion) : apiVersion,
    kind,
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
  };
};

/** The cluster's own copy of a template: it gets its name when its content is final. */
const copyOf = (
  cluster: Stored<Cluster>,
  { object, resource }: Template,
  more: { readonly [label: string]: string },
): UnstructuredObject => {
  const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...kept } = object.metadata.annotations ?? {};
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name: "",
      namespace: cluster.metadata.namespace ?? "",
      labels: { ...object.metadata.labels, ...ownLabels(cluster), ...more },
      annotations: {
        ...kept,
        [annotationNames.clonedFromName]: object.metadata.name,
        [annotationNames.clonedFromGroupKind]: groupKind(resource),
      },
      ownerReferences: [ownerRef(cluster, Cluster)],
    },
    ...(object.spec === undefined ? {} : { spec: object.spec }),
  };
};

/** A copy of this content that is there already keeps its name, whoever gave it. */
const named = (prefix: string, copy: UnstructuredObject, { current }: Input): UnstructuredObject => {
  const computed = copyName(prefix, [copy.kind, copy.spec]);
  const known = current.copies.find(
    ({ object }) =>
      object.kind === copy.kind &&
      object.metadata.labels?.[labels.topologyDeploymentName] === copy.metadata.labels?.[labels.topologyDeploymentName] &&
      object.metadata.deletionTimestamp === undefined &&
      (object.metadata.name === computed || sameJson(object.spec, copy.spec)),
  );
  return { ...copy, metadata: { ...copy.metadata, name: known?.object.metadata.name ?? computed } };
};

const clusterIntent = (
  cluster: Stored<Cluster>,
  infrastructure: UnstructuredObject,
  control: UnstructuredObject,
): UnstructuredObject => ({
  apiVersion: apiVersionOf(Cluster),
  kind: Cluster.kind,
  metadata: { name: cluster.metadata.name, namespace: cluster.metadata.namespace ?? "", labels: ownLabels(cluster) },
  spec: {
    infrastructureRef: referenceTo(infrastructure, cluster.spec.infrastructureRef),
    controlPlaneRef: referenceTo(control, cluster.spec.controlPlaneRef),
  },
});

interface Meta {
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}
/** What the topology says wins over what the class says. */
const merged = (classed: Meta | undefined, wanted: Meta | undefined): Meta => {
  const both = <T extends object>(one: T | undefined, other: T | undefined) =>
    one === undefined && other === undefined ? undefined : { ...one, ...other };
  const [made, noted] = [both(classed?.labels, wanted?.labels), both(classed?.annotations, wanted?.annotations)];
  return { ...(made === undefined ? {} : { labels: made }), ...(noted === undefined ? {} : { annotations: noted }) };
};

const deploymentOf = (of: MachineDeploymentTopology, { cluster, blueprint, current, versions }: Input) => {
  const worker = blueprint.workers.get(of.class);
  if (worker === undefined) {
    throw new Error(`MachineDeployment class ${of.class} not found in ClusterClass ${blueprint.clusterClass.metadata.name}`);
  }
  const { workerClass } = worker;
  const { name, namespace = "", uid } = cluster.metadata;
  const live = current.deployments.find(({ topologyName }) => topologyName === of.name);
  const { labels: chosen, annotations } = merged(workerClass.template.metadata, of.metadata);
  const own = { ...chosen, ...ownLabels(cluster), [labels.topologyDeploymentName]: of.name };
  const {
    [annotationNames.topologyHoldUpgradeSequence]: _hold,
    [annotationNames.topologyDeferUpgrade]: _defer,
    ...noted
  } = annotations ?? {};
  const metadata = { labels: own, ...(Object.keys(noted).length === 0 ? {} : { annotations: noted }) };
  const template =
    workerClass.namingStrategy?.template ?? "{{ .cluster.name }}-{{ .machineDeployment.topologyName }}-{{ .random }}";
  const variables = { ".cluster.name": name, ".machineDeployment.topologyName": of.name };
  const either = <K extends keyof MachineDeploymentTopology & keyof Worker["workerClass"]>(field: K) => {
    const value = of[field] ?? workerClass[field];
    return value === undefined ? {} : { [field]: value };
  };
  const object: MachineDeployment = {
    apiVersion: apiVersionOf(MachineDeployment),
    kind: MachineDeployment.kind,
    metadata: {
      name: live?.object.metadata.name ?? nameBy(template, variables, `${uid}/machinedeployment/${of.name}`),
      namespace,
      ...metadata,
    },
    spec: {
      clusterName: name,
      ...either("minReadySeconds"),
      ...either("strategy"),
      ...(of.replicas === undefined ? {} : { replicas: of.replicas }),
      selector: { matchLabels: { ...ownLabels(cluster), [labels.topologyDeploymentName]: of.name } },
      template: {
        metadata,
        spec: {
          clusterName: name,
          version: versions.deployments.get(of.name) ?? "",
          bootstrap: {},
          infrastructureRef: {},
          ...either("failureDomain"),
          ...either("nodeDrainTimeout"),
          ...either("nodeVolumeDetachTimeout"),
          ...either("nodeDeletionTimeout"),
          ...either("readinessGates"),
        },
      },
    },
  };
  const label = { [labels.topologyDeploymentName]: of.name };
  return {
    topology: of,
    worker,
    object,
    bootstrap: copyOf(cluster, worker.bootstrap, label),
    infrastructure: copyOf(cluster, worker.infrastructure, label),
  };
};

type Check = NonNullable<NonNullable<Topology["controlPlane"]>["machineHealthCheck"]>;

/** A definition in the topology takes the place of the class's whole; `enable: false` is the end of both. */
const healthCheck = (
  { cluster }: Input,
  target: UnstructuredObject,
  wanted: Check | undefined,
  classed: { readonly machineHealthCheck?: Omit<Check, "enable"> } | undefined,
  selector: { readonly [label: string]: string },
): UnstructuredObject | undefined => {
  const { enable, ...own } = wanted ?? {};
  const definition = Object.keys(own).length > 0 ? own : classed?.machineHealthCheck;
  if (definition === undefined || enable === false) return undefined;
  return {
    apiVersion: apiVersionOf(MachineHealthCheck),
    kind: MachineHealthCheck.kind,
    metadata: {
      name: target.metadata.name ?? "",
      namespace: cluster.metadata.namespace ?? "",
      labels: ownLabels(cluster),
      ownerReferences: [ownerRef(cluster, Cluster)],
    },
    spec: { clusterName: cluster.metadata.name, selector: { matchLabels: selector }, ...definition },
  };
};
