import type { UnstructuredObject } from "@slipway/api";
import { policyBindingErrors, policyErrors, webhookErrors } from "../admission/configrules.ts";
import { forbiddenValue, invalidValue } from "../registry/errors.ts";
import type { ResourceRules } from "../registry/served.ts";
import { validateBinding, validateRole } from "./rules/access.ts";
import { refuseMasters, validateCertificateRequest } from "./rules/certificates.ts";
import { secret, validateData, validateSecret } from "./rules/data.ts";
import { validateEvent, validateNewEvent } from "./rules/events.ts";
import { at, fields, immutable, list, type Prepare, type Validate, validateSelector, withStatus } from "./rules/parts.ts";
import { serviceAddress, validateService } from "./rules/services.ts";
import { claimRules, volumeRules } from "./rules/storage.ts";
import { qosClass, validatePod, validateWorkload } from "./rules/workloads.ts";

/** What the server itself decides for its own kinds, beyond types and defaults. Keyed by kind. */

export interface RuleOptions {
  /** A cluster IP for a Service that asks for none in particular. */
  readonly allocateServiceAddress: (service: UnstructuredObject) => string;
}

export const rulesOf = (options: RuleOptions): { readonly [kind: string]: ResourceRules } => ({
  Namespace: {
    name: "label",
    statusTakesMetadata: true,
    prepare: namespace,
    forbidDelete: ({ metadata }) =>
      ["default", "kube-system", "kube-public"].includes(metadata.name ?? "") ? "this namespace may not be deleted" : undefined,
  },
  MutatingWebhookConfiguration: { validate: webhookErrors(true) },
  ValidatingWebhookConfiguration: { validate: webhookErrors(false) },
  ValidatingAdmissionPolicy: { validate: policyErrors },
  ValidatingAdmissionPolicyBinding: { validate: policyBindingErrors },
  Secret: { prepare: secret, validate: validateSecret },
  ConfigMap: { validate: validateData(["data", "binaryData"]) },
  Event: {
    ttlSeconds: 3600,
    validate: validateEvent,
    fieldValue: (object, field) =>
      field === "source"
        ? String(at(object, "source.component") ?? object["reportingComponent"] ?? "")
        : String(at(object, field) ?? ""),
  },
  "Event.events.k8s.io": { ttlSeconds: 3600, validate: validateNewEvent },
  Service: {
    name: "dns1035",
    prepare: serviceAddress(options.allocateServiceAddress),
    validate: validateService,
  },
  // A kubelet registers its Node with a status.
  Node: { statusTakesMetadata: true, prepare: (object) => object },
  Pod: {
    statusTakesMetadata: true,
    prepare: withStatus((object) => ({ phase: "Pending", qosClass: qosClass(object) })),
    validate: validatePod,
    // Without a node nobody has to let go; with one, its kubelet deletes for good when the containers have stopped.
    gracePeriodSeconds: (object, requested) =>
      (object.spec?.["nodeName"] ?? "") === "" || ["Succeeded", "Failed"].includes(String(object.status?.["phase"]))
        ? 0
        : (requested ?? Number(object.spec?.["terminationGracePeriodSeconds"] ?? 30)),
  },
  Deployment: { prepare: withStatus(() => ({})), validate: validateWorkload },
  ReplicaSet: { prepare: withStatus(() => ({ replicas: 0 })), validate: validateWorkload },
  ReplicationController: { prepare: withStatus(() => ({ replicas: 0 })) },
  StatefulSet: { prepare: withStatus(() => ({ replicas: 0, availableReplicas: 0 })), validate: validateWorkload },
  DaemonSet: {
    prepare: withStatus(() => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 })),
    validate: validateWorkload,
  },
  Job: {
    defaultPropagation: "Orphan",
    prepare: withStatus(() => ({})),
    // Its selector has another name than its field.
    fieldValue: (object, field) => String(at(object, field === "status.successful" ? "status.succeeded" : field) ?? 0),
  },
  PodDisruptionBudget: { validate: validateBudget },
  NetworkPolicy: { validate: (given) => validateSelector("spec.podSelector", at(given, "spec.podSelector")) },
  Lease: { validate: validateLease },
  Role: { name: "path", validate: validateRole },
  ClusterRole: { name: "path", validate: validateRole },
  RoleBinding: { name: "path", validate: validateBinding(["Role", "ClusterRole"]) },
  ClusterRoleBinding: { name: "path", validate: validateBinding(["ClusterRole"]) },
  PersistentVolume: volumeRules,
  PersistentVolumeClaim: claimRules,
  CertificateSigningRequest: { name: "path", prepare: refuseMasters, validate: validateCertificateRequest },
  ControllerRevision: { validate: immutable("data") },
  EndpointSlice: { validate: immutable("addressType") },
  APIService: {
    name: "path", // the core group has no name: `v1.`
    validate: (given) =>
      at(given, "spec.service") === undefined ? [] : [forbiddenValue("spec.service", "API aggregation is not served here")],
  },
});

const namespace: Prepare = (object, old) => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: {
      ...object.metadata.labels,
      // A name that is still to be generated comes after admission has seen the rest.
      ...(object.metadata.name ? { "kubernetes.io/metadata.name": object.metadata.name } : {}),
    },
  },
  spec: old === undefined ? { finalizers: ["kubernetes"] } : { ...object.spec, finalizers: list(old.spec?.["finalizers"]) },
  ...(old === undefined ? { status: { phase: "Active" } } : {}),
});

const validateBudget: Validate = (given) => {
  const { minAvailable, maxUnavailable, selector } = fields(at(given, "spec"));
  const both = minAvailable !== undefined && maxUnavailable !== undefined;
  return [
    ...(both
      ? [invalidValue("spec", { minAvailable, maxUnavailable }, "minAvailable and maxUnavailable cannot be both set")]
      : []),
    ...[["minAvailable", minAvailable] as const, ["maxUnavailable", maxUnavailable] as const].flatMap(([field, value]) =>
      typeof value === "number" && value < 0 ? [invalidValue(`spec.${field}`, value, "must be greater than or equal to 0")] : [],
    ),
    ...validateSelector("spec.selector", selector),
  ];
};

const validateLease: Validate = (given) => {
  const { leaseDurationSeconds, leaseTransitions } = fields(at(given, "spec"));
  return [
    ...(typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0
      ? [invalidValue("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0")]
      : []),
    ...(typeof leaseTransitions === "number" && leaseTransitions < 0
      ? [invalidValue("spec.leaseTransitions", leaseTransitions, "must be greater than or equal to 0")]
      : []),
  ];
};
