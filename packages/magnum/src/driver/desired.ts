import {
  apiVersionOf,
  CLUSTER_NAME_LABEL,
  CLUSTER_UUID_LABEL,
  Cluster,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  type KubeObject,
  MachineDeployment,
  MachineHealthCheck,
  type MagnumCluster,
  NODE_GROUP_LABEL,
  OpenStackCluster,
  OpenStackMachineTemplate,
  PROJECT_LABEL,
  type Resource,
  readCaRotation,
  type Stored,
} from "@slipway/api";
import { labels as capiLabels } from "@slipway/api/cluster/names.ts";
import type { LabelEffect } from "./labels/label.ts";
import { readLabels } from "./labels/label.ts";
import { controlPlaneName, machineDeploymentName, templateName } from "./names.ts";
import type { Observed } from "./observed.ts";
import { withAuthorities } from "./rotation/authorities.ts";
import { type ControlPlaneFiles, rotationShape } from "./rotation/plan.ts";
import { baseShape, type ClusterShape, type MachinesShape, type ShapeFacts } from "./shape.ts";

export interface DesiredObject {
  readonly resource: Resource;
  readonly object: KubeObject & { readonly metadata: { readonly name: string; readonly namespace: string } };
}

export interface DesiredOptions extends ShapeFacts {
  readonly effects: readonly LabelEffect[];
  /** MachineDeployments that must stay as they are for now, with the template they have. */
  readonly held: HeldTemplates;
}

export type HeldTemplates = ReadonlyMap<string, MachineDeployment["spec"]["template"]>;

/** Kubelets must never be newer than the API server: workers roll when the control plane has. */
export const heldTemplates = (
  { spec }: Stored<MagnumCluster>,
  { controlPlane, machineDeployments }: Pick<Observed, "controlPlane" | "machineDeployments">,
): HeldTemplates =>
  controlPlaneRuns(controlPlane, spec.kubernetesVersion)
    ? new Map()
    : new Map(
        machineDeployments
          .filter((deployment) => deployment.spec.template.spec?.version !== spec.kubernetesVersion)
          .map((deployment) => [deployment.metadata.name, deployment.spec.template]),
      );

/** MagnumCluster → Cluster API objects, in the order to apply them. Pure. @throws LabelError */
export const desired = (cluster: Stored<MagnumCluster>, options: DesiredOptions): readonly DesiredObject[] => {
  const readOwn = readLabels(cluster.spec.labels);
  const labelled = options.effects.reduce((current, effect) => effect(current, readOwn, cluster), baseShape(cluster, options));
  const rotation = rotationShape(readCaRotation(cluster), cluster.spec.kubernetesVersion);
  const shape =
    rotation.controlPlane === undefined ? labelled : believing(labelled, cluster.metadata.name, rotation.controlPlane);
  const make = objectMaker(cluster, options.namespace);
  const controlPlane = controlPlaneObjects(shape, make);
  const workers = shape.workers.flatMap((machines) => workerObjects(machines, make, options.held, rotation.workers));
  // What the Cluster refers to comes before it, what looks for its Cluster after it.
  return [
    make(OpenStackCluster, cluster.metadata.name, shape.infrastructure),
    ...controlPlane,
    clusterObject(shape, cluster, make),
    ...workers,
    ...healthChecks(shape, make),
  ];
};

type Make = ReturnType<typeof objectMaker>;

const objectMaker = (cluster: Stored<MagnumCluster>, namespace: string) => {
  const stack = cluster.metadata.name;
  const labels = { [capiLabels.clusterName]: stack, [CLUSTER_UUID_LABEL]: cluster.metadata.uid };
  const make = (
    resource: Resource,
    name: string,
    spec: object,
    more: { readonly [label: string]: string } = {},
  ): DesiredObject => ({
    resource,
    object: {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, namespace, labels: { ...labels, ...more } },
      spec,
    } as DesiredObject["object"],
  });
  return Object.assign(make, { cluster, stack, namespace });
};

const refTo = (resource: Resource, name: string, namespace: string) => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name,
  namespace,
});

const CALICO_TAG = "v3.32.1";

/** Whose it is and what the tenant calls it (RUN-017). */
const belongsTo = ({ metadata, spec }: Stored<MagnumCluster>): { readonly [label: string]: string } => {
  const project = metadata.labels?.[PROJECT_LABEL];
  return {
    ...(project === undefined ? {} : { [PROJECT_LABEL]: project }),
    ...(isLabelValue(spec.name) ? { [CLUSTER_NAME_LABEL]: spec.name } : {}),
  };
};

