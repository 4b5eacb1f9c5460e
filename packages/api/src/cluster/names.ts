/** The words by which Cluster API's parts know each other: they are data of the field, and other people's tools read them. */

export const labels = {
  clusterName: "cluster.x-k8s.io/cluster-name",
  setName: "cluster.x-k8s.io/set-name",
  deploymentName: "cluster.x-k8s.io/deployment-name",
  poolName: "cluster.x-k8s.io/pool-name",
  /** Only its presence counts. */
  controlPlane: "cluster.x-k8s.io/control-plane",
  controlPlaneName: "cluster.x-k8s.io/control-plane-name",
  provider: "cluster.x-k8s.io/provider",
  watchFilter: "cluster.x-k8s.io/watch-filter",
  interruptible: "cluster.x-k8s.io/interruptible",
  /** Which version of the provider contract a CRD keeps, and in which of its versions. */
  contractVersion: "cluster.x-k8s.io/v1beta1",
  machineTemplateHash: "machine-template-hash",
  topologyOwned: "topology.cluster.x-k8s.io/owned",
  topologyDeploymentName: "topology.cluster.x-k8s.io/deployment-name",
  topologyPoolName: "topology.cluster.x-k8s.io/pool-name",
  /** On a Pod of a workload cluster: `skip` or `wait-completed`. */
  drain: "cluster.x-k8s.io/drain",
} as const;

export const annotations = {
  /** Only its presence counts, even with the value `false`. */
  paused: "cluster.x-k8s.io/paused",
  deleteMachine: "cluster.x-k8s.io/delete-machine",
  skipRemediation: "cluster.x-k8s.io/skip-remediation",
  remediateMachine: "cluster.x-k8s.io/remediate-machine",
  disableMachineCreate: "cluster.x-k8s.io/disable-machine-create",
  clonedFromName: "cluster.x-k8s.io/cloned-from-name",
  clonedFromGroupKind: "cluster.x-k8s.io/cloned-from-groupkind",
  managedBy: "cluster.x-k8s.io/managed-by",
  replicasManagedBy: "cluster.x-k8s.io/replicas-managed-by",
  autoscalerMinSize: "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size",
  autoscalerMaxSize: "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size",
  skipPreflightChecks: "machineset.cluster.x-k8s.io/skip-preflight-checks",
  excludeNodeDraining: "machine.cluster.x-k8s.io/exclude-node-draining",
  excludeWaitForNodeVolumeDetach: "machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach",
  certificatesExpiry: "machine.cluster.x-k8s.io/certificates-expiry",
  /** Prefixes: `/<hook name>` usually follows. */
  preDrainDeleteHook: "pre-drain.delete.hook.machine.cluster.x-k8s.io",
  preTerminateDeleteHook: "pre-terminate.delete.hook.machine.cluster.x-k8s.io",
  /** The domain of these four really says `clusters`. */
  revision: "machinedeployment.clusters.x-k8s.io/revision",
  revisionHistory: "machinedeployment.clusters.x-k8s.io/revision-history",
  desiredReplicas: "machinedeployment.clusters.x-k8s.io/desired-replicas",
  maxReplicas: "machinedeployment.clusters.x-k8s.io/max-replicas",
  /** On Nodes of a workload cluster. */
  nodeClusterName: "cluster.x-k8s.io/cluster-name",
  nodeClusterNamespace: "cluster.x-k8s.io/cluster-namespace",
  nodeMachine: "cluster.x-k8s.io/machine",
  nodeOwnerKind: "cluster.x-k8s.io/owner-kind",
  nodeOwnerName: "cluster.x-k8s.io/owner-name",
  labelsFromMachine: "cluster.x-k8s.io/labels-from-machine",
  annotationsFromMachine: "cluster.x-k8s.io/annotations-from-machine",
  topologyHoldUpgradeSequence: "topology.cluster.x-k8s.io/hold-upgrade-sequence",
  topologyDeferUpgrade: "topology.cluster.x-k8s.io/defer-upgrade",
  topologyUpgradeConcurrency: "topology.cluster.x-k8s.io/upgrade-concurrency",
  topologyDryRun: "topology.cluster.x-k8s.io/dry-run",
  unsafeDisableClassNameCheck: "unsafe.topology.cluster.x-k8s.io/disable-update-class-name-check",
  unsafeDisableVersionCheck: "unsafe.topology.cluster.x-k8s.io/disable-update-version-check",
  beforeUpgradeHook: "before-upgrade.hook.cluster.cluster.x-k8s.io",
  crdMigrationObservedGeneration: "crd-migration.cluster.x-k8s.io/observed-generation",
  conversionData: "cluster.x-k8s.io/conversion-data",
  deleteForMove: "clusterctl.cluster.x-k8s.io/delete-for-move",
  blockMove: "clusterctl.cluster.x-k8s.io/block-move",
} as const;

export const finalizers = {
  cluster: "cluster.cluster.x-k8s.io",
  machine: "machine.cluster.x-k8s.io",
  machineSet: "cluster.x-k8s.io/machineset",
  machineDeployment: "cluster.x-k8s.io/machinedeployment",
  machinePool: "machinepool.cluster.x-k8s.io",
  clusterResourceSet: "addons.cluster.x-k8s.io",
  topologyMachineDeployment: "machinedeployment.topology.cluster.x-k8s.io",
  topologyMachineSet: "machineset.topology.cluster.x-k8s.io",
} as const;

export const taints = {
  nodeUninitialized: { key: "node.cluster.x-k8s.io/uninitialized", effect: "NoSchedule" },
  nodeOutdatedRevision: { key: "node.cluster.x-k8s.io/outdated-revision", effect: "PreferNoSchedule" },
} as const;

/** `<cluster>-<purpose>`: the Secrets a cluster has in the management cluster. */
export const secretPurposes = ["kubeconfig", "ca", "etcd", "sa", "proxy", "apiserver-etcd-client"] as const;
export type SecretPurpose = (typeof secretPurposes)[number];
export const clusterSecretType = "cluster.x-k8s.io/secret";
export const clusterSecretName = (cluster: string, purpose: SecretPurpose): string => `${cluster}-${purpose}`;

/** On the providers' Deployments. */
export const providerAnnotations = {
  /** How much it writes to its log: `debug`, or a level a controller: `openstackmachine=debug,openstackcluster=warn`. */
  logLevel: "slipway.dev/log-level",
  /** Its controllers, comma-separated. */
  controllers: "slipway.dev/controllers",
} as const;
