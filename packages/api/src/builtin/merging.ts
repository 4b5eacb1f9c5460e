/**
 * How lists and maps of Kubernetes' own kinds merge: our own table. A rule is `field=<list type>`, where the list type is `set` or
 * `map(keys)` for server-side apply, then `merge(key)` when strategic merge patch merges too. What is not named is atomic and replaced.
 */
export const mergeRules: { readonly [definition: string]: string } = {
  "meta.v1.ObjectMeta": "finalizers=set+merge ownerReferences=map(uid)+merge(uid)",

  "core.v1.PodSpec":
    "containers=map(name)+merge(name) initContainers=map(name)+merge(name) ephemeralContainers=map(name)+merge(name) " +
    "volumes=map(name)+merge(name)+retainKeys imagePullSecrets=map(name)+merge(name) hostAliases=map(ip)+merge(ip) " +
    "resourceClaims=map(name)+merge(name)+retainKeys schedulingGates=map(name)+merge(name) " +
    "topologySpreadConstraints=map(topologyKey,whenUnsatisfiable)+merge(topologyKey) nodeSelector=atomic",
  "core.v1.Container":
    "env=map(name)+merge(name) ports=map(containerPort,protocol)+merge(containerPort) " +
    "volumeMounts=map(mountPath)+merge(mountPath) volumeDevices=map(devicePath)+merge(devicePath)",
  "core.v1.EphemeralContainer":
    "env=map(name)+merge(name) ports=map(containerPort,protocol)+merge(containerPort) " +
    "volumeMounts=map(mountPath)+merge(mountPath) volumeDevices=map(devicePath)+merge(devicePath)",
  "core.v1.ContainerStatus": "allocatedResourcesStatus=map(name)+merge(name) volumeMounts=map(mountPath)+merge(mountPath)",
  "core.v1.ContainerRestartRuleOnExitCodes": "values=set",
  "core.v1.ResourceRequirements": "claims=map(name)",
  "core.v1.ResourceStatus": "resources=map(resourceID)",
  "core.v1.PodStatus":
    "conditions=map(type)+merge(type) podIPs=map(ip)+merge(ip) hostIPs=atomic+merge(ip) " +
    "resourceClaimStatuses=map(name)+merge(name)+retainKeys",
  "core.v1.NodeSpec": "podCIDRs=set+merge",
  "core.v1.NodeStatus": "conditions=map(type)+merge(type) addresses=map(type)+merge(type)",
  "core.v1.NamespaceStatus": "conditions=map(type)+merge(type)",
  "core.v1.ComponentStatus": "conditions=map(type)+merge(type)",
  "core.v1.PersistentVolumeClaimStatus": "conditions=map(type)+merge(type)",
  "core.v1.ReplicationControllerSpec": "selector=atomic",
  "core.v1.ReplicationControllerStatus": "conditions=map(type)+merge(type)",
  "core.v1.ServiceAccount": "secrets=map(name)+merge(name)",
  "core.v1.ServiceSpec": "ports=map(port,protocol)+merge(port) selector=atomic",
  "core.v1.ServiceStatus": "conditions=map(type)+merge(type)",

  "apps.v1.DeploymentSpec": "strategy=retainKeys",
  "apps.v1.DeploymentStatus": "conditions=map(type)+merge(type)",
  "apps.v1.ReplicaSetStatus": "conditions=map(type)+merge(type)",
  "apps.v1.StatefulSetStatus": "conditions=map(type)+merge(type)",
  "apps.v1.DaemonSetStatus": "conditions=map(type)+merge(type)",
  "autoscaling.v2.HorizontalPodAutoscalerStatus": "conditions=map(type)+merge(type)",
  "batch.v1.JobStatus": "conditions=atomic+merge(type)",
  "batch.v1.PodFailurePolicyOnExitCodesRequirement": "values=set",
  "batch.v1.UncountedTerminatedPods": "failed=set succeeded=set",

  "discovery.v1.Endpoint": "addresses=set",
  "networking.v1.ServiceCIDRStatus": "conditions=map(type)+merge(type)",
  "policy.v1.PodDisruptionBudgetSpec": "selector=replace",
  "policy.v1.PodDisruptionBudgetStatus": "conditions=map(type)+merge(type)",
  "certificates.v1.CertificateSigningRequestStatus": "conditions=map(type)",
  "node.v1.Scheduling": "nodeSelector=atomic",
  "storage.v1.CSIDriverSpec": "volumeLifecycleModes=set",
  "storage.v1.CSINodeSpec": "drivers=map(name)+merge(name)",

  "apiextensions.v1.CustomResourceDefinitionStatus": "conditions=map(type)",
  "apiextensions.v1.JSONSchemaProps": "x-kubernetes-validations=map(rule)+merge(rule)",
  "apiregistration.v1.APIServiceStatus": "conditions=map(type)+merge(type)",
  "admissionregistration.v1.MutatingWebhookConfiguration": "webhooks=map(name)+merge(name)",
  "admissionregistration.v1.ValidatingWebhookConfiguration": "webhooks=map(name)+merge(name)",
  "admissionregistration.v1.MutatingWebhook": "matchConditions=map(name)+merge(name)",
  "admissionregistration.v1.ValidatingWebhook": "matchConditions=map(name)+merge(name)",
  "admissionregistration.v1.ValidatingAdmissionPolicySpec":
    "matchConditions=map(name)+merge(name) variables=map(name)+merge(name)",
  "admissionregistration.v1.ValidatingAdmissionPolicyStatus": "conditions=map(type)",
  "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec": "validationActions=set",

  "flowcontrol.v1.FlowSchemaStatus": "conditions=map(type)+merge(type)",
  "flowcontrol.v1.PriorityLevelConfigurationStatus": "conditions=map(type)+merge(type)",
  "flowcontrol.v1.NonResourcePolicyRule": "nonResourceURLs=set verbs=set",
  "flowcontrol.v1.ResourcePolicyRule": "apiGroups=set namespaces=set resources=set verbs=set",
};

