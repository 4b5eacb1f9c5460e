import type { UnstructuredObject } from "../meta/object.ts";
import { allVerbs, type BuiltinDeclaration, defineBuiltin } from "./kind.ts";

/** Kinds that are stored and served whole, but that no program of ours reads field by field. */

type Rest = Partial<Omit<BuiltinDeclaration, "group" | "version" | "kind" | "scope">>;

const declare =
  (group: string, version: string, scope: BuiltinDeclaration["scope"]) =>
  (kind: string, rest: Rest = {}) =>
    defineBuiltin<UnstructuredObject>({ group, version, kind, scope, plural: `${kind.toLowerCase()}s`, ...rest });

const core = declare("", "v1", "Namespaced");
const coreCluster = declare("", "v1", "Cluster");
const batch = declare("batch", "v1", "Namespaced");
const networking = declare("networking.k8s.io", "v1", "Namespaced");
const networkingCluster = declare("networking.k8s.io", "v1", "Cluster");
const storage = declare("storage.k8s.io", "v1", "Cluster");
const admission = declare("admissionregistration.k8s.io", "v1", "Cluster");
const flowControl = declare("flowcontrol.apiserver.k8s.io", "v1", "Cluster");

export const otherKinds = [
  core("PodTemplate", { deleteAnswersObject: true }),
  core("ReplicationController", {
    shortNames: ["rc"],
    categories: ["all"],
    status: true,
    scale: true,
    generation: true,
    selectableFields: ["status.replicas"],
  }),
  core("PersistentVolumeClaim", { shortNames: ["pvc"], status: true, deleteAnswersObject: true }),
  core("ResourceQuota", { shortNames: ["quota"], status: true, deleteAnswersObject: true }),
  core("LimitRange", { shortNames: ["limits"], updateCreates: true }),
  core("Binding", { virtual: true }),
  coreCluster("PersistentVolume", { shortNames: ["pv"], status: true, deleteAnswersObject: true }),
  coreCluster("ComponentStatus", {
    plural: "componentstatuses",
    shortNames: ["cs"],
    verbs: allVerbs.filter((verb) => verb === "get" || verb === "list"),
  }),
  batch("Job", { categories: ["all"], status: true, generation: true, selectableFields: ["status.successful"] }),
  batch("CronJob", { shortNames: ["cj"], categories: ["all"], status: true, generation: true }),
  declare(
    "autoscaling",
    "v2",
    "Namespaced",
  )("HorizontalPodAutoscaler", { shortNames: ["hpa"], categories: ["all"], status: true }),
  networking("Ingress", { plural: "ingresses", shortNames: ["ing"], status: true, generation: true }),
  networking("NetworkPolicy", { plural: "networkpolicies", shortNames: ["netpol"], generation: true }),
  networkingCluster("IngressClass", { plural: "ingressclasses", generation: true }),
  networkingCluster("IPAddress", { plural: "ipaddresses", shortNames: ["ip"] }),
  networkingCluster("ServiceCIDR", { status: true }),
  declare("node.k8s.io", "v1", "Cluster")("RuntimeClass", { plural: "runtimeclasses" }),
  declare(
    "scheduling.k8s.io",
    "v1",
    "Cluster",
  )("PriorityClass", { plural: "priorityclasses", shortNames: ["pc"], generation: true }),
  storage("StorageClass", { plural: "storageclasses", shortNames: ["sc"], deleteAnswersObject: true }),
  storage("CSIDriver", { deleteAnswersObject: true }),
  storage("CSINode", { deleteAnswersObject: true }),
  storage("VolumeAttributesClass", { plural: "volumeattributesclasses", shortNames: ["vac"], deleteAnswersObject: true }),
  declare("storage.k8s.io", "v1", "Namespaced")("CSIStorageCapacity", { plural: "csistoragecapacities" }),
  admission("ValidatingAdmissionPolicy", {
    plural: "validatingadmissionpolicies",
    categories: ["api-extensions"],
    status: true,
    generation: true,
    unconditionalUpdate: false,
  }),
  admission("ValidatingAdmissionPolicyBinding", {
    categories: ["api-extensions"],
    generation: true,
    unconditionalUpdate: false,
  }),
  flowControl("FlowSchema", { status: true, generation: true, unconditionalUpdate: false }),
  flowControl("PriorityLevelConfiguration", { status: true, generation: true, unconditionalUpdate: false }),
] as const;
