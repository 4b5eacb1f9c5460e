import {
  annotationPaused,
  at,
  conditions,
  created,
  type FamilyDeclaration,
  gauge,
  identityLabels,
  info,
  type KindDeclaration,
  type LabelPaths,
  owner,
  phase,
} from "./declaration.ts";

const core = { group: "cluster.x-k8s.io", version: "v1beta1" };
const infrastructure = { group: "infrastructure.cluster.x-k8s.io", version: "v1beta1" };

/** Kind and name of the object that a reference at `path` points to. */
const reference = (label: string, path: string): LabelPaths => ({
  [`${label}_kind`]: at(`${path}.kind`),
  [`${label}_name`]: at(`${path}.name`),
});

const replicas = (counters: { readonly [suffix: string]: string }): readonly FamilyDeclaration[] =>
  Object.entries(counters).map(([suffix, field]) =>
    gauge(
      `status_replicas${suffix === "" ? "" : `_${suffix}`}`,
      `status.${field}`,
      `Machines${suffix === "" ? "" : `, ${suffix.replaceAll("_", " ")}`}.`,
      true,
    ),
  );
const wanted = (nilIsZero: boolean) => gauge("spec_replicas", "spec.replicas", "Machines that are wanted.", nilIsZero);
const paused = (of: string) => gauge("spec_paused", "spec.paused", `Whether the spec of a ${of} pauses it.`, true);
const workersPhase = (of: string) => phase(of, ["ScalingUp", "ScalingDown", "Running", "Failed", "Unknown"]);
const basics = (of: string) => [annotationPaused(of), created(of)];
const ownedBasics = (of: string) => [...basics(of), owner(of), ...conditions(of)];

const cluster: KindDeclaration = {
  ...core,
  kind: "Cluster",
  prefix: "capi_cluster",
  labels: identityLabels.ofItsOwn,
  families: [
    ...basics("cluster"),
    info("cluster", {
      control_plane_endpoint_host: at("spec.controlPlaneEndpoint.host"),
      control_plane_endpoint_port: at("spec.controlPlaneEndpoint.port"),
      ...reference("control_plane_reference", "spec.controlPlaneRef"),
      ...reference("infrastructure_reference", "spec.infrastructureRef"),
      topology_class: at("spec.topology.class"),
      topology_version: at("spec.topology.version"),
    }),
    paused("cluster"),
    ...conditions("cluster"),
    phase("cluster", ["Pending", "Provisioning", "Provisioned", "Deleting", "Failed", "Unknown"]),
  ],
};

const machine: KindDeclaration = {
  ...core,
  kind: "Machine",
  prefix: "capi_machine",
  labels: identityLabels.bySpec,
  families: [
    {
      name: "addresses",
      type: "Info",
      help: "Where a machine can be reached.",
      path: at("status.addresses"),
      labels: { address: ["address"], type: ["type"] },
    },
    ...ownedBasics("machine"),
    info("machine", {
      ...reference("bootstrap_reference", "spec.bootstrap.configRef"),
      container_runtime_version: at("status.nodeInfo.containerRuntimeVersion"),
      control_plane_name: ["metadata", "labels", "cluster.x-k8s.io/control-plane-name"],
      failure_domain: at("spec.failureDomain"),
      ...reference("infrastructure_reference", "spec.infrastructureRef"),
      kernel_version: at("status.nodeInfo.kernelVersion"),
      kube_proxy_version: at("status.nodeInfo.kubeProxyVersion"),
      kubelet_version: at("status.nodeInfo.kubeletVersion"),
      os_image: at("status.nodeInfo.osImage"),
      provider_id: at("spec.providerID"),
      version: at("spec.version"),
    }),
    gauge(
      "status_certificatesexpirydate",
      "status.certificatesExpiryDate",
      "When a control plane machine's certificates expire, in Unix seconds.",
      true,
    ),
    {
      name: "status_noderef",
      type: "Info",
      help: "The node that a machine has become.",
      path: at("status.nodeRef"),
      labels: { node_name: ["name"], node_uid: ["uid"] },
    },
    phase("machine", ["Pending", "Provisioning", "Provisioned", "Running", "Deleting", "Deleted", "Failed", "Unknown"]),
  ],
};

