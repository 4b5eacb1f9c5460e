import { jsonText } from "../../json/text.ts";
import type { KubeObject } from "../../meta/object.ts";
import { humanDuration } from "../../table/duration.ts";
import { type Cell, nameColumn } from "../../table/table.ts";
import type { CertificateSigningRequest } from "../certificates.ts";
import type { Lease } from "../coordination.ts";
import type { APIService, WebhookConfiguration } from "../extension.ts";
import type { IntOrString, LabelSelector } from "../meta.ts";
import type { PodSpec } from "../pod.ts";
import type { PodDisruptionBudget } from "../policy.ts";
import type { ClusterRoleBinding, Subject } from "../rbac.ts";
import type { VolumeAttachment } from "../storage.ts";
import { autoscalerTargets } from "./autoscaler.ts";
import {
  ageCell,
  containerImages,
  containerNames,
  count,
  firstThree,
  labelsText,
  layout,
  selectorText,
  table,
  text,
  wide,
} from "./cells.ts";

export const leaseTable = table<Lease>(
  text("Holder", ({ spec }) => spec?.holderIdentity ?? ""),
  ageCell,
);

export const bindingTable = table<ClusterRoleBinding>(
  text("Role", ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageCell,
  wide("Users", ({ subjects }) => subjectNames(subjects, "User")),
  wide("Groups", ({ subjects }) => subjectNames(subjects, "Group")),
  wide("ServiceAccounts", ({ subjects }) => subjectNames(subjects, "ServiceAccount")),
);

const subjectNames = (subjects: readonly Subject[] | undefined, kind: Subject["kind"]): string =>
  (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");

export const webhookTable = table<WebhookConfiguration>(
  count("Webhooks", ({ webhooks }) => webhooks?.length ?? 0),
  ageCell,
);

export const apiServiceTable = table<APIService>(
  text("Service", ({ spec }) =>
    spec?.service === undefined ? "Local" : `${spec.service.namespace ?? ""}/${spec.service.name ?? ""}`,
  ),
  text("Available", ({ status }) => {
    const available = status?.conditions?.find(({ type }) => type === "Available");
    if (available === undefined) return "Unknown";
    return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
  }),
  ageCell,
);

export const certificateSigningRequestTable = table<CertificateSigningRequest>(
  ageCell,
  text("SignerName", ({ spec }) => spec.signerName),
  text("Requestor", ({ spec }) => spec.username ?? ""),
  text("RequestedDuration", ({ spec }) =>
    spec.expirationSeconds === undefined ? "<none>" : humanDuration(spec.expirationSeconds),
  ),
  text("Condition", ({ status }) => {
    const holds = (type: string) => status?.conditions?.some((condition) => condition.type === type) === true;
    const decided = holds("Denied") ? "Denied" : holds("Approved") ? "Approved" : "Pending";
    const issued = status?.certificate !== undefined && status.certificate !== "" ? ",Issued" : "";
    return `${decided}${holds("Failed") ? ",Failed" : ""}${issued}`;
  }),
);

const orNotAvailable = (value: IntOrString | undefined): string => (value === undefined ? "N/A" : String(value));

export const podDisruptionBudgetTable = table<PodDisruptionBudget>(
  text("Min Available", ({ spec }) => orNotAvailable(spec?.minAvailable)),
  text("Max Unavailable", ({ spec }) => orNotAvailable(spec?.maxUnavailable)),
  count("Allowed Disruptions", ({ status }) => status?.disruptionsAllowed ?? 0),
  ageCell,
);

export const volumeAttachmentTable = table<VolumeAttachment>(
  text("Attacher", ({ spec }) => spec.attacher),
  text("PV", ({ spec }) => spec.source.persistentVolumeName ?? ""),
  text("Node", ({ spec }) => spec.nodeName),
  text("Attached", ({ status }) => String(status?.attached ?? false)),
  ageCell,
);

/** Kinds that we store without reading: their cells are picked by path. */
type Loose = KubeObject & { readonly [field: string]: unknown };

const pick = (object: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? (value as Loose)[key] : undefined), object);

const at =
  (path: string, absent: Cell = "<none>") =>
  (object: Loose): Cell => {
    const value = pick(object, path);
    if (value === undefined || value === null || value === "") return absent;
    return typeof value === "object" ? jsonText(value) : (value as Cell);
  };
const bool = (path: string) => (object: Loose) => String(pick(object, path) ?? false);
const list = (object: unknown, path: string): readonly unknown[] => {
  const value = pick(object, path);
  return Array.isArray(value) ? value : [];
};
const shortModes: { readonly [mode: string]: string } = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
const accessModes = (object: unknown, path: string): string =>
  list(object, path)
    .map((mode) => shortModes[String(mode)] ?? String(mode))
    .join(",");
const podSpec = (object: unknown): PodSpec | undefined => pick(object, "spec.template.spec") as PodSpec | undefined;

export const podTemplateTable = table<Loose>(
  text("Containers", (object) => containerNames(pick(object, "template.spec") as PodSpec | undefined)),
  text("Images", (object) => containerImages(pick(object, "template.spec") as PodSpec | undefined)),
  text("Pod Labels", (object) => labelsText(pick(object, "template.metadata.labels") as Record<string, string> | undefined)),
);
export const replicationControllerTable = table<Loose>(
  count("Desired", at("spec.replicas", 0)),
  count("Current", at("status.replicas", 0)),
  count("Ready", at("status.readyReplicas", 0)),
  ageCell,
  wide("Containers", (object) => containerNames(podSpec(object))),
  wide("Images", (object) => containerImages(podSpec(object))),
  wide("Selector", (object) => labelsText(pick(object, "spec.selector") as Record<string, string> | undefined)),
);
export const persistentVolumeTable = table<Loose>(
  text("Capacity", at("spec.capacity.storage", "")),
  text("Access Modes", (object) => accessModes(object, "spec.accessModes")),
  text("Reclaim Policy", at("spec.persistentVolumeReclaimPolicy", "")),
  text("Status", (object) => (object.metadata.deletionTimestamp !== undefined ? "Terminating" : at("status.phase", "")(object))),
  text("Claim", (object) => {
    const name = pick(object, "spec.claimRef.name");
    return name === undefined ? "" : `${pick(object, "spec.claimRef.namespace") ?? ""}/${name}`;
  }),
  text("StorageClass", at("spec.storageClassName", "")),
  text("VolumeAttributesClass", at("spec.volumeAttributesClassName", "<unset>")),
  text("Reason", at("status.reason", "")),
  ageCell,
  wide("VolumeMode", at("spec.volumeMode", "<unset>")),
);
export const persistentVolumeClaimTable = table<Loose>(
  text("Status", (object) => (object.metadata.deletionTimestamp !== undefined ? "Terminating" : at("status.phase", "")(object))),
  text("Volume", at("spec.volumeName", "")),
  text("Capacity", at("status.capacity.storage", "")),
  text("Access Modes", (object) => accessModes(object, "status.accessModes")),
  text("StorageClass", at("spec.storageClassName", "")),
  text("VolumeAttributesClass", at("spec.volumeAttributesClassName", "<unset>")),
  ageCell,
  wide("VolumeMode", at("spec.volumeMode", "<unset>")),
);
const quotaCell = (pick_: (key: string) => boolean) => (object: Loose) => {
  const hard = (pick(object, "status.hard") ?? {}) as { readonly [key: string]: string };
  const used = (pick(object, "status.used") ?? {}) as { readonly [key: string]: string };
  return Object.keys(hard)
    .filter(pick_)
    .sort()
    .map((key) => `${key}: ${used[key] ?? "0"}/${hard[key]}`)
    .join(", ");
};
export const resourceQuotaTable = table<Loose>(
  text(
    "Request",
    quotaCell((key) => !key.startsWith("limits.")),
  ),
  text(
    "Limit",
    quotaCell((key) => key.startsWith("limits.")),
  ),
  ageCell,
);
export const componentStatusTable = table<Loose>(
  text("Status", (object) => (list(object, "conditions").some((c) => pick(c, "status") === "True") ? "Healthy" : "Unhealthy")),
  text("Message", (object) => String(pick(list(object, "conditions")[0], "message") ?? "")),
  text("Error", (object) => String(pick(list(object, "conditions")[0], "error") ?? "")),
);
export const horizontalPodAutoscalerTable = table<Loose>(
  text(
    "Reference",
    (object) => `${pick(object, "spec.scaleTargetRef.kind") ?? ""}/${pick(object, "spec.scaleTargetRef.name") ?? ""}`,
  ),
  text("Targets", autoscalerTargets),
  text("MinPods", (object) => String(pick(object, "spec.minReplicas") ?? "<unset>")),
  count("MaxPods", at("spec.maxReplicas", 0)),
  count("Replicas", at("status.currentReplicas", 0)),
  ageCell,
);
export const ingressTable = table<Loose>(
  text("Class", at("spec.ingressClassName")),
  text("Hosts", (object) => {
    const hosts = list(object, "spec.rules").flatMap((rule) => pick(rule, "host") ?? []);
    return hosts.length === 0 ? "*" : firstThree(hosts.map(String));
  }),
  text("Address", (object) =>
    list(object, "status.loadBalancer.ingress")
      .map((entry) => String(pick(entry, "ip") ?? pick(entry, "hostname") ?? ""))
      .join(","),
  ),
  text("Ports", (object) => (list(object, "spec.tls").length > 0 ? "80, 443" : "80")),
  ageCell,
);
export const ingressClassTable = table<Loose>(
  text("Controller", at("spec.controller", "")),
  text("Parameters", (object) => {
    const kind = pick(object, "spec.parameters.kind");
    if (kind === undefined) return "<none>";
    const group = pick(object, "spec.parameters.apiGroup");
    return `${kind}${group === undefined ? "" : `.${group}`}/${pick(object, "spec.parameters.name") ?? ""}`;
  }),
  ageCell,
);
export const networkPolicyTable = table<Loose>(
  text("Pod-Selector", (object) => selectorText(pick(object, "spec.podSelector") as LabelSelector | undefined)),
  ageCell,
);
export const ipAddressTable = table<Loose>(
  text("ParentRef", (object) => {
    const parent = pick(object, "spec.parentRef");
    const group = pick(parent, "group");
    const parts = [
      `${pick(parent, "resource") ?? ""}${group === undefined || group === "" ? "" : `.${group}`}`,
      pick(parent, "namespace"),
      pick(parent, "name"),
    ];
    return parts.filter((part) => part !== undefined).join("/");
  }),
);
export const serviceCidrTable = table<Loose>(
  text("CIDRs", (object) => list(object, "spec.cidrs").join(",")),
  ageCell,
);
export const runtimeClassTable = table<Loose>(text("Handler", at("handler", "")), ageCell);
export const priorityClassTable = table<Loose>(
  count("Value", at("value", 0)),
  text("Global-Default", bool("globalDefault")),
  ageCell,
  text("PreemptionPolicy", at("preemptionPolicy", "PreemptLowerPriority")),
);
const defaultClass = "storageclass.kubernetes.io/is-default-class";
export const storageClassTable = layout<Loose>([
  {
    column: nameColumn,
    cell: ({ metadata }) => `${metadata.name ?? ""}${metadata.annotations?.[defaultClass] === "true" ? " (default)" : ""}`,
  },
  text("Provisioner", at("provisioner", "")),
  text("ReclaimPolicy", at("reclaimPolicy", "Delete")),
  text("VolumeBindingMode", at("volumeBindingMode", "Immediate")),
  text("AllowVolumeExpansion", bool("allowVolumeExpansion")),
  ageCell,
]);
export const csiDriverTable = table<Loose>(
  text("AttachRequired", (object) => String(pick(object, "spec.attachRequired") ?? true)),
  text("PodInfoOnMount", bool("spec.podInfoOnMount")),
  text("StorageCapacity", bool("spec.storageCapacity")),
  text("TokenRequests", (object) => {
    const audiences = list(object, "spec.tokenRequests").map((request) => String(pick(request, "audience") ?? ""));
    return audiences.length === 0 ? "<unset>" : audiences.join(",");
  }),
  text("RequiresRepublish", bool("spec.requiresRepublish")),
  text("Modes", (object) => list(object, "spec.volumeLifecycleModes").join(",") || "<none>"),
  ageCell,
);
export const csiNodeTable = table<Loose>(
  count("Drivers", (object) => list(object, "spec.drivers").length),
  ageCell,
);
export const csiStorageCapacityTable = table<Loose>(
  text("StorageClassName", at("storageClassName", "")),
  text("Capacity", at("capacity", "<unset>")),
);
export const volumeAttributesClassTable = table<Loose>(text("DriverName", at("driverName", "")), ageCell);
export const admissionPolicyTable = table<Loose>(
  count("Validations", (object) => list(object, "spec.validations").length),
  text("ParamKind", (object) => {
    const kind = pick(object, "spec.paramKind");
    return kind === undefined ? "<unset>" : `${pick(kind, "apiVersion")}/${pick(kind, "kind")}`;
  }),
  ageCell,
);
export const admissionPolicyBindingTable = table<Loose>(
  text("PolicyName", at("spec.policyName", "")),
  text("ParamRef", (object) => {
    const reference = pick(object, "spec.paramRef");
    if (reference === undefined) return "<unset>";
    const namespace = pick(reference, "namespace");
    const name = pick(reference, "name") ?? "*";
    return namespace === undefined ? String(name) : `${namespace}/${name}`;
  }),
  ageCell,
);
export const flowSchemaTable = table<Loose>(
  text("PriorityLevel", at("spec.priorityLevelConfiguration.name", "")),
  count("MatchingPrecedence", at("spec.matchingPrecedence", 0)),
  text("DistinguisherMethod", at("spec.distinguisherMethod.type")),
  ageCell,
  text("MissingPL", (object) => {
    const dangling = list(object, "status.conditions").find((condition) => pick(condition, "type") === "Dangling");
    return dangling === undefined ? "?" : String(pick(dangling, "status"));
  }),
);
export const priorityLevelTable = table<Loose>(
  text("Type", at("spec.type", "")),
  text("NominalConcurrencyShares", at("spec.limited.nominalConcurrencyShares")),
  text("Queues", at("spec.limited.limitResponse.queuing.queues")),
  text("HandSize", at("spec.limited.limitResponse.queuing.handSize")),
  text("QueueLengthLimit", at("spec.limited.limitResponse.queuing.queueLengthLimit")),
  ageCell,
);