/** Shapes that server-side apply takes as one value wherever they stand. */
export const atomicDefinitions: ReadonlySet<string> = new Set(
  [
    "meta.v1: LabelSelector OwnerReference",
    "core.v1: ConfigMapKeySelector EndpointAddress EndpointPort FileKeySelector LocalObjectReference NodeSelector NodeSelectorTerm " +
      "ObjectFieldSelector ObjectReference ResourceFieldSelector ScopeSelector SecretKeySelector SecretReference " +
      "TypedLocalObjectReference",
    "storage.v1: TopologySelectorTerm",
    "autoscaling.v1: CrossVersionObjectReference",
    "discovery.v1: EndpointPort",
    "networking.v1: ServiceBackendPort",
    "rbac.v1: RoleRef Subject",
    "admissionregistration.v1: MatchResources NamedRuleWithOperations ParamKind ParamRef Variable",
  ].flatMap((line) => {
    const [prefix = "", names = ""] = line.split(": ");
    return names.split(" ").map((name) => `${prefix}.${name}`);
  }),
);

/** Key fields that an item may leave out, and what they are then. */
export const keyDefaults: { readonly [definition: string]: { readonly [field: string]: string } } = {
  "core.v1.ContainerPort": { protocol: "TCP" },
  "core.v1.ServicePort": { protocol: "TCP" },
};

/** Amounts (`500m`, `2Gi`): strings on the wire, where a bare number is accepted too. */
export const quantityFields: ReadonlySet<string> = new Set([
  "core.v1.ResourceRequirements.limits",
  "core.v1.ResourceRequirements.requests",
  "core.v1.VolumeResourceRequirements.limits",
  "core.v1.VolumeResourceRequirements.requests",
  "core.v1.PodStatus.allocatedResources",
  "core.v1.NodeStatus.capacity",
  "core.v1.NodeStatus.allocatable",
  "core.v1.ContainerStatus.allocatedResources",
  "core.v1.PodSpec.overhead",
  "core.v1.EmptyDirVolumeSource.sizeLimit",
  "core.v1.ResourceFieldSelector.divisor",
  "core.v1.PersistentVolumeSpec.capacity",
  "core.v1.PersistentVolumeClaimStatus.capacity",
  "core.v1.PersistentVolumeClaimStatus.allocatedResources",
  "core.v1.ResourceQuotaSpec.hard",
  "core.v1.ResourceQuotaStatus.hard",
  "core.v1.ResourceQuotaStatus.used",
  "core.v1.LimitRangeItem.default",
  "core.v1.LimitRangeItem.defaultRequest",
  "core.v1.LimitRangeItem.max",
  "core.v1.LimitRangeItem.maxLimitRequestRatio",
  "core.v1.LimitRangeItem.min",
  "node.v1.Overhead.podFixed",
  "storage.v1.CSIStorageCapacity.capacity",
  "storage.v1.CSIStorageCapacity.maximumVolumeSize",
  "autoscaling.v2.MetricTarget.averageValue",
  "autoscaling.v2.MetricTarget.value",
  "autoscaling.v2.MetricValueStatus.averageValue",
  "autoscaling.v2.MetricValueStatus.value",
  "autoscaling.v2.HPAScalingRules.tolerance",
]);

/** Fields newer than the generated table. */
export const newerFields: { readonly [definition: string]: string } = {
  "apiextensions.v1.CustomResourceDefinitionCondition": "observedGeneration:int64",
  "apiextensions.v1.CustomResourceDefinitionStatus": "observedGeneration:int64",
  "core.v1.PodStatus": "allocatedResources:{string} resources:core.v1.ResourceRequirements",
};
