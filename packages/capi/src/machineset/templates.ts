import { Cluster, type Cluster as ClusterObject, type ObjectReference, type Resource, refOf, type Stored } from "@slipway/api";
import { type KubeEffect, ownerRef, type ReconcileContext, sameJson, withOwner } from "@slipway/runtime";
import { type External, readExternal, resolveReference } from "../external/index.ts";

/** A reference is to a template when its kind says so; others (a Machine's own config) are not ours to look after. */
export const isTemplate = ({ kind = "" }: ObjectReference): boolean => kind.endsWith("Template");

export interface TemplateReferrer {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly controller: string;
}

export const readTemplate = async (
  context: ReconcileContext,
  reference: ObjectReference | undefined,
  referrer: TemplateReferrer,
): Promise<External | undefined> => (reference && isTemplate(reference) ? readExternal(context, reference, referrer) : undefined);

/** Reads it without being woken by it: for what is only looked at when something else is to be done. */
export const findExternal = async (
  { caches }: Pick<ReconcileContext, "caches">,
  reference: ObjectReference,
  namespace: string | undefined,
): Promise<External> => {
  const resource = await resolveReference(caches, reference);
  await caches.synced(resource);
  const ref = { ...(namespace === undefined ? {} : { namespace }), name: reference.name ?? "" };
  return { reference, resource, object: caches.find(resource, ref) };
};

/** The write that makes the Cluster an owner, so that the template goes and moves with it; undefined when it is so already. CORE-275 */
export const templateOwnership = (template: External | undefined, cluster: Stored<ClusterObject>): KubeEffect | undefined => {
  const object = template?.object;
  if (!object) return undefined;
  const before = object.metadata.ownerReferences ?? [];
  const ownerReferences = withOwner(before, ownerRef(cluster, Cluster));
  if (sameJson(before, ownerReferences)) return undefined;
  const metadata = { ownerReferences, resourceVersion: object.metadata.resourceVersion };
  return { call: "patch", resource: template.resource, ref: refOf(object), patch: { type: "merge", body: { metadata } } };
};

/** `KubeadmConfigTemplate and OpenStackMachineTemplate do not exist`, or nothing. */
export const missingTemplates = (templates: readonly (External | undefined)[]): string => {
  const kinds = templates.flatMap((template) => (template && !template.object ? [template.resource.kind] : []));
  if (kinds.length === 0) return "";
  return `${kinds.join(" and ")} ${kinds.length === 1 ? "does" : "do"} not exist`;
};
