import { Cluster, type ObjectReference } from "@slipway/api";
import { act, controllerRef, type Decision, fail, type KubeEffect, phase, ready, wait } from "@slipway/runtime";
import { adoption, type External, failureOf, isReady, readExternal } from "../external/index.ts";
import { awaitsTopology, type ClusterFacts, type ClusterScope } from "./scope.ts";

export const clusterControllerName = "cluster";

/** The provider's cluster: network, load balancer. CORE-147…156 */
export const infrastructure = phase<ClusterScope, External | undefined, KubeEffect, ClusterFacts>({
  name: "infrastructure",
  independent: true,
  observe: (scope) => read(scope, scope.cluster.spec.infrastructureRef),
  decide: (external, scope) => {
    if (!external) return ready();
    const wasReady = scope.cluster.status?.infrastructureReady === true;
    return decideReference(external, scope, wasReady, { infrastructure: external });
  },
});

/** The provider's control plane: who makes the control plane Machines. CORE-148…157 */
export const controlPlane = phase<ClusterScope, External | undefined, KubeEffect, ClusterFacts>({
  name: "controlPlane",
  independent: true,
  observe: (scope) => read(scope, scope.cluster.spec.controlPlaneRef),
  decide: (external, scope) => {
    if (!external) return ready();
    const wasReady = scope.cluster.status?.controlPlaneReady === true;
    return decideReference(external, scope, wasReady, { controlPlane: external });
  },
});

const read = async ({ cluster, context }: ClusterScope, reference: ObjectReference | undefined): Promise<External | undefined> =>
  reference && !(awaitsTopology(cluster) && cluster.metadata.deletionTimestamp === undefined)
    ? readExternal(context, reference, {
        resource: Cluster,
        namespace: cluster.metadata.namespace,
        controller: clusterControllerName,
      })
    : undefined;

/** It may be absent until it was ready once; it is ours; its readiness is read by `status`. CORE-148, CORE-149 */
const decideReference = (
  external: External,
  { cluster }: ClusterScope,
  wasReady: boolean,
  facts: Partial<ClusterFacts>,
): Decision<KubeEffect, ClusterFacts> => {
  const { kind } = external.resource;
  if (!external.object) {
    if (cluster.metadata.deletionTimestamp !== undefined) return ready(facts);
    if (wasReady) return fail(`${kind}Deleted`, `${kind} has been deleted after being ready`, { facts });
    return wait(`WaitingFor${kind}`, { message: `${kind} "${external.reference.name}" does not exist yet`, facts });
  }
  const adopt = adoption(external, controllerRef(cluster, Cluster), cluster.metadata.name);
  if (adopt) return act(`${kind}Adopted`, adopt, { facts });
  // Fields of a wrong type are an error of this pass, not of the one that writes the status.
  isReady(external.object);
  failureOf(external);
  return ready(facts);
};