const machineTemplateInfo = (of: string) =>
  info(of, {
    ...reference("bootstrap_reference", "spec.template.spec.bootstrap.configRef"),
    ...reference("infrastructure_reference", "spec.template.spec.infrastructureRef"),
    version: at("spec.template.spec.version"),
  });

const machineDeployment: KindDeclaration = {
  ...core,
  kind: "MachineDeployment",
  prefix: "capi_machinedeployment",
  labels: identityLabels.bySpec,
  families: [
    ...ownedBasics("machinedeployment"),
    machineTemplateInfo("machinedeployment"),
    paused("machinedeployment"),
    wanted(false),
    gauge(
      "spec_strategy_rollingupdate_max_surge",
      "spec.strategy.rollingUpdate.maxSurge",
      "Machines that may be there beyond the wanted ones during a rollout.",
      false,
    ),
    gauge(
      "spec_strategy_rollingupdate_max_unavailable",
      "spec.strategy.rollingUpdate.maxUnavailable",
      "Machines that may be missing during a rollout.",
      false,
    ),
    workersPhase("machinedeployment"),
    ...replicas({
      "": "replicas",
      available: "availableReplicas",
      ready: "readyReplicas",
      unavailable: "unavailableReplicas",
      updated: "updatedReplicas",
    }),
  ],
};

const machineSet: KindDeclaration = {
  ...core,
  kind: "MachineSet",
  prefix: "capi_machineset",
  labels: identityLabels.bySpec,
  families: [
    ...ownedBasics("machineset"),
    machineTemplateInfo("machineset"),
    wanted(true),
    ...replicas({
      "": "replicas",
      available: "availableReplicas",
      fully_labeled: "fullyLabeledReplicas",
      ready: "readyReplicas",
    }),
  ],
};

const machinePool: KindDeclaration = {
  ...core,
  kind: "MachinePool",
  prefix: "capi_machinepool",
  labels: identityLabels.bySpec,
  families: [
    ...ownedBasics("machinepool"),
    info("machinepool", {
      ...reference("bootstrap_configuration_reference", "spec.template.spec.bootstrap.configRef"),
      failure_domain: at("spec.template.spec.failureDomain"),
      ...reference("infrastructure_reference", "spec.template.spec.infrastructureRef"),
      version: at("spec.template.spec.version"),
    }),
    wanted(false),
    workersPhase("machinepool"),
    ...replicas({
      "": "replicas",
      available: "availableReplicas",
      ready: "readyReplicas",
      unavailable: "unavailableReplicas",
    }),
  ],
};

const machineHealthCheck: KindDeclaration = {
  ...core,
  kind: "MachineHealthCheck",
  prefix: "capi_machinehealthcheck",
  labels: identityLabels.bySpec,
  families: [
    ...ownedBasics("machinehealthcheck"),
    info("machinehealthcheck", { maxUnhealthy: at("spec.maxUnhealthy") }),
    gauge("status_current_healthy", "status.currentHealthy", "Machines it looks after that are healthy.", true),
    gauge("status_expected_machines", "status.expectedMachines", "Machines it looks after.", true),
    gauge("status_remediations_allowed", "status.remediationsAllowed", "Machines it may still replace.", true),
  ],
};

const kubeadmControlPlane: KindDeclaration = {
  group: "controlplane.cluster.x-k8s.io",
  version: "v1beta1",
  kind: "KubeadmControlPlane",
  prefix: "capi_kubeadmcontrolplane",
  labels: identityLabels.byOwner,
  families: [
    ...ownedBasics("kubeadmcontrolplane"),
    info("kubeadmcontrolplane", { version: at("spec.version") }),
    wanted(false),
    gauge(
      "spec_strategy_rollingupdate_max_surge",
      "spec.rolloutStrategy.rollingUpdate.maxSurge",
      "Machines that may be there beyond the wanted ones during a rollout.",
      false,
    ),
    ...replicas({
      "": "replicas",
      ready: "readyReplicas",
      unavailable: "unavailableReplicas",
      updated: "updatedReplicas",
    }),
  ],
};

