import type { KubeObject, Resource, UnstructuredObject } from "@slipway/api";

/** What the contract of clients is tried with. */

interface Data extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}
export type Any = UnstructuredObject;

export const ConfigMap: Resource<Data> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
};
export const Namespace: Resource<Any> = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" };
export const Crd: Resource<Any> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  scope: "Cluster",
};
export const Sample: Resource<Any> = {
  group: "contract.slipway.dev",
  version: "v1",
  kind: "Sample",
  plural: "samples",
  scope: "Namespaced",
};
export const namespace = "contract";

export const sampleCrd: Any = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "samples.contract.slipway.dev" },
  spec: {
    group: Sample.group,
    scope: "Namespaced",
    names: { plural: Sample.plural, kind: Sample.kind },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  replicas: { type: "integer", minimum: 0 },
                  mode: { type: "string", default: "auto" },
                  note: { type: "string" },
                },
              },
              status: { type: "object", properties: { replicas: { type: "integer" }, ready: { type: "boolean" } } },
            },
          },
        },
      },
    ],
  },
};

export const sample = (name: string, spec: object = {}, metadata: object = {}): Any => ({
  apiVersion: "contract.slipway.dev/v1",
  kind: "Sample",
  metadata: { name, namespace, ...metadata },
  spec: { ...spec },
});
export const ref = (name: string) => ({ namespace, name });

/** Over a wire things take a moment. */
export const until = async (met: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (await met().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, attempt < 20 ? 1 : 10));
  }
  throw new Error("waited in vain");
};
