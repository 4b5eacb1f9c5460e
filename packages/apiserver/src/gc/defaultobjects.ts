import { isAlreadyExists, isNotFound, type UnstructuredObject } from "@slipway/api";
import { type Core, systemContext } from "../registry/core.ts";
import { create } from "../registry/create.ts";
import { objectKey, resourcePrefix } from "../registry/keys.ts";
import type { Observe } from "./observer.ts";
import { createKeyQueue } from "./workqueue.ts";

const namespacesPrefix = resourcePrefix({ group: "", plural: "namespaces" });
const accountsPrefix = resourcePrefix({ group: "", plural: "serviceaccounts" });
const configMapsPrefix = resourcePrefix({ group: "", plural: "configmaps" });
const rootCaName = "kube-root-ca.crt";

/** In every namespace the ServiceAccount `default` and the ConfigMap with the API's own CA, again when somebody deletes them. */
export const createDefaultObjects = (core: Core, rootCaPem: string) => {
  const queue = createKeyQueue({
    name: "serviceaccount",
    metrics: core.queueMetrics,
    clock: core.clock,
    concurrency: 8,
    work: (namespace) => ensure(core, namespace, rootCaPem),
    onError: core.onError,
  });
  const onChange: Observe = (key, before, after) => {
    if (key.startsWith(namespacesPrefix)) {
      if (before === undefined) queue.add(key.slice(namespacesPrefix.length));
    } else if (after === undefined && before?.metadata.namespace !== undefined) {
      const isOurs =
        (key.startsWith(accountsPrefix) && key.endsWith("/default")) ||
        (key.startsWith(configMapsPrefix) && key.endsWith(`/${rootCaName}`));
      if (isOurs) queue.add(before.metadata.namespace);
    }
  };
  return { onChange, settled: queue.settled, close: queue.close };
};

const ensure = async (core: Core, namespace: string, rootCaPem: string): Promise<void> => {
  const found = core.storage.get(objectKey({ group: "", plural: "namespaces" }, undefined, namespace))?.value;
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
  await make(core, "serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } });
  await make(core, "configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: rootCaName,
      namespace,
      annotations: {
        "kubernetes.io/description":
          "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
      },
    },
    data: { "ca.crt": rootCaPem },
  });
};

const make = async (core: Core, plural: string, object: UnstructuredObject): Promise<void> => {
  const { namespace, name = "" } = object.metadata;
  const served = core.catalog.find("", "v1", plural);
  if (served === undefined || core.storage.get(objectKey(served.storage, namespace, name)) !== undefined) return;
  try {
    await create(core, served, object, { fieldManager: "kube-controller-manager" }, systemContext);
  } catch (error) {
    if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
  }
};