const isLabelValue = (text: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(text);

const clusterObject = ({ network }: ClusterShape, record: Stored<MagnumCluster>, make: Make): DesiredObject =>
  make(
    Cluster,
    make.stack,
    {
      clusterNetwork: {
        serviceDomain: network.serviceDomain,
        pods: { cidrBlocks: [network.podCidr] },
        services: { cidrBlocks: [network.serviceCidr] },
      },
      controlPlaneRef: refTo(KubeadmControlPlane, controlPlaneName(make.stack), make.namespace),
      infrastructureRef: refTo(OpenStackCluster, make.stack, make.namespace),
    },
    {
      ...belongsTo(record),
      ...(record.spec.networkDriver === "calico" ? { cni: `calico-${record.spec.labels["calico_tag"] ?? CALICO_TAG}` } : {}),
    },
  );

/** Volumes that a node leaves behind must not hold up its machine for ever. */
const VOLUME_DETACH_TIMEOUT = "5m0s";

const machineTemplate = (owner: string, { machine, group }: MachinesShape, make: Make): DesiredObject =>
  make(
    OpenStackMachineTemplate,
    templateName(owner, machine),
    { template: { spec: machine } },
    { [NODE_GROUP_LABEL]: group.name },
  );

const controlPlaneObjects = ({ controlPlane }: ClusterShape, make: Make): readonly DesiredObject[] => {
  const name = controlPlaneName(make.stack);
  const { group, kubeadm } = controlPlane;
  const template = machineTemplate(name, controlPlane, make);
  const marked = { [NODE_GROUP_LABEL]: group.name };
  return [
    template,
    make(
      KubeadmControlPlane,
      name,
      {
        replicas: group.nodeCount,
        version: make.cluster.spec.kubernetesVersion,
        rolloutBefore: { certificatesExpiryDays: 21 },
        machineTemplate: {
          metadata: { labels: { "node-role.kubernetes.io/master": "", ...marked } },
          infrastructureRef: refTo(OpenStackMachineTemplate, template.object.metadata.name, make.namespace),
          nodeVolumeDetachTimeout: VOLUME_DETACH_TIMEOUT,
        },
        kubeadmConfigSpec: kubeadm,
      },
      marked,
    ),
  ];
};

const believing = (shape: ClusterShape, stack: string, stage: ControlPlaneFiles): ClusterShape => ({
  ...shape,
  controlPlane: { ...shape.controlPlane, kubeadm: withAuthorities(shape.controlPlane.kubeadm, stack, stage) },
});

const workerObjects = (
  machines: MachinesShape,
  make: Make,
  held: HeldTemplates,
  mark: string | undefined,
): readonly DesiredObject[] => {
  const { group, kubeadm, failureDomain } = machines;
  const name = machineDeploymentName(make.stack, group);
  const { kubernetesVersion } = make.cluster.spec;
  const marked = { [NODE_GROUP_LABEL]: group.name };
  const selected = { [capiLabels.clusterName]: make.stack, [capiLabels.deploymentName]: name };
  const infrastructure = machineTemplate(name, machines, make);
  // Another name is another template, which replaces the machines: what their files say is settled when they join.
  const content = mark === undefined ? kubeadm : { kubeadm, mark };
  const bootstrap = make(KubeadmConfigTemplate, templateName(name, content), { template: { spec: kubeadm } }, marked);
  const template = held.get(name) ?? {
    metadata: {
      labels: {
        ...selected,
        ...marked,
        [`node-role.kubernetes.io/${group.role}`]: "",
        "node.cluster.x-k8s.io/nodegroup": group.name,
      },
    },
    spec: {
      clusterName: make.stack,
      version: kubernetesVersion,
      ...(failureDomain === undefined ? {} : { failureDomain }),
      bootstrap: { configRef: refTo(KubeadmConfigTemplate, bootstrap.object.metadata.name, make.namespace) },
      infrastructureRef: refTo(OpenStackMachineTemplate, infrastructure.object.metadata.name, make.namespace),
      nodeVolumeDetachTimeout: VOLUME_DETACH_TIMEOUT,
    },
  };
  const deployment = make(
    MachineDeployment,
    name,
    {
      clusterName: make.stack,
      replicas: group.nodeCount,
      // A former revision would keep its templates in use for ever.
      revisionHistoryLimit: 0,
      selector: { matchLabels: selected },
      template,
    },
    marked,
  );
  return [...(held.has(name) ? [] : [infrastructure, bootstrap]), deployment];
};

/** Every control-plane machine runs this version and is ready, and no other is left: what Cluster API calls stable. */
export const controlPlaneRuns = (controlPlane: KubeadmControlPlane | undefined, version: string): boolean => {
  if (controlPlane?.status === undefined) return false;
  const { spec, status, metadata } = controlPlane;
  return (
    spec.version === version &&
    status.version === version &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    status.replicas === spec.replicas &&
    status.updatedReplicas === spec.replicas &&
    status.readyReplicas === spec.replicas &&
    (status.unavailableReplicas ?? 0) === 0
  );
};

const healthChecks = ({ controlPlane, workers, healing }: ClusterShape, make: Make): readonly DesiredObject[] => {
  if (!healing) return [];
  return [
    healthCheck(controlPlaneName(make.stack), { [capiLabels.controlPlane]: "" }, make, {
      [NODE_GROUP_LABEL]: controlPlane.group.name,
    }),
    ...workers.map(({ group }) => {
      const name = machineDeploymentName(make.stack, group);
      return healthCheck(name, { [capiLabels.deploymentName]: name }, make, { [NODE_GROUP_LABEL]: group.name });
    }),
  ];
};

const healthCheck = (
  name: string,
  selected: { readonly [label: string]: string },
  make: Make,
  labels: { readonly [label: string]: string },
): DesiredObject =>
  make(
    MachineHealthCheck,
    name,
    {
      clusterName: make.stack,
      maxUnhealthy: "80%",
      selector: { matchLabels: { [capiLabels.clusterName]: make.stack, ...selected } },
      unhealthyConditions: (["False", "Unknown"] as const).map((status) => ({ type: "Ready", status, timeout: "5m0s" })),
    },
    labels,
  );
