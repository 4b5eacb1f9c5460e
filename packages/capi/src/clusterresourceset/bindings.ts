import { Cluster, ClusterResourceSetBinding, parseApiVersion, refOf, type Stored } from "@slipway/api";
import { act, type Controller, controller, type KubeEffect, mapped, type Phase, ready } from "@slipway/runtime";

interface BindingScope {
  readonly binding: Stored<ClusterResourceSetBinding>;
  readonly cluster: Stored<Cluster> | undefined;
}

/** A binding lives as long as its Cluster, which does not own it: a Cluster that is moved away takes none with it. */
export const clusterResourceSetBindingController = ({
  concurrency = 10,
}: {
  readonly concurrency?: number;
} = {}): Controller<ClusterResourceSetBinding> =>
  controller<ClusterResourceSetBinding, BindingScope>(ClusterResourceSetBinding, {
    concurrency,
    pausedCondition: false,
    watches: [
      mapped(
        Cluster,
        (cluster) => [refOf(cluster)],
        (cluster, old) => cluster.metadata.deletionTimestamp !== undefined || old === undefined,
      ),
    ],
    scope: ({ object: binding, context }) => {
      const { namespace = "" } = binding.metadata;
      const name = clusterNameOf(binding);
      return { binding, cluster: name === undefined ? undefined : context.caches.find(Cluster, { namespace, name }) };
    },
    phases: [endWithCluster, nameCluster],
  });

const ofCluster = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean =>
  kind === Cluster.kind && parseApiVersion(apiVersion).group === Cluster.group;

/** Older ones were owned by their Cluster and did not name it. */
const clusterNameOf = ({ metadata, spec }: Stored<ClusterResourceSetBinding>): string | undefined =>
  spec.clusterName || metadata.ownerReferences?.find(ofCluster)?.name;

const endWithCluster: Phase<BindingScope, undefined, KubeEffect> = {
  name: "endWithCluster",
  observe: () => undefined,
  decide: (_, { binding, cluster }) => {
    if (clusterNameOf(binding) === undefined) return ready();
    if (cluster !== undefined && cluster.metadata.deletionTimestamp === undefined) return ready();
    const { uid } = binding.metadata;
    return act("ClusterGone", {
      call: "delete",
      resource: ClusterResourceSetBinding,
      ref: refOf(binding),
      preconditions: { uid },
    });
  },
};

const nameCluster: Phase<BindingScope, undefined, KubeEffect> = {
  name: "nameCluster",
  observe: () => undefined,
  decide: (_, { binding }) => {
    const { ownerReferences = [], resourceVersion } = binding.metadata;
    if (!ownerReferences.some(ofCluster)) return ready();
    const body = {
      metadata: { resourceVersion, ownerReferences: ownerReferences.filter((reference) => !ofCluster(reference)) },
      spec: { clusterName: clusterNameOf(binding) },
    };
    return act("Migrating", {
      call: "patch",
      resource: ClusterResourceSetBinding,
      ref: refOf(binding),
      patch: { type: "merge", body },
    });
  },
};
