import {
  annotations,
  apiVersionOf,
  groupKind,
  type KubeObject,
  labels,
  type OwnerReference,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";

export interface CloneOptions {
  readonly name: string;
  readonly namespace: string;
  readonly clusterName: string;
  readonly owner?: OwnerReference;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

/** The object that a template describes, to be created for one Machine (or one Cluster). CORE-102…104 */
export const cloneFromTemplate = (
  template: UnstructuredObject,
  templateResource: Pick<Resource, "group" | "version" | "kind">,
  options: CloneOptions,
): KubeObject => {
  const inner = template.spec?.["template"];
  if (typeof inner !== "object" || inner === null) {
    throw new Error(
      `${template.kind} ${template.metadata.name ?? ""} has no spec.template: there is nothing to make an object from`,
    );
  }
  const { apiVersion, kind, metadata = {}, ...rest } = inner as Partial<UnstructuredObject>;
  return {
    ...rest,
    apiVersion: apiVersion ?? apiVersionOf(templateResource),
    kind: kind ?? templateResource.kind.replace(/Template$/, ""),
    metadata: {
      name: options.name,
      namespace: options.namespace,
      labels: { ...metadata.labels, ...options.labels, [labels.clusterName]: options.clusterName },
      annotations: {
        ...metadata.annotations,
        ...options.annotations,
        [annotations.clonedFromName]: template.metadata.name ?? "",
        [annotations.clonedFromGroupKind]: groupKind(templateResource),
      },
      ...(options.owner ? { ownerReferences: [options.owner] } : {}),
    },
  };
};
