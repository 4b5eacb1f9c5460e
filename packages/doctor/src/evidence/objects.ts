import type { Client } from "@slipway/api";
import {
  Cluster,
  Event,
  isNotFound,
  KubeadmConfig,
  KubeadmControlPlane,
  type KubeObject,
  labels,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  type MagnumCluster,
  type ObjectRef,
  OpenStackCluster,
  OpenStackMachine,
  OpenStackMachineTemplate,
  OpenStackServer,
  type Resource,
  Secret,
  type Stored,
} from "@slipway/api";
import type { EventFact, ObjectEvidence } from "./evidence.ts";

/** How objects are read: over a client, or out of watch caches. */
export interface ObjectReader {
  find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<Stored<T> | undefined>;
  /** Those that carry the cluster's name in the label of the field. */
  list<T extends KubeObject>(resource: Resource<T>, cluster: ObjectRef): Promise<readonly Stored<T>[]>;
}

export const clientReader = (client: Pick<Client, "get" | "list">): ObjectReader => ({
  find: (resource, ref) =>
    client.get(resource, ref).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    }),
  list: async (resource, { namespace, name }) =>
    (
      await client.list(resource, {
        ...(namespace === undefined ? {} : { namespace }),
        labelSelector: `${labels.clusterName}=${name}`,
      })
    ).items,
});

/** The tree of one Cluster, found by its name; `record` is its MagnumCluster, when it has one. */
export const collectObjects = async (
  reader: ObjectReader,
  ref: ObjectRef,
  record: Stored<MagnumCluster> | undefined,
): Promise<ObjectEvidence> => {
  const cluster = await reader.find(Cluster, ref);
  const namespace = ref.namespace;
  const named = (reference: { readonly name?: string } | undefined, fallback: string): ObjectRef => ({
    ...(namespace === undefined ? {} : { namespace }),
    name: reference?.name ?? fallback,
  });
  const infrastructure = await reader.find(OpenStackCluster, named(cluster?.spec.infrastructureRef, ref.name));
  const [controlPlane, secret, ...lists] = await Promise.all([
    reader.find(KubeadmControlPlane, named(cluster?.spec.controlPlaneRef, `${ref.name}-control-plane`)),
    reader.find(Secret, named(infrastructure?.spec.identityRef, `${ref.name}-cloud-config`)),
    reader.list(MachineDeployment, ref),
    reader.list(MachineSet, ref),
    reader.list(Machine, ref),
    reader.list(OpenStackMachine, ref),
    reader.list(OpenStackServer, ref),
    reader.list(KubeadmConfig, ref),
    reader.list(OpenStackMachineTemplate, ref),
    reader.list(MachineHealthCheck, ref),
  ]);
  const [machineDeployments, machineSets, machines, infraMachines, servers, bootstrapConfigs, machineTemplates, healthChecks] =
    lists;
  return {
    record,
    cluster,
    infrastructure,
    controlPlane,
    machineDeployments,
    machineSets,
    machines,
    infraMachines,
    servers,
    bootstrapConfigs,
    machineTemplates,
    healthChecks,
    credential: secret === undefined ? "missing" : "there",
  };
};

/** Events are forgotten after an hour; what is older than this tells of troubles that are over. */
const EVENTS_MINUTES = 30;
const MOST_EVENTS = 50;

/** Warnings about the cluster's objects, newest first. */
export const collectEvents = async (
  client: Pick<Client, "list">,
  objects: ObjectEvidence,
  { namespace, name }: ObjectRef,
  now: Date,
): Promise<readonly EventFact[]> => {
  const uids = new Set(allObjects(objects).map(({ metadata }) => metadata.uid));
  const { items } = await client.list(Event, {
    ...(namespace === undefined ? {} : { namespace }),
    fieldSelector: "type=Warning",
  });
  const since = now.getTime() - EVENTS_MINUTES * 60_000;
  return items
    .filter(({ involvedObject: about }) => uids.has(about.uid ?? "") || about.name?.startsWith(`${name}-`) || about.name === name)
    .map((event) => ({
      kind: event.involvedObject.kind ?? "",
      name: event.involvedObject.name ?? "",
      reason: event.reason ?? "",
      message: event.message ?? "",
      at: event.lastTimestamp ?? event.metadata.creationTimestamp,
    }))
    .filter(({ at }) => Date.parse(at) >= since)
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, MOST_EVENTS);
};

export const allObjects = (objects: ObjectEvidence): readonly Stored<KubeObject>[] => [
  ...[objects.record, objects.cluster, objects.infrastructure, objects.controlPlane].filter((one) => one !== undefined),
  ...objects.machineDeployments,
  ...objects.machineSets,
  ...objects.machines,
  ...objects.infraMachines,
  ...objects.servers,
  ...objects.bootstrapConfigs,
  ...objects.healthChecks,
];
