import type { AdmissionContext, Read } from "../kind/kind.ts";
import type { Condition } from "../meta/conditions.ts";
import type { KubeObject, UnstructuredObject } from "../meta/object.ts";
import type { Machine } from "./machine.ts";
import { annotations, labels } from "./names.ts";

/** On a Machine: who deletes it knows that etcd loses its majority. */
export const allowQuorumLoss = "slipway.dev/allow-quorum-loss";

type Context = AdmissionContext<Machine>;

const clusterGroup = "cluster.x-k8s.io";
const controlPlaneGroup = "controlplane.cluster.x-k8s.io";

const isControlPlane = ({ metadata }: KubeObject): boolean => Object.hasOwn(metadata.labels ?? {}, labels.controlPlane);

const siblings = (machine: Machine): Read => ({
  group: clusterGroup,
  kind: "Machine",
  ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
  labels: { [labels.clusterName]: machine.spec.clusterName, [labels.controlPlane]: "" },
});
const cluster = (machine: Machine): Read => ({
  group: clusterGroup,
  kind: "Cluster",
  ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
  name: machine.spec.clusterName,
});
const controlPlane = (machine: Machine): Read | undefined => {
  const owner = machine.metadata.ownerReferences?.find(({ kind }) => kind === "KubeadmControlPlane");
  return owner === undefined
    ? undefined
    : {
        group: controlPlaneGroup,
        kind: "KubeadmControlPlane",
        ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
        name: owner.name,
      };
};

/** What the answer needs to know of others; nothing for workers and for anything but a deletion. */
export const quorumReads = (machine: Machine, { operation }: Context): readonly Read[] => {
  const owner = controlPlane(machine);
  return operation !== "DELETE" || !isControlPlane(machine) || owner === undefined
    ? []
    : [siblings(machine), cluster(machine), owner];
};

/**
 * Why a person may not delete this control plane machine: those that stay would be no majority of etcd, and the cluster lost
 * (RUN-041). The controllers look after etcd themselves, and what is deleted with its control plane needs no majority. What clusterctl
 * moves lives on under another management cluster (TRAP-25).
 */
export const forbidQuorumLoss = (machine: Machine, context: Context): string | undefined => {
  const owner = controlPlane(machine);
  if (!isControlPlane(machine) || owner === undefined || context.related === undefined || isController(context.user))
    return undefined;
  if (machine.metadata.deletionTimestamp !== undefined || machine.metadata.annotations?.[allowQuorumLoss] === "true")
    return undefined;
  if (Object.hasOwn(machine.metadata.annotations ?? {}, annotations.deleteForMove)) return undefined;
  const goesAnyway = [cluster(machine), owner].some((read) => {
    const above = context.related?.find(read);
    return above === undefined || above.metadata.deletionTimestamp !== undefined;
  });
  if (goesAnyway) return undefined;
  const staying = context.related
    .list(siblings(machine))
    .filter(({ metadata }) => metadata.name !== machine.metadata.name && metadata.deletionTimestamp === undefined);
  const well = staying.filter(isWell);
  const majority = Math.floor(staying.length / 2) + 1;
  if (staying.length > 0 && well.length >= majority) return undefined;
  const others =
    staying.length === 0
      ? "it is the only member"
      : `${well.length} of the other ${staying.length} members are healthy, and ${majority} are needed`;
  return (
    `deleting it would cost the cluster's etcd its majority: ${others}. Let KubeadmControlPlane ${owner.name} replace it ` +
    `(annotation ${remediate}), or, if the cluster may be lost, annotate the Machine ${allowQuorumLoss}=true first`
  );
};

const remediate = "cluster.x-k8s.io/remediate-machine";

/** Ours in process, and the providers' ServiceAccounts. */
const isController = (user: string | undefined): boolean =>
  user === undefined || user.startsWith("system:slipway") || /^system:serviceaccount:(capi|capo)-[a-z-]*system:/.test(user);

/** A member whose node has gone silent is not counted, whatever it was when it was last asked. */
const isWell = (machine: UnstructuredObject): boolean => {
  const conditions = (machine.status?.["conditions"] ?? []) as readonly Condition[];
  const stateOf = (wanted: string) => conditions.find(({ type }) => type === wanted)?.status;
  return (
    stateOf("EtcdMemberHealthy") === "True" &&
    ["EtcdPodHealthy", "NodeHealthy"].every((type) => (stateOf(type) ?? "True") === "True")
  );
};
