import { jsonText, type UnstructuredObject } from "@slipway/api";
import type { AdmissionRequest, Change } from "../admission/request.ts";
import type { Core } from "../registry/core.ts";
import { forbidden, notFound } from "../registry/errors.ts";
import { objectKey } from "../registry/keys.ts";
import { sameJson } from "../registry/object.ts";
import { mirrorAnnotation, nodeOf } from "./identity.ts";
import { forbiddenLabels } from "./labels.ts";
import { referencesOf } from "./references.ts";

/**
 * Holds kubelets to their own node where the right to write does not say which object is meant: what is written is looked at. Undefined:
 * not a kubelet. @throws ApiError Forbidden
 */
export const restrictionOf = (core: Core, request: AdmissionRequest): ((change: Change) => void) | undefined => {
  const node = nodeOf(request.context.user);
  if (node === undefined) return undefined;
  const { served, subresource } = request;
  const check = restricted[`${served.plural}.${served.group}`];
  if (check === undefined) return node === "" ? () => refuse(request, unknownNode(request)) : undefined;
  return (change) => {
    if (node === "") refuse(request, unknownNode(request));
    check({ core, request, node, change, subresource: subresource ?? "" });
  };
};

interface Write {
  readonly core: Core;
  readonly request: AdmissionRequest;
  readonly node: string;
  readonly change: Change;
  readonly subresource: string;
}

const refuse: (request: AdmissionRequest, why: string) => never = (request, why) => {
  throw forbidden(request.served, request.name, why);
};
const unknownNode = ({ context }: AdmissionRequest): string =>
  `could not determine node from user ${jsonText(context.user.name)}`;

const podNamed = (core: Core, namespace: string | undefined, name: string): UnstructuredObject | undefined =>
  core.storage.get(objectKey({ group: "", plural: "pods" }, namespace, name))?.value;

const nameOfPod = (pod: UnstructuredObject | undefined): unknown => pod?.spec?.["nodeName"];

const pods = (write: Write): void => {
  if (write.subresource === "status") podStatus(write);
  else if (write.subresource === "eviction") eviction(write);
  else if (write.subresource !== "")
    refuse(write.request, `unexpected pod subresource "${write.subresource}", only 'status' and 'eviction' are allowed`);
  else if (write.request.operation === "CREATE") newPod(write);
  else if (write.request.operation === "DELETE") deletedPod(write);
  else
    refuse(
      write.request,
      `unexpected operation "${write.request.operation}", node "${write.node}" can only create and delete mirror pods`,
    );
};

const deletedPod = ({ request, node, change }: Write): void => {
  if (nameOfPod(change.old) !== node) refuse(request, `node "${node}" can only delete pods with spec.nodeName set to itself`);
};

