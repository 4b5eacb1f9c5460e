import { seldomLayouts } from "./protobufmore.ts";

/**
 * Protobuf field numbers of Kubernetes' own kinds: our own table. Fields stand in the order of their numbers; `-` leaves a number out,
 * `name=7` jumps to one. `*`: a pointer, so that what is on the wire counts even when it is zero. `!`: kept even when zero.
 * `@Shape`: the fields of that message lie in this one. Types are those of the definitions; unknown numbers are skipped, so a message
 * that is missing here (a rarely used volume source) is the only thing lost.
 */
export const protobufLayouts: { readonly [definition: string]: string } = {
  ...seldomLayouts,

  "meta.v1.ObjectMeta":
    "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp* " +
    "deletionGracePeriodSeconds* labels annotations ownerReferences finalizers managedFields=17",
  "meta.v1.OwnerReference": "kind!=1 name!=3 uid!=4 apiVersion!=5 controller* blockOwnerDeletion*",
  "meta.v1.ManagedFieldsEntry": "manager operation apiVersion time*=4 fieldsType=6 fieldsV1*=7 subresource=8",
  "meta.v1.ListMeta": "selfLink resourceVersion continue remainingItemCount*",
  "meta.v1.LabelSelector": "matchLabels matchExpressions",
  "meta.v1.LabelSelectorRequirement": "key! operator! values",
  "meta.v1.Condition": "type! status! observedGeneration lastTransitionTime! reason! message!",
  "meta.v1.DeleteOptions":
    "gracePeriodSeconds* preconditions* orphanDependents* propagationPolicy* dryRun ignoreStoreReadErrorWithClusterBreakingPotential*",
  "meta.v1.Preconditions": "uid* resourceVersion*",

  "core.v1.Namespace": "metadata spec status",
  "core.v1.NamespaceSpec": "finalizers",
  "core.v1.NamespaceStatus": "phase conditions",
  "core.v1.NamespaceCondition": "type! status! lastTransitionTime=4 reason message",
  "core.v1.ConfigMap": "metadata data binaryData immutable*",
  "core.v1.Secret": "metadata data type stringData immutable*",
  "core.v1.ServiceAccount": "metadata secrets imagePullSecrets automountServiceAccountToken*",
  "core.v1.ObjectReference": "kind namespace name uid apiVersion resourceVersion fieldPath",
  "core.v1.LocalObjectReference": "name",
  "core.v1.TypedLocalObjectReference": "apiGroup*! kind! name!",
  "core.v1.Event":
    "metadata! involvedObject! reason message source firstTimestamp lastTimestamp count type eventTime series* action related* " +
    "reportingComponent! reportingInstance!",
  "core.v1.EventSource": "component host",
  "core.v1.EventSeries": "count lastObservedTime",
  "core.v1.Binding": "metadata target!",
  "core.v1.ResourceQuota": "metadata spec status",
  "core.v1.ResourceQuotaSpec": "hard scopes scopeSelector*",
  "core.v1.ScopeSelector": "matchExpressions",
  "core.v1.ScopedResourceSelectorRequirement": "scopeName! operator! values",
  "core.v1.ResourceQuotaStatus": "hard used",

  "core.v1.Service": "metadata spec status",
  "core.v1.ServiceSpec":
    "ports selector clusterIP type externalIPs=5 sessionAffinity=7 loadBalancerIP=8 loadBalancerSourceRanges=9 externalName=10 " +
    "externalTrafficPolicy=11 healthCheckNodePort=12 publishNotReadyAddresses=13 sessionAffinityConfig*=14 ipFamilyPolicy*=17 " +
    "clusterIPs=18 ipFamilies=19 allocateLoadBalancerNodePorts*=20 loadBalancerClass*=21 internalTrafficPolicy*=22 " +
    "trafficDistribution*=23",
  "core.v1.ServicePort": "name protocol port! targetPort nodePort appProtocol*",
  "core.v1.SessionAffinityConfig": "clientIP*",
  "core.v1.ClientIPConfig": "timeoutSeconds*",
  "core.v1.ServiceStatus": "loadBalancer conditions",
  "core.v1.LoadBalancerStatus": "ingress",
  "core.v1.LoadBalancerIngress": "ip hostname ipMode* ports",
  "core.v1.PortStatus": "port! protocol! error*",
  "core.v1.Endpoints": "metadata subsets",
  "core.v1.EndpointSubset": "addresses notReadyAddresses ports",
  "core.v1.EndpointAddress": "ip! targetRef* hostname nodeName*",
  "core.v1.EndpointPort": "name port! protocol appProtocol*",

  "core.v1.Node": "metadata spec status",
  "core.v1.NodeSpec": "podCIDR externalID providerID unschedulable taints configSource* podCIDRs",
  "core.v1.Taint": "key! value effect! timeAdded*",
  "core.v1.NodeStatus":
    "capacity allocatable phase conditions addresses daemonEndpoints nodeInfo images volumesInUse volumesAttached config* " +
    "runtimeHandlers features* declaredFeatures",
  "core.v1.NodeCondition": "type! status! lastHeartbeatTime lastTransitionTime reason message",
  "core.v1.NodeAddress": "type! address!",
  "core.v1.NodeDaemonEndpoints": "kubeletEndpoint",
  "core.v1.DaemonEndpoint": "Port!",
  "core.v1.NodeSystemInfo":
    "machineID! systemUUID! bootID! kernelVersion! osImage! containerRuntimeVersion! kubeletVersion! kubeProxyVersion! " +
    "operatingSystem! architecture! swap*",
  "core.v1.NodeSwapStatus": "capacity*",
  "core.v1.ContainerImage": "names! sizeBytes",
  "core.v1.AttachedVolume": "name! devicePath!",
  "core.v1.NodeRuntimeHandler": "name! features*",
  "core.v1.NodeRuntimeHandlerFeatures": "recursiveReadOnlyMounts* userNamespaces*",
  "core.v1.NodeFeatures": "supplementalGroupsPolicy*",

  "core.v1.Pod": "metadata spec status",
  "core.v1.PodTemplate": "metadata template",
  "core.v1.PodTemplateSpec": "metadata spec",
  "core.v1.PodSpec":
    "volumes containers! restartPolicy terminationGracePeriodSeconds* activeDeadlineSeconds* dnsPolicy nodeSelector " +
    "serviceAccountName serviceAccount nodeName hostNetwork hostPID hostIPC securityContext* imagePullSecrets hostname subdomain " +
    "affinity* schedulerName initContainers automountServiceAccountToken*=21 tolerations=22 hostAliases=23 priorityClassName=24 " +
    "priority*=25 dnsConfig*=26 shareProcessNamespace*=27 readinessGates=28 runtimeClassName*=29 enableServiceLinks*=30 " +
    "preemptionPolicy*=31 overhead=32 topologySpreadConstraints=33 ephemeralContainers=34 setHostnameAsFQDN*=35 os*=36 " +
    "hostUsers*=37 schedulingGates=38 resourceClaims=39 resources*=40 hostnameOverride*=41 workloadRef*",
  "core.v1.Container":
    "name! image command args workingDir ports env resources volumeMounts livenessProbe* readinessProbe* lifecycle* " +
    "terminationMessagePath imagePullPolicy securityContext* stdin stdinOnce tty envFrom terminationMessagePolicy volumeDevices " +
    "startupProbe* resizePolicy restartPolicy* restartPolicyRules",
  "core.v1.EphemeralContainer": "@core.v1.Container targetContainerName",
  "core.v1.ContainerPort": "name hostPort containerPort! protocol hostIP",
  "core.v1.EnvVar": "name! value valueFrom*",
  "core.v1.EnvVarSource": "fieldRef* resourceFieldRef* configMapKeyRef* secretKeyRef* fileKeyRef*",
  "core.v1.ObjectFieldSelector": "apiVersion fieldPath!",
  "core.v1.ResourceFieldSelector": "containerName resource! divisor",
  "core.v1.ConfigMapKeySelector": "@core.v1.LocalObjectReference key! optional*",
  "core.v1.SecretKeySelector": "@core.v1.LocalObjectReference key! optional*",
  "core.v1.EnvFromSource": "prefix configMapRef* secretRef*",
  "core.v1.ConfigMapEnvSource": "@core.v1.LocalObjectReference optional*",
  "core.v1.SecretEnvSource": "@core.v1.LocalObjectReference optional*",
  "core.v1.ResourceRequirements": "limits requests claims",
  "core.v1.ResourceClaim": "name! request",
  "core.v1.VolumeMount": "name! readOnly mountPath! subPath mountPropagation* subPathExpr recursiveReadOnly*",
  "core.v1.VolumeDevice": "name! devicePath!",
  "core.v1.Probe":
    "@core.v1.ProbeHandler initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold " +
    "terminationGracePeriodSeconds*",
  "core.v1.ProbeHandler": "exec* httpGet* tcpSocket* grpc*",
  "core.v1.ExecAction": "command",
  "core.v1.HTTPGetAction": "path port! host scheme httpHeaders",
  "core.v1.HTTPHeader": "name! value!",
  "core.v1.TCPSocketAction": "port! host",
  "core.v1.GRPCAction": "port! service*!",
  "core.v1.Lifecycle": "postStart* preStop* stopSignal*",
  "core.v1.LifecycleHandler": "exec* httpGet* tcpSocket* sleep*",
  "core.v1.SleepAction": "seconds!",
  "core.v1.SecurityContext":
    "capabilities* privileged* seLinuxOptions* runAsUser* runAsNonRoot* readOnlyRootFilesystem* allowPrivilegeEscalation* " +
    "runAsGroup* procMount* windowsOptions* seccompProfile* appArmorProfile*",
  "core.v1.Capabilities": "add drop",
  "core.v1.SELinuxOptions": "user role type level",
  "core.v1.SeccompProfile": "type! localhostProfile*",
  "core.v1.PodSecurityContext":
    "seLinuxOptions* runAsUser* runAsNonRoot* supplementalGroups fsGroup* runAsGroup* sysctls windowsOptions* " +
    "fsGroupChangePolicy* seccompProfile* appArmorProfile* supplementalGroupsPolicy* seLinuxChangePolicy*",
  "core.v1.Sysctl": "name! value!",
  "core.v1.Toleration": "key operator value effect tolerationSeconds*",
  "core.v1.HostAlias": "ip! hostnames",
  "core.v1.PodReadinessGate": "conditionType!",
  "core.v1.PodSchedulingGate": "name!",
  "core.v1.TopologySpreadConstraint":
    "maxSkew! topologyKey! whenUnsatisfiable! labelSelector* minDomains* nodeAffinityPolicy* nodeTaintsPolicy* matchLabelKeys",
  "core.v1.Affinity": "nodeAffinity* podAffinity* podAntiAffinity*",
  "core.v1.NodeAffinity": "requiredDuringSchedulingIgnoredDuringExecution* preferredDuringSchedulingIgnoredDuringExecution",
  "core.v1.NodeSelector": "nodeSelectorTerms!",
  "core.v1.NodeSelectorTerm": "matchExpressions matchFields",
  "core.v1.NodeSelectorRequirement": "key! operator! values",
  "core.v1.PreferredSchedulingTerm": "weight! preference!",
  "core.v1.PodAffinity": "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution",
  "core.v1.PodAntiAffinity": "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution",
  "core.v1.PodAffinityTerm": "labelSelector* namespaces topologyKey! namespaceSelector* matchLabelKeys mismatchLabelKeys",
  "core.v1.WeightedPodAffinityTerm": "weight! podAffinityTerm!",
  "core.v1.Volume": "name! @core.v1.VolumeSource",
  "core.v1.VolumeSource":
    "hostPath* emptyDir* gcePersistentDisk* awsElasticBlockStore* gitRepo* secret* nfs* iscsi* glusterfs* " +
    "persistentVolumeClaim* rbd* flexVolume* cinder* cephfs* flocker* downwardAPI* fc* azureFile* configMap* vsphereVolume* " +
    "quobyte* azureDisk* photonPersistentDisk* portworxVolume* scaleIO* projected* storageos* csi* ephemeral* image*",
  "core.v1.HostPathVolumeSource": "path! type*",
  "core.v1.EmptyDirVolumeSource": "medium sizeLimit*",
  "core.v1.SecretVolumeSource": "secretName items defaultMode* optional*",
  "core.v1.CinderVolumeSource": "volumeID! fsType readOnly secretRef*",
  "core.v1.NFSVolumeSource": "server! path! readOnly",
  "core.v1.PersistentVolumeClaimVolumeSource": "claimName! readOnly",
  "core.v1.DownwardAPIVolumeSource": "items defaultMode*",
  "core.v1.DownwardAPIVolumeFile": "path! fieldRef* resourceFieldRef* mode*",
  "core.v1.ConfigMapVolumeSource": "@core.v1.LocalObjectReference items defaultMode* optional*",
  "core.v1.KeyToPath": "key! path! mode*",
  "core.v1.ProjectedVolumeSource": "sources! defaultMode*",
  "core.v1.VolumeProjection": "secret* downwardAPI* configMap* serviceAccountToken* clusterTrustBundle* podCertificate*",
  "core.v1.SecretProjection": "@core.v1.LocalObjectReference items=2 optional*=4",
  "core.v1.DownwardAPIProjection": "items",
  "core.v1.ConfigMapProjection": "@core.v1.LocalObjectReference items=2 optional*=4",
  "core.v1.ServiceAccountTokenProjection": "audience expirationSeconds* path!",
  "core.v1.CSIVolumeSource": "driver! readOnly* fsType* volumeAttributes nodePublishSecretRef*",
  "core.v1.PodDNSConfig": "nameservers searches options",
  "core.v1.PodDNSConfigOption": "name value*",
  "core.v1.PodOS": "name!",
  "core.v1.PodStatus":
    "phase conditions message reason hostIP podIP startTime* containerStatuses qosClass initContainerStatuses " +
    "nominatedNodeName podIPs ephemeralContainerStatuses resize resourceClaimStatuses hostIPs observedGeneration " +
    "extendedResourceClaimStatus* allocatedResources resources*",
  "core.v1.PodCondition": "type! status! lastProbeTime lastTransitionTime reason message observedGeneration",
  "core.v1.PodIP": "ip!",
  "core.v1.HostIP": "ip!",
  "core.v1.ContainerStatus":
    "name! state lastState ready! restartCount! image! imageID! containerID started* allocatedResources resources* volumeMounts " +
    "user* allocatedResourcesStatus stopSignal*",
  "core.v1.ContainerState": "waiting* running* terminated*",
  "core.v1.ContainerStateWaiting": "reason message",
  "core.v1.ContainerStateRunning": "startedAt",
  "core.v1.ContainerStateTerminated": "exitCode! signal reason message startedAt finishedAt containerID",

  "apps.v1.Deployment": "metadata spec status",
  "apps.v1.DeploymentSpec":
    "replicas* selector*! template! strategy minReadySeconds revisionHistoryLimit* paused=7 progressDeadlineSeconds*=9",
  "apps.v1.DeploymentStrategy": "type rollingUpdate*",
  "apps.v1.RollingUpdateDeployment": "maxUnavailable* maxSurge*",
  "apps.v1.DeploymentStatus":
    "observedGeneration replicas updatedReplicas availableReplicas unavailableReplicas conditions readyReplicas collisionCount* " +
    "terminatingReplicas*",
  "apps.v1.DeploymentCondition": "type! status! reason=4 message=5 lastUpdateTime=6 lastTransitionTime=7",
  "apps.v1.ReplicaSet": "metadata spec status",
  "apps.v1.ReplicaSetSpec": "replicas* selector*! template minReadySeconds",
  "apps.v1.ReplicaSetStatus":
    "replicas! fullyLabeledReplicas observedGeneration readyReplicas availableReplicas conditions terminatingReplicas*",
  "apps.v1.ReplicaSetCondition": "type! status! lastTransitionTime reason message",
  "apps.v1.DaemonSet": "metadata spec status",
  "apps.v1.DaemonSetSpec": "selector*! template! updateStrategy minReadySeconds revisionHistoryLimit*=6",
  "apps.v1.DaemonSetUpdateStrategy": "type rollingUpdate*",
  "apps.v1.RollingUpdateDaemonSet": "maxUnavailable* maxSurge*",
  "apps.v1.DaemonSetStatus":
    "currentNumberScheduled! numberMisscheduled! desiredNumberScheduled! numberReady! observedGeneration updatedNumberScheduled " +
    "numberAvailable numberUnavailable collisionCount* conditions",
  "apps.v1.DaemonSetCondition": "type! status! lastTransitionTime reason message",
  "apps.v1.StatefulSet": "metadata spec status",
  "apps.v1.StatefulSetSpec":
    "replicas* selector*! template! volumeClaimTemplates serviceName! podManagementPolicy updateStrategy revisionHistoryLimit* " +
    "minReadySeconds persistentVolumeClaimRetentionPolicy* ordinals*",
  "apps.v1.StatefulSetUpdateStrategy": "type rollingUpdate*",
  "apps.v1.RollingUpdateStatefulSetStrategy": "partition* maxUnavailable*",

  "batch.v1.Job": "metadata spec status",
  "batch.v1.JobSpec":
    "parallelism* completions* activeDeadlineSeconds* selector* manualSelector* template! backoffLimit* ttlSecondsAfterFinished* " +
    "completionMode* suspend* podFailurePolicy* backoffLimitPerIndex* maxFailedIndexes* podReplacementPolicy* managedBy* " +
    "successPolicy*",
  "batch.v1.JobStatus":
    "conditions startTime* completionTime* active succeeded failed completedIndexes uncountedTerminatedPods* ready* " +
    "failedIndexes* terminating*",
  "batch.v1.JobCondition": "type! status! lastProbeTime lastTransitionTime reason message",
  "batch.v1.CronJob": "metadata spec status",
  "batch.v1.CronJobSpec":
    "schedule! startingDeadlineSeconds* concurrencyPolicy suspend* jobTemplate! successfulJobsHistoryLimit* " +
    "failedJobsHistoryLimit* timeZone*",
  "batch.v1.JobTemplateSpec": "metadata spec",
  "batch.v1.CronJobStatus": "active=1 lastScheduleTime*=4 lastSuccessfulTime*=5",

  "rbac.v1.Role": "metadata rules!",
  "rbac.v1.ClusterRole": "metadata rules! aggregationRule*",
  "rbac.v1.AggregationRule": "clusterRoleSelectors",
  "rbac.v1.PolicyRule": "verbs! apiGroups resources resourceNames nonResourceURLs",
  "rbac.v1.RoleBinding": "metadata subjects roleRef!",
  "rbac.v1.ClusterRoleBinding": "metadata subjects roleRef!",
  "rbac.v1.Subject": "kind! apiGroup name! namespace",
  "rbac.v1.RoleRef": "apiGroup! kind! name!",

  "authentication.v1.TokenRequest": "metadata spec! status",
  "authentication.v1.TokenRequestSpec": "audiences! boundObjectRef*!=3 expirationSeconds*!=4",
  "authentication.v1.BoundObjectReference": "kind apiVersion name uid",
  "authentication.v1.TokenReview": "metadata spec! status",
  "authentication.v1.TokenReviewSpec": "token audiences",
  "authentication.v1.SelfSubjectReview": "metadata status",
  "authorization.v1.SubjectAccessReview": "metadata spec! status",
  "authorization.v1.SubjectAccessReviewSpec": "resourceAttributes* nonResourceAttributes* user groups extra uid",
  "authorization.v1.SelfSubjectAccessReview": "metadata spec! status",
  "authorization.v1.SelfSubjectAccessReviewSpec": "resourceAttributes* nonResourceAttributes*",
  "authorization.v1.LocalSubjectAccessReview": "metadata spec! status",
  "authorization.v1.ResourceAttributes": "namespace verb group version resource subresource name fieldSelector* labelSelector*",
  "authorization.v1.NonResourceAttributes": "path verb",
  "authorization.v1.SelfSubjectRulesReview": "metadata spec! status",
  "authorization.v1.SelfSubjectRulesReviewSpec": "namespace",

  "policy.v1.PodDisruptionBudget": "metadata spec status",
  "policy.v1.PodDisruptionBudgetSpec": "minAvailable* selector* maxUnavailable* unhealthyPodEvictionPolicy*",
  "policy.v1.Eviction": "metadata deleteOptions*",

  "coordination.v1.Lease": "metadata spec",
  "coordination.v1.LeaseSpec":
    "holderIdentity* leaseDurationSeconds* acquireTime* renewTime* leaseTransitions* strategy* preferredHolder*",

  "events.v1.Event":
    "metadata! eventTime! series* reportingController reportingInstance action reason regarding related* note type deprecatedSource " +
    "deprecatedFirstTimestamp deprecatedLastTimestamp deprecatedCount",
  "events.v1.EventSeries": "count! lastObservedTime!",

  "discovery.v1.EndpointSlice": "metadata endpoints! ports! addressType!",
  "discovery.v1.Endpoint": "addresses! conditions hostname* targetRef* deprecatedTopology nodeName* zone* hints*",
  "discovery.v1.EndpointConditions": "ready* serving* terminating*",
  "discovery.v1.EndpointPort": "name* protocol* port* appProtocol*",

  "certificates.v1.CertificateSigningRequest": "metadata spec! status",
  "certificates.v1.CertificateSigningRequestSpec": "request! username uid groups usages extra signerName! expirationSeconds*",
  "certificates.v1.CertificateSigningRequestStatus": "conditions certificate",
  "certificates.v1.CertificateSigningRequestCondition": "type! reason message lastUpdateTime lastTransitionTime status!",

  "scheduling.v1.PriorityClass": "metadata value! globalDefault description preemptionPolicy*",

  "networking.v1.Ingress": "metadata spec status",
  "networking.v1.IngressSpec": "defaultBackend* tls rules ingressClassName*",
  "networking.v1.IngressTLS": "hosts secretName",
  "networking.v1.IngressRule": "host @networking.v1.IngressRuleValue",
  "networking.v1.IngressRuleValue": "http*",
  "networking.v1.HTTPIngressRuleValue": "paths!",
  "networking.v1.HTTPIngressPath": "path backend! pathType*!",
  "networking.v1.IngressBackend": "resource*=3 service*=4",
  "networking.v1.IngressServiceBackend": "name! port",
  "networking.v1.ServiceBackendPort": "name number",

  "storage.v1.VolumeAttachment": "metadata spec! status",
  "storage.v1.VolumeAttachmentSpec": "attacher! source! nodeName!",
  "storage.v1.VolumeAttachmentSource": "persistentVolumeName* inlineVolumeSpec*",
  "storage.v1.VolumeAttachmentStatus": "attached! attachmentMetadata attachError* detachError*",
};

export interface ProtobufField {
  readonly number: number;
  readonly name: string;
  readonly pointer: boolean;
  readonly always: boolean;
  /** `@Shape`: its fields are this message's own. */
  readonly inline: boolean;
}

export const parseLayout = (layout: string): readonly ProtobufField[] => {
  let next = 1;
  const fields: ProtobufField[] = [];
  for (const word of layout.split(" ")) {
    const [marked = "", jump] = word.split("=");
    const number = jump === undefined ? next : Number(jump);
    next = number + 1;
    if (marked === "-") continue;
    fields.push({
      number,
      name: marked.replace(/^@|[*!]+$/g, ""),
      pointer: marked.includes("*"),
      always: marked.includes("!"),
      inline: marked.startsWith("@"),
    });
  }
  return fields;
};
