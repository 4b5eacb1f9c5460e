import { Deployment, isNotFound, Pod, providerAnnotations, ReplicaSet, type Resource, refOf, type Stored } from "@slipway/api";
import { type Controller, type ReconcileContext, sameJson, type Watch } from "@slipway/runtime";
import { type Provider, providers } from "./declared.ts";
import type { ProviderHost } from "./host.ts";
import { readLevels } from "./levels.ts";
import { deploymentStatus, isOfThisRun, podOf, replicaSetOf, replicaSetStatus, runningStatus, templateHash } from "./objects.ts";

/**
 * Plays the Deployment controller and the kubelet for the providers' Deployments, and means it: `kubectl rollout restart` stops the
 * provider's controllers and starts them afresh, `kubectl scale --replicas=0` stops them until they are wanted again, and a deleted
 * Pod is a restart (RUN-022, RUN-072, RUN-073).
 */
export const providersController = (host: ProviderHost): Controller<Deployment> => ({
  name: "providers",
  resource: Deployment,
  watches: [ours(ReplicaSet), ours(Pod)],
  eventComponent: "deployment-controller",
  reconcile: async (ref, context) => {
    const provider = providers.find(({ namespace, name }) => namespace === ref.namespace && name === ref.name);
    const deployment = context.caches.find(Deployment, ref);
    if (provider !== undefined && deployment !== undefined && deployment.metadata.deletionTimestamp === undefined)
      await reconcile(host, provider, deployment, context);
    return {};
  },
});

/** The provider whose ReplicaSet or Pod it is, by its labels. */
const ours = <T extends ReplicaSet | Pod>(resource: Resource<T>): Watch<T> => ({
  resource,
  map: ({ metadata }) =>
    providers
      .filter(({ namespace, name }) => namespace === metadata.namespace && metadata.name.startsWith(`${name}-`))
      .map(({ namespace, name }) => ({ namespace, name })),
});

const reconcile = async (
  host: ProviderHost,
  provider: Provider,
  deployment: Stored<Deployment>,
  context: ReconcileContext,
): Promise<void> => {
  const { caches, events, clock } = context;
  adoptLevels(host, provider, deployment, context);
  const sets = caches.ownedBy(ReplicaSet, deployment.metadata.uid);
  const pods = sets.flatMap((set) => caches.ownedBy(Pod, set.metadata.uid));
  const name = `${provider.name}-${templateHash(deployment)}`;
  const wanted = (deployment.spec?.replicas ?? 1) > 0;
  const alive = pods.find((pod) => wanted && pod.metadata.deletionTimestamp === undefined && isNamed(sets, pod, name));
  const runningAs = host.runningAs(provider);
  // Recreate: the old one ends before the new one begins.
  if (!wanted || (runningAs !== undefined && alive?.metadata.uid !== runningAs)) await host.stop(provider);
  for (const pod of pods) if (pod !== alive) await remove(context, Pod, pod);
  for (const set of sets) if (!wanted || set.metadata.name !== name) await remove(context, ReplicaSet, set);
  if (wanted) {
    const set =
      sets.find((known) => known.metadata.name === name) ?? (await create(context, ReplicaSet, replicaSetOf(deployment)));
    const pod = alive ?? (await create(context, Pod, podOf(set, host.nodeName, pods[0]?.metadata.uid)));
    if (host.runningAs(provider) !== pod.metadata.uid) host.start(provider, pod.metadata.uid);
    if (!isOfThisRun(pod, host.run)) {
      await putStatus(context, Pod, pod, runningStatus(pod, host.run, clock.now()));
      events.normal(pod, "Started", "Started container manager");
    }
    await putStatus(context, ReplicaSet, set, replicaSetStatus(set));
    if (alive === undefined)
      events.normal(deployment, "ScalingReplicaSet", `Scaled up replica set ${set.metadata.name} from 0 to 1`);
  } else if (pods.length > 0) events.normal(deployment, "ScalingReplicaSet", `Scaled down replica set ${name} from 1 to 0`);
  await putStatus(context, Deployment, deployment, deploymentStatus(deployment, wanted, clock.now()));
};

const isNamed = (sets: readonly Stored<ReplicaSet>[], pod: Stored<Pod>, name: string): boolean =>
  sets.some((set) => set.metadata.name === name && pod.metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid));

const adoptLevels = (
  host: ProviderHost,
  provider: Provider,
  deployment: Stored<Deployment>,
  { events }: ReconcileContext,
): void => {
  const levels = readLevels(deployment.metadata.annotations?.[providerAnnotations.logLevel], [
    ...provider.controllers,
    ...provider.components,
  ]);
  if ("problem" in levels)
    events.warning(
      deployment,
      "InvalidLogLevel",
      `${providerAnnotations.logLevel}: ${levels.problem}. The levels stay as they were.`,
    );
  else host.setLevels(provider, levels);
};

const create = async <T extends Pod | ReplicaSet>(
  { client, caches }: ReconcileContext,
  resource: Resource<T>,
  object: T,
): Promise<Stored<T>> => {
  const { namespace, name } = object.metadata;
  // A pass that was killed has made it already.
  const known = caches.find(resource, { ...(namespace === undefined ? {} : { namespace }), name: name ?? "" });
  return known !== undefined && known.metadata.deletionTimestamp === undefined ? known : client.create(resource, object);
};

const remove = async <T extends Pod | ReplicaSet>(
  { client }: ReconcileContext,
  resource: Resource<T>,
  object: Stored<T>,
): Promise<void> => {
  try {
    // A kubelet's word that the container has ended.
    await client.delete(resource, refOf(object), { gracePeriodSeconds: 0, preconditions: { uid: object.metadata.uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

const putStatus = async <T extends Deployment | ReplicaSet | Pod>(
  { client }: ReconcileContext,
  resource: Resource<T>,
  object: Stored<T>,
  status: object,
): Promise<void> => {
  if (sameJson(object.status, status)) return;
  await client.update(resource, { ...object, status } as T, { subresource: "status" });
};