/** Only of what it runs anyway, and with nothing in it that would open other objects to it. */
const newPod = ({ core, request, node, change }: Write): void => {
  const { object } = change;
  if (object === undefined) return;
  const { annotations, ownerReferences = [] } = object.metadata;
  if (annotations?.[mirrorAnnotation] === undefined)
    refuse(request, `pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`);
  if (nameOfPod(object) !== node) refuse(request, `node "${node}" can only create pods with spec.nodeName set to itself`);
  const [owner] = ownerReferences;
  if (ownerReferences.length > 1)
    refuse(request, `node "${node}" can only create pods with a single owner reference set to itself`);
  if (owner === undefined || owner.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node)
    refuse(request, `node "${node}" can only create pods with an owner reference set to itself`);
  if (owner.controller !== true)
    refuse(request, `node "${node}" can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion === true) refuse(request, `node "${node}" must not set blockOwnerDeletion on an owner reference`);
  const live = core.storage.get(objectKey({ group: "", plural: "nodes" }, undefined, node))?.value;
  if (live === undefined) throw notFound({ group: "", version: "v1", kind: "Node", plural: "nodes", scope: "Cluster" }, node);
  if (live.metadata.uid !== owner.uid)
    refuse(request, `node ${node} UID mismatch: expected ${owner.uid} got ${live.metadata.uid}`);
  const { account, secrets, configMaps, claims } = referencesOf(object);
  const referred = Object.entries({
    "a service account": account !== "",
    secrets: secrets.length > 0,
    configmaps: configMaps.length > 0,
    persistentvolumeclaims: claims.length > 0,
  }).find(([, does]) => does);
  if (referred !== undefined) refuse(request, `node "${node}" can not create pods that reference ${referred[0]}`);
};

const podStatus = ({ request, node, change }: Write): void => {
  if (request.operation !== "UPDATE") refuse(request, `unexpected operation "${request.operation}"`);
  if (nameOfPod(change.old) !== node)
    refuse(request, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  if (!sameJson(change.old?.metadata.labels ?? {}, change.object?.metadata.labels ?? {}))
    refuse(request, `node "${node}" cannot update labels through pod status`);
  const claims = (pod: UnstructuredObject | undefined) => pod?.status?.["resourceClaimStatuses"] ?? [];
  if (!sameJson(claims(change.old), claims(change.object)))
    refuse(request, `node "${node}" cannot update resource claim statues`);
};

const eviction = ({ core, request, node, change }: Write): void => {
  if (request.operation !== "CREATE") refuse(request, `unexpected operation ${request.operation}`);
  const name = request.name === "" ? (change.object?.metadata?.name ?? "") : request.name;
  const pod = podNamed(core, request.namespace, name);
  if (pod === undefined) throw notFound(request.served, name);
  if (nameOfPod(pod) !== node) refuse(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
};

const nodes = ({ request, node, change }: Write): void => {
  const { object, old } = change;
  if (request.name !== node) refuse(request, `node "${node}" is not allowed to modify node "${request.name}"`);
  if (object === undefined || request.operation === "DELETE") return;
  const source = object.spec?.["configSource"];
  if (request.operation === "CREATE" && source !== undefined)
    refuse(request, `node "${node}" is not allowed to create pods with a non-nil configSource`);
  if (request.operation === "UPDATE") {
    if (source !== undefined && !sameJson(source, old?.spec?.["configSource"]))
      refuse(request, `node "${node}" is not allowed to update configSource to a new non-nil configSource`);
    if (!sameJson(object.spec?.["taints"] ?? [], old?.spec?.["taints"] ?? []))
      refuse(request, `node "${node}" is not allowed to modify taints`);
  }
  const labels = forbiddenLabels(old?.metadata.labels ?? {}, object.metadata.labels ?? {});
  if (labels.length > 0)
    refuse(
      request,
      request.operation === "CREATE"
        ? `node "${node}" is not allowed to set the following labels: ${labels.join(", ")}`
        : `is not allowed to modify labels: ${labels.join(", ")}`,
    );
};

/** A claim as far as a kubelet has no say in it. */
const fixedPart = (object: UnstructuredObject | undefined): unknown => {
  if (object === undefined) return undefined;
  const { resourceVersion: _version, managedFields: _managers, ...metadata } = object.metadata;
  const {
    capacity: _capacity,
    conditions: _conditions,
    allocatedResourceStatuses: _statuses,
    allocatedResources: _allocated,
    ...status
  } = (object.status ?? {}) as { readonly [field: string]: unknown };
  return { ...object, metadata, status };
};

const claims = ({ request, node, change, subresource }: Write): void => {
  if (subresource !== "status") refuse(request, "may only update PVC status");
  if (request.operation !== "UPDATE") refuse(request, `unexpected operation "${request.operation}"`);
  if (!sameJson(fixedPart(change.old), fixedPart(change.object)))
    refuse(request, `node "${node}" is not allowed to update fields other than status.capacity and status.conditions`);
};

/** Tokens only for pods that run here, and bound to them. */
const accounts = ({ core, request, node, change, subresource }: Write): void => {
  if (request.operation !== "CREATE" || subresource !== "token") return;
  const reference = (change.object?.spec?.["boundObjectRef"] ?? {}) as { readonly [field: string]: unknown };
  const name = typeof reference["name"] === "string" ? reference["name"] : "";
  if (reference["apiVersion"] !== "v1" || reference["kind"] !== "Pod" || name === "")
    refuse(request, "node requested token not bound to a pod");
  if ((reference["uid"] ?? "") === "") refuse(request, "node requested token with a pod binding without a uid");
  const pod = podNamed(core, request.namespace, name);
  if (pod === undefined) throw notFound(podResource, name);
  if (pod.metadata.uid !== reference["uid"])
    refuse(
      request,
      `the UID in the bound object reference (${reference["uid"]}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (nameOfPod(pod) !== node) refuse(request, "node requested token bound to a pod scheduled on a different node");
};

const podResource = { group: "", version: "v1", kind: "Pod", plural: "pods", scope: "Namespaced" } as const;

const sameName =
  (title: string) =>
  ({ request, node, change }: Write): void => {
    const name = request.operation === "CREATE" ? (change.object?.metadata.name ?? "") : request.name;
    if (name !== node) refuse(request, `can only access ${title} with the same name as the requesting node`);
  };

const leases = (write: Write): void => {
  if (write.request.namespace !== "kube-node-lease")
    refuse(write.request, 'can only access leases in the "kube-node-lease" system namespace');
  sameName("node lease")(write);
};

const restricted: { readonly [resource: string]: (write: Write) => void } = {
  "pods.": pods,
  "nodes.": nodes,
  "persistentvolumeclaims.": claims,
  "serviceaccounts.": accounts,
  "leases.coordination.k8s.io": leases,
  "csinodes.storage.k8s.io": sameName("CSINode"),
};
