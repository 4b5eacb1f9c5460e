import { type Client, ClusterctlProvider, customKinds, type UnstructuredObject } from "@slipway/api";
import {
  type ApiServer,
  createInProcessClient,
  createKubernetesApi,
  createObjectOptions,
  type KubernetesApiOptions,
  type PodBackend,
  type RunningRegistry,
  type ServiceAccountKeys,
  type StoredObject,
  type Stores,
} from "@slipway/apiserver";
import { createHttpsCaller } from "@slipway/apiserver/admission/https.node.ts";
import { builtInLabel, inventoryObject } from "@slipway/clusterctl";
import { bundledProviders } from "@slipway/clusterctl/repository/bundled.ts";
import type { Clock, Logger } from "@slipway/runtime";
import { operatorObjects } from "./operators.ts";

/** The management cluster's Kubernetes API: where every object of the system is. */
export interface Management {
  readonly registry: RunningRegistry;
  readonly client: Client;
  readonly api: ApiServer;
  close(): Promise<void>;
}

export type ApiExtras = Pick<
  KubernetesApiOptions,
  | "audit"
  | "featureGates"
  | "moreMetrics"
  | "storageBytes"
  | "rootCaPem"
  | "clientCaPem"
  | "signer"
  | "advertise"
  | "apiServices"
  | "queueMetrics"
>;

/** Cluster API's own namespaces and Magnum's (PLAT-049). */
export const namespaces = {
  core: "capi-system",
  bootstrap: "capi-kubeadm-bootstrap-system",
  controlPlane: "capi-kubeadm-control-plane-system",
  infrastructure: "capo-system",
  magnum: "magnum-system",
} as const;

export const openManagement = async (options: {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pods: PodBackend;
  readonly serviceAccounts?: ServiceAccountKeys;
  /** What the program around it adds: the audit trail, figures of its own. */
  readonly api?: ApiExtras | undefined;
}): Promise<Management> => {
  const { stores, clock, log, pods, serviceAccounts } = options;
  const webhooks = createHttpsCaller();
  const api = await createKubernetesApi({
    webhooks,
    storage: stores.store<StoredObject>("management", createObjectOptions()),
    kinds: customKinds,
    clock,
    pods,
    ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
    ...options.api,
    objects: [...Object.values(namespaces).map(namespaceObject), ...operatorObjects()],
    onError: (error, about) => log.error("a request failed", { ...about, error }),
  });
  const client = createInProcessClient(api.registry, { fieldManager: "slipway" });
  await recordProviders(client);
  return {
    registry: api.registry,
    client,
    api: api.server,
    close: async () => {
      await api.close();
      webhooks.close();
    },
  };
};

const namespaceObject = (name: string): UnstructuredObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

/** clusterctl's inventory says that this program is the providers, and which versions' behaviour they keep. */
const recordProviders = async (client: Client): Promise<void> => {
  for (const { namespace, version, ...provider } of bundledProviders) {
    const object = inventoryObject({ provider, version, namespace });
    const body = { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [builtInLabel]: "" } } };
    await client.patch(
      ClusterctlProvider,
      { namespace, name: object.metadata.name ?? "" },
      { type: "apply", body },
      { force: true },
    );
  }
};
