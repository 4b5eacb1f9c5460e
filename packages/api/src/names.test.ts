import { expect, test } from "vitest";
import { annotations, clusterSecretName, clusterSecretType, labels, secretPurposes } from "./cluster/names.ts";
import { controlPlaneAnnotations } from "./controlplane/names.ts";
import { infrastructureFinalizers } from "./infrastructure/names.ts";

/** Written out once more: other people's tools and stored objects use these, so that a slip here would show nowhere else. */
test("labels are upstream's [CORE-019] [CORE-021] [CORE-022] [CORE-023] [CORE-024] [CORE-025] [CORE-026] [CORE-027] [CORE-028] [CORE-029]", () => {
  expect(labels).toMatchObject({
    clusterName: "cluster.x-k8s.io/cluster-name",
    setName: "cluster.x-k8s.io/set-name",
    deploymentName: "cluster.x-k8s.io/deployment-name",
    poolName: "cluster.x-k8s.io/pool-name",
    controlPlane: "cluster.x-k8s.io/control-plane",
    controlPlaneName: "cluster.x-k8s.io/control-plane-name",
    provider: "cluster.x-k8s.io/provider",
    watchFilter: "cluster.x-k8s.io/watch-filter",
    interruptible: "cluster.x-k8s.io/interruptible",
    machineTemplateHash: "machine-template-hash",
    topologyOwned: "topology.cluster.x-k8s.io/owned",
    topologyDeploymentName: "topology.cluster.x-k8s.io/deployment-name",
    topologyPoolName: "topology.cluster.x-k8s.io/pool-name",
  });
});

test("annotations are upstream's [CORE-031] [CORE-032] [CORE-033] [CORE-036] [CORE-037] [CORE-038] [CORE-040] [CORE-041] [CORE-042] [CORE-043] [CORE-045] [CORE-046] [CORE-047]", () => {
  expect(annotations).toMatchObject({
    paused: "cluster.x-k8s.io/paused",
    deleteMachine: "cluster.x-k8s.io/delete-machine",
    skipRemediation: "cluster.x-k8s.io/skip-remediation",
    remediateMachine: "cluster.x-k8s.io/remediate-machine",
    managedBy: "cluster.x-k8s.io/managed-by",
    replicasManagedBy: "cluster.x-k8s.io/replicas-managed-by",
    autoscalerMinSize: "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size",
    autoscalerMaxSize: "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size",
    excludeNodeDraining: "machine.cluster.x-k8s.io/exclude-node-draining",
    excludeWaitForNodeVolumeDetach: "machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach",
    certificatesExpiry: "machine.cluster.x-k8s.io/certificates-expiry",
    preDrainDeleteHook: "pre-drain.delete.hook.machine.cluster.x-k8s.io",
    preTerminateDeleteHook: "pre-terminate.delete.hook.machine.cluster.x-k8s.io",
    revision: "machinedeployment.clusters.x-k8s.io/revision",
    revisionHistory: "machinedeployment.clusters.x-k8s.io/revision-history",
    desiredReplicas: "machinedeployment.clusters.x-k8s.io/desired-replicas",
    maxReplicas: "machinedeployment.clusters.x-k8s.io/max-replicas",
    topologyHoldUpgradeSequence: "topology.cluster.x-k8s.io/hold-upgrade-sequence",
    topologyDeferUpgrade: "topology.cluster.x-k8s.io/defer-upgrade",
    topologyUpgradeConcurrency: "topology.cluster.x-k8s.io/upgrade-concurrency",
    topologyDryRun: "topology.cluster.x-k8s.io/dry-run",
    unsafeDisableClassNameCheck: "unsafe.topology.cluster.x-k8s.io/disable-update-class-name-check",
    unsafeDisableVersionCheck: "unsafe.topology.cluster.x-k8s.io/disable-update-version-check",
    beforeUpgradeHook: "before-upgrade.hook.cluster.cluster.x-k8s.io",
    crdMigrationObservedGeneration: "crd-migration.cluster.x-k8s.io/observed-generation",
  });
});

test("the control plane's annotations are upstream's [KCP-011] [KCP-012]", () => {
  expect(controlPlaneAnnotations).toEqual({
    skipCoreDNS: "controlplane.cluster.x-k8s.io/skip-coredns",
    skipKubeProxy: "controlplane.cluster.x-k8s.io/skip-kube-proxy",
    remediationInProgress: "controlplane.cluster.x-k8s.io/remediation-in-progress",
    remediationFor: "controlplane.cluster.x-k8s.io/remediation-for",
    kubeadmClusterConfiguration: "controlplane.cluster.x-k8s.io/kubeadm-cluster-configuration",
    preTerminateHook: "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup",
  });
});

test("the OpenStack provider's finalizers are upstream's [CAPO-015]", () => {
  expect(Object.values(infrastructureFinalizers)).toEqual([
    "openstackcluster.infrastructure.cluster.x-k8s.io",
    "openstackmachine.infrastructure.cluster.x-k8s.io",
    "openstackserver.infrastructure.cluster.x-k8s.io",
    "openstackfloatingippool.infrastructure.cluster.x-k8s.io",
    "openstackmachine.infrastructure.cluster.x-k8s.io/ip-claim",
    "openstackfloatingippool.infrastructure.cluster.x-k8s.io/delete-floating-ip",
  ]);
});

test("a cluster's Secrets are found by name [CORE-051] [CORE-052]", () => {
  expect(secretPurposes.map((purpose) => clusterSecretName("my-cluster", purpose))).toEqual([
    "my-cluster-kubeconfig",
    "my-cluster-ca",
    "my-cluster-etcd",
    "my-cluster-sa",
    "my-cluster-proxy",
    "my-cluster-apiserver-etcd-client",
  ]);
  expect(clusterSecretType).toBe("cluster.x-k8s.io/secret");
});
