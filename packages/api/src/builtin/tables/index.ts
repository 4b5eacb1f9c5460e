import type { Kind } from "../../kind/kind.ts";
import type { TableLayout } from "../../table/table.ts";
import { isBuiltin } from "../kind.ts";
import { createdAt } from "./cells.ts";
import * as core from "./core.ts";
import * as others from "./others.ts";
import { podTable } from "./pods.ts";
import * as workloads from "./workloads.ts";

/** Upstream's columns for its own kinds, by `kind` or, where two groups share one, `kind.group`. */
const layouts: { readonly [kind: string]: TableLayout } = {
  Namespace: core.namespaceTable,
  Secret: core.secretTable,
  ConfigMap: core.configMapTable,
  ServiceAccount: core.serviceAccountTable,
  Node: core.nodeTable,
  Pod: podTable,
  Service: core.serviceTable,
  Endpoints: core.endpointsTable,
  EndpointSlice: core.endpointSliceTable,
  Event: core.eventTable,
  Deployment: workloads.deploymentTable,
  ReplicaSet: workloads.replicaSetTable,
  StatefulSet: workloads.statefulSetTable,
  DaemonSet: workloads.daemonSetTable,
  ControllerRevision: workloads.controllerRevisionTable,
  Job: workloads.jobTable,
  CronJob: workloads.cronJobTable,
  Lease: others.leaseTable,
  RoleBinding: others.bindingTable,
  ClusterRoleBinding: others.bindingTable,
  MutatingWebhookConfiguration: others.webhookTable,
  ValidatingWebhookConfiguration: others.webhookTable,
  ValidatingAdmissionPolicy: others.admissionPolicyTable,
  ValidatingAdmissionPolicyBinding: others.admissionPolicyBindingTable,
  APIService: others.apiServiceTable,
  CertificateSigningRequest: others.certificateSigningRequestTable,
  PodDisruptionBudget: others.podDisruptionBudgetTable,
  VolumeAttachment: others.volumeAttachmentTable,
  PodTemplate: others.podTemplateTable,
  ReplicationController: others.replicationControllerTable,
  PersistentVolume: others.persistentVolumeTable,
  PersistentVolumeClaim: others.persistentVolumeClaimTable,
  ResourceQuota: others.resourceQuotaTable,
  ComponentStatus: others.componentStatusTable,
  HorizontalPodAutoscaler: others.horizontalPodAutoscalerTable,
  Ingress: others.ingressTable,
  IngressClass: others.ingressClassTable,
  NetworkPolicy: others.networkPolicyTable,
  IPAddress: others.ipAddressTable,
  ServiceCIDR: others.serviceCidrTable,
  RuntimeClass: others.runtimeClassTable,
  PriorityClass: others.priorityClassTable,
  StorageClass: others.storageClassTable,
  CSIDriver: others.csiDriverTable,
  CSINode: others.csiNodeTable,
  CSIStorageCapacity: others.csiStorageCapacityTable,
  VolumeAttributesClass: others.volumeAttributesClassTable,
  FlowSchema: others.flowSchemaTable,
  PriorityLevelConfiguration: others.priorityLevelTable,
};

/** Undefined for kinds that are not built in: they declare their columns. */
export const builtinTable = (kind: Kind): TableLayout | undefined =>
  isBuiltin(kind) ? (layouts[kind.kind] ?? createdAt) : undefined;
