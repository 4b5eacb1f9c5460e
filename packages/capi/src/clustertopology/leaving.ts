import {
  finalizers,
  isNotFound,
  labels,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  type ObjectReference,
  type Resource,
  refOf,
  type Stored,
} from "@slipway/api";
import { type Controller, type ReconcileContext, toRef } from "@slipway/runtime";
import { resolveReference } from "../external/index.ts";

/** Deployments of a topology, and their MachineSets, take along the copies of templates that nobody else uses. */

const isOurs = ({ metadata }: Stored<MachineDeployment | MachineSet>): boolean =>
  metadata.labels?.[labels.topologyOwned] !== undefined;

export const machineSetTopologyController = ({
  concurrency = 10,
}: {
  readonly concurrency?: number;
} = {}): Controller<MachineSet> => ({
  name: "topology/machineset",
  resource: MachineSet,
  watches: [],
  concurrency,
  reconcile: async (ref, context) => {
    const set = context.caches.find(MachineSet, ref);
    // The MachineDeployment's controller puts the finalizer on as it makes the set.
    if (set === undefined || !isOurs(set) || set.metadata.deletionTimestamp === undefined) return {};
    if (!(set.metadata.finalizers ?? []).includes(finalizers.topologyMachineSet)) return {};
    await deleteUnused(templatesOf(set), set, context);
    await withoutFinalizer(MachineSet, set, finalizers.topologyMachineSet, context);
    return {};
  },
});

export const machineDeploymentTopologyController = ({
  concurrency = 10,
}: {
  readonly concurrency?: number;
} = {}): Controller<MachineDeployment> => ({
  name: "topology/machinedeployment",
  resource: MachineDeployment,
  watches: [{ resource: MachineHealthCheck, map: (check) => [toRef(check)] }],
  concurrency,
  reconcile: async (ref, context) => {
    const deployment = context.caches.find(MachineDeployment, ref);
    if (deployment === undefined || !isOurs(deployment)) return {};
    const { finalizers: present = [], deletionTimestamp, resourceVersion } = deployment.metadata;
    const mine = finalizers.topologyMachineDeployment;
    if (deletionTimestamp === undefined) {
      if (present.includes(mine)) return {};
      const body = { metadata: { finalizers: [...present, mine], resourceVersion } };
      await context.client.patch(MachineDeployment, ref, { type: "merge", body });
      return {};
    }
    if (!present.includes(mine)) return {};
    await deleteUnused(templatesOf(deployment), deployment, context);
    if (context.caches.find(MachineHealthCheck, ref)?.metadata.labels?.[labels.topologyOwned] !== undefined) {
      await remove(MachineHealthCheck, ref, context);
    }
    await withoutFinalizer(MachineDeployment, deployment, mine, context);
    return {};
  },
});

const templatesOf = ({ spec }: Stored<MachineSet | MachineDeployment>): readonly ObjectReference[] =>
  [spec.template?.spec?.bootstrap.configRef, spec.template?.spec?.infrastructureRef].filter((ref) => ref !== undefined);

/** Those that neither the deployment nor another of its sets names. */
const deleteUnused = async (
  references: readonly ObjectReference[],
  leaving: Stored<MachineSet | MachineDeployment>,
  context: ReconcileContext,
): Promise<void> => {
  const { namespace = "", uid } = leaving.metadata;
  const name = leaving.metadata.labels?.[labels.topologyDeploymentName] ?? "";
  const cluster = leaving.metadata.labels?.[labels.clusterName] ?? "";
  const own = { namespace, labels: { [labels.clusterName]: cluster, [labels.topologyDeploymentName]: name } };
  const others = [...context.caches.list(MachineDeployment, own), ...context.caches.list(MachineSet, own)];
  const used = others
    .filter(({ metadata }) => metadata.uid !== uid && metadata.deletionTimestamp === undefined)
    .flatMap(templatesOf);
  for (const reference of references) {
    if (used.some(({ kind, name: other }) => kind === reference.kind && other === reference.name)) continue;
    const resource = await resolveReference(context.caches, reference);
    await remove(resource, { namespace, name: reference.name ?? "" }, context);
  }
};

const remove = async (
  resource: Resource,
  ref: { readonly namespace?: string; readonly name: string },
  { client }: ReconcileContext,
): Promise<void> => {
  await client.delete(resource, ref).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
};

const withoutFinalizer = async <T extends MachineDeployment | MachineSet>(
  resource: Resource<T>,
  object: Stored<T>,
  finalizer: string,
  { client }: ReconcileContext,
): Promise<void> => {
  const left = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  const body = { metadata: { finalizers: left.length === 0 ? null : left, resourceVersion: object.metadata.resourceVersion } };
  await client.patch(resource, refOf(object), { type: "merge", body });
};
