import {
  apiVersionOf,
  type Client,
  customKinds,
  Event,
  type Event as EventObject,
  type Kind,
  type KubeObject,
  type ObjectRef,
  type Resource,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import { createKubernetesApi, createMemoryStorage, type StoredObject, stampObject } from "@slipway/apiserver";
import {
  type Controller,
  createHttpClient,
  createVirtualClock,
  fetchTransport,
  type Logger,
  nextTurn,
  runControllers,
  silentLog,
  type VirtualClock,
} from "@slipway/runtime";
import { afterEach } from "vitest";

export const namespace = "magnum-system";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
export const atEnd = (end: () => unknown): void => void ends.push(end);

/** A management cluster in memory with these controllers in it, on a clock that stands still. */
export const startManagementCluster = async (
  controllers: (clock: VirtualClock) => readonly Controller[],
  options: { readonly log?: Logger; readonly kinds?: readonly Kind[]; readonly overHttp?: boolean } = {},
) => {
  const clock = createVirtualClock();
  const api = await startApi(clock, options.kinds ?? customKinds, [namespace]);
  const running = runControllers(controllers(clock), {
    client: options.overHttp ? overHttp(api.server.fetch) : api.client,
    clock,
    log: options.log ?? silentLog,
  });
  atEnd(() => running.stop());
  await running.ready;
  const settled = async (): Promise<void> => {
    for (let round = 0; round < (options.overHttp ? 12 : 3); round += 1) {
      await running.settled();
      await api.settled();
      await nextTurn();
    }
  };
  const { client } = api;
  return {
    client,
    clock,
    running,
    settled,
    /** Time passes and everything that it sets going comes to rest. */
    advance: async (seconds: number): Promise<void> => {
      await settled();
      await clock.advance(seconds * 1000);
      await settled();
    },
    find: async <T extends KubeObject>(resource: Resource<T>, name: string): Promise<Stored<T> | undefined> =>
      client.get(resource, { namespace, name }).catch(() => undefined),
    get: <T extends KubeObject>(resource: Resource<T>, name: string): Promise<Stored<T>> =>
      client.get(resource, { namespace, name }),
    setStatus: (resource: Resource, name: string, status: object) =>
      client.patch(resource, { namespace, name }, { type: "merge", body: { status } }, { subresource: "status" }),
    setSpec: (resource: Resource, name: string, spec: object) =>
      client.patch(resource, { namespace, name }, { type: "merge", body: { spec } }),
    setMetadata: (resource: Resource, name: string, metadata: object) =>
      client.patch(resource, { namespace, name }, { type: "merge", body: { metadata } }),
    /** `Normal Provisioning: Cluster one is Provisioning`, oldest first; without what a Cluster's story takes up from its objects. */
    events: async (): Promise<readonly string[]> => {
      await settled();
      const { items } = await client.list<EventObject>(Event, { namespace });
      return items
        .filter(({ involvedObject, message }) => involvedObject.kind !== "Cluster" || !/^[A-Z]\w+ [\w.-]+: /.test(message ?? ""))
        .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
        .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
  };
};

/** As the controllers meet any other Kubernetes API: every object through JSON. */
const overHttp = (fetch: (request: Request) => Promise<Response>): Client =>
  createHttpClient({ transport: fetchTransport(fetch, "http://management.test") });

/** A whole Kubernetes API over memory. */
export const startApi = async (clock: VirtualClock, kinds: readonly Kind[] = [], namespaces: readonly string[] = []) => {
  const api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject, clock }),
    kinds,
    clock,
    authorization: "always",
    objects: namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  });
  atEnd(() => api.close());
  return api;
};

/** An object of a provider's kind, as a test writes it. */
export const provided = (
  resource: Resource,
  name: string,
  parts: { spec?: { readonly [field: string]: unknown }; metadata?: object } = {},
): UnstructuredObject => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  ...parts,
  metadata: { namespace, name, ...parts.metadata },
});

export const referenceTo = (resource: Resource, name: string) => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name,
  namespace,
});

export const refIn = (name: string): ObjectRef => ({ namespace, name });