/** Kinds of which only the name is information. */
const named = (declaration: Omit<KindDeclaration, "families">, of: string): KindDeclaration => ({
  ...declaration,
  families: [...ownedBasics(of), info(of, { name: at("metadata.name") })],
});
const onlyConditions = (declaration: Omit<KindDeclaration, "families" | "prefix">): KindDeclaration => ({
  ...declaration,
  prefix: `capi_${declaration.kind.toLowerCase()}`,
  families: conditions(declaration.kind.toLowerCase()),
});

/** The 16 kinds and 103 families of upstream's configuration for Cluster API v1.10. */
export const clusterApiKinds: readonly KindDeclaration[] = [
  onlyConditions({
    group: "addons.cluster.x-k8s.io",
    version: "v1beta1",
    kind: "ClusterResourceSet",
    labels: identityLabels.ofItsOwn,
  }),
  named(
    {
      group: "bootstrap.cluster.x-k8s.io",
      version: "v1beta1",
      kind: "KubeadmConfig",
      prefix: "capi_kubeadmconfig",
      labels: identityLabels.byLabel,
    },
    "kubeadmconfig",
  ),
  cluster,
  named({ ...core, kind: "ClusterClass", prefix: "capi_clusterclass", labels: identityLabels.ofItsOwn }, "clusterclass"),
  machine,
  machineDeployment,
  machineHealthCheck,
  machinePool,
  machineSet,
  kubeadmControlPlane,
  ...["DevCluster", "DevMachine", "DockerCluster", "DockerMachine"].map((kind) =>
    onlyConditions({ ...infrastructure, kind, labels: identityLabels.byLabel }),
  ),
  onlyConditions({
    group: "ipam.cluster.x-k8s.io",
    version: "v1beta1",
    kind: "IPAddressClaim",
    labels: identityLabels.byLabel,
  }),
  onlyConditions({
    group: "runtime.cluster.x-k8s.io",
    version: "v1alpha1",
    kind: "ExtensionConfig",
    labels: identityLabels.ofItsOwn,
  }),
];

const openStack = (kind: string, labels: LabelPaths, version = infrastructure.version): KindDeclaration => {
  const of = kind.toLowerCase();
  return {
    ...infrastructure,
    version,
    kind,
    prefix: `capi_${of}`,
    labels: identityLabels.byLabel,
    families: [
      ...basics(of),
      owner(of),
      ...conditions(of, at("status.conditions")),
      info(of, labels),
      gauge("status_ready", "status.ready", `Whether a ${of} can be used.`, true),
      // Only the reason: a message is unbounded and says what is the tenant's.
      {
        name: "status_failure",
        type: "Info",
        help: `Why a ${of} needs a person.`,
        labels: { reason: at("status.failureReason") },
      },
    ],
  };
};

/** The same for the kinds of the OpenStack provider, for which upstream has none. */
export const openStackKinds: readonly KindDeclaration[] = [
  openStack("OpenStackCluster", {
    control_plane_endpoint_host: at("spec.controlPlaneEndpoint.host"),
    identity_reference_cloud: at("spec.identityRef.cloudName"),
    identity_reference_name: at("spec.identityRef.name"),
    network_id: at("status.network.id"),
    network_name: at("status.network.name"),
  }),
  openStack("OpenStackMachine", {
    flavor: at("spec.flavor"),
    flavor_id: at("spec.flavorID"),
    image_id: at("spec.image.id"),
    image_name: at("spec.image.filter.name"),
    instance_id: at("status.instanceID"),
    instance_state: at("status.instanceState"), // v0.11 writes it only on the server
  }),
  openStack(
    "OpenStackServer",
    {
      flavor: at("spec.flavor"),
      flavor_id: at("status.resolved.flavorID"),
      image_id: at("status.resolved.imageID"),
      image_name: at("spec.image.filter.name"),
      instance_id: at("status.instanceID"),
      instance_state: at("status.instanceState"),
    },
    "v1alpha1",
  ),
];
