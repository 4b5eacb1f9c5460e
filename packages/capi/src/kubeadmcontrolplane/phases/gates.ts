import { Cluster, KubeadmControlPlane, refOf } from "@slipway/api";
import { act, ownerRef, phase, ready, sameJson, wait, withOwner } from "@slipway/runtime";
import { type External, readExternal } from "../../external/index.ts";
import { endpointOf } from "../../kubeadmconfig/fill.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** The template that machines are made of belongs to the Cluster, so that `clusterctl move` and deletion find it. */
export const infrastructureTemplate = phase<Scope, External, Effect, Facts>({
  name: "infrastructureTemplate",
  observe: ({ kcp, context }) =>
    readExternal(context, kcp.spec.machineTemplate.infrastructureRef, {
      resource: KubeadmControlPlane,
      namespace: kcp.metadata.namespace,
      controller: "kubeadmcontrolplane",
    }),
  decide: ({ object, resource }, { kcp, cluster }) => {
    if (object === undefined) {
      const { name } = kcp.spec.machineTemplate.infrastructureRef;
      return wait("InfrastructureTemplateMissing", {
        message: `${resource.kind} ${name} does not exist: create it`,
        facts: { templateMissing: true },
      });
    }
    const owners = withOwner(object.metadata.ownerReferences, ownerRef(cluster, Cluster));
    if (!resource.kind.endsWith("Template") || sameJson(owners, object.metadata.ownerReferences ?? [])) {
      return ready({ templateMissing: false });
    }
    return act("OwningTemplate", {
      call: "patch",
      resource,
      ref: refOf(object),
      patch: { type: "merge", body: { metadata: { ownerReferences: owners, resourceVersion: object.metadata.resourceVersion } } },
    });
  },
});

export const clusterInfrastructure = phase<Scope, null, Effect, Facts>({
  name: "clusterInfrastructure",
  observe: () => null,
  decide: (_, { cluster }) =>
    cluster.status?.infrastructureReady === true
      ? ready()
      : wait("WaitingForClusterInfrastructure", { message: "Waiting for Cluster status.infrastructureReady to be true" }),
});

export const controlPlaneEndpoint = phase<Scope, null, Effect, Facts>({
  name: "controlPlaneEndpoint",
  observe: () => null,
  decide: (_, { cluster }) =>
    endpointOf(cluster) === undefined
      ? wait("WaitingForControlPlaneEndpoint", { message: "Waiting for Cluster spec.controlPlaneEndpoint to be set" })
      : ready(),
});
