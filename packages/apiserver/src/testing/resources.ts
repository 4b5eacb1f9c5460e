import type { Resource, UnstructuredObject } from "@slipway/api";

export const Crd: Resource<UnstructuredObject> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  scope: "Cluster",
};

/** What tests define as a custom resource. */
export const gadget = (version: string): Resource<UnstructuredObject> => ({
  group: "example.com",
  version,
  kind: "Gadget",
  plural: "gadgets",
  scope: "Namespaced",
});
