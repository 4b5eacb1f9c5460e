/** KubeadmControlPlane: the machines that run a tenant's API server and etcd; they come and go one by one. */
import {
  Cluster,
  clusterSecretName,
  controlPlaneFinalizers,
  KubeadmConfig,
  KubeadmControlPlane,
  labels,
  Machine,
  type ObjectRef,
  parseApiVersion,
  Secret,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import {
  type Caches,
  type Controller,
  controlled,
  controller,
  controllerOf,
  mapped,
  plural,
  type ReconcileContext,
  type Report,
  sameJson,
} from "@slipway/runtime";
import { createAuthorityCheck, createRenewalCheck } from "../certificates/kubeconfig.ts";
import { referenceIndex } from "../external/index.ts";
import { endpointOf } from "../kubeadmconfig/fill.ts";
import { ownedV1Beta2 } from "./conditions/newer.ts";
import { ownedV1Beta1 } from "./conditions/older.ts";
import { compare, isControlPlaneNode, type Member } from "./controlplane.ts";
import { perform } from "./perform.ts";
import { adoptMachines } from "./phases/adopt.ts";
import { certificateExpiry } from "./phases/certificateexpiry.ts";
import { certificates, kubeconfig } from "./phases/certificates.ts";
import { changeMachines, orphans } from "./phases/changemachines.ts";
import { clusterInfrastructure, controlPlaneEndpoint, infrastructureTemplate } from "./phases/gates.ts";
import { inspection, strayEtcdMembers } from "./phases/inspection.ts";
import { machineStatus } from "./phases/machinestatus.ts";
import { preTerminate } from "./phases/preterminate.ts";
import { recovered, remediate } from "./phases/remediate.ts";
import { schedule } from "./phases/schedule.ts";
import { syncMachines } from "./phases/syncmachines.ts";
import { deleteMachines, workersGone } from "./phases/teardown.ts";
import { addOns, prepareRollout } from "./phases/upkeep.ts";
import { type Effect, type Facts, isOwnedByKcp, type KubeadmControlPlaneOptions, type Scope } from "./scope.ts";
import { status } from "./status.ts";

export type { KubeadmControlPlaneOptions } from "./scope.ts";

export const kubeadmControlPlaneController = (options: KubeadmControlPlaneOptions): Controller => {
  const needsRenewal = createRenewalCheck();
  const fitsAuthority = createAuthorityCheck();
  return controller<KubeadmControlPlane, Scope, Effect, Facts>(KubeadmControlPlane, {
    name: "kubeadmcontrolplane",
    finalizer: controlPlaneFinalizers.kubeadmControlPlane,
    watches: [
      controlled(Machine, KubeadmControlPlane),
      mapped(Cluster, (cluster) => controlPlaneOf(cluster), clusterMatters),
      mapped(
        Secret,
        (secret, caches) => {
          const cluster = caches.find(Cluster, clusterOfAuthority(secret));
          return cluster === undefined ? [] : controlPlaneOf(cluster);
        },
        authorityChanged,
      ),
      mapped(KubeadmConfig, () => []),
    ],
    indexes: [referenceIndex(KubeadmControlPlane, ({ spec }) => [spec.machineTemplate.infrastructureRef])],
    sources: [
      (wake, caches) =>
        options.workloads.onChange((cluster, node) => {
          if (node !== undefined && !isControlPlaneNode(node)) return;
          const found = caches.find(Cluster, cluster);
          if (found) controlPlaneOf(found).forEach(wake);
        }),
    ],
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    clusterName: (kcp) => clusterNameOf(kcp),
    clusterMayBeAbsent: true,
    scope: ({ object: kcp, context }) => scopeOf(kcp, context, { ...options, needsRenewal, fitsAuthority }),
    phases: [
      infrastructureTemplate,
      clusterInfrastructure,
      certificates,
      controlPlaneEndpoint,
      kubeconfig,
      adoptMachines,
      orphans,
      syncMachines,
      recovered,
      inspection,
      strayEtcdMembers,
      preTerminate,
      remediate,
      prepareRollout,
      changeMachines,
      addOns,
      certificateExpiry,
      machineStatus,
      schedule,
    ],
    teardown: [workersGone, deleteMachines],
    perform,
    desired: (kcp, { facts, errors }) => (errors.length > 0 ? kcp : withAnnotations(kcp, facts.annotations ?? {})),
    status,
    statusIsProjection: true,
    ownedConditions: { v1beta1: ownedV1Beta1, v1beta2: ownedV1Beta2 },
    changed: tell,
  });
};

const clusterNameOf = (kcp: Stored<KubeadmControlPlane>): string | undefined =>
  kcp.metadata.ownerReferences?.find(
    ({ apiVersion, kind }) => kind === Cluster.kind && parseApiVersion(apiVersion).group === Cluster.group,
  )?.name;

const scopeOf = (
  kcp: Stored<KubeadmControlPlane>,
  context: ReconcileContext,
  {
    keys,
    workloads,
    random = Math.random,
    needsRenewal,
    fitsAuthority,
  }: KubeadmControlPlaneOptions & Pick<Scope, "needsRenewal" | "fitsAuthority">,
): Scope | undefined => {
  const { caches, clock } = context;
  const namespace = kcp.metadata.namespace ?? "";
  const clusterName = clusterNameOf(kcp);
  if (clusterName === undefined) return undefined;
  const cluster = caches.find(Cluster, { namespace, name: clusterName });
  if (cluster === undefined) {
    throw new Error(
      `KubeadmControlPlane ${namespace}/${kcp.metadata.name} is owned by Cluster ${clusterName}, which does not exist`,
    );
  }
  const ref = { namespace, name: clusterName };
  const allMachines = caches.list(Machine, { namespace, labels: { [labels.clusterName]: clusterName } });
  const usable = cluster.status?.infrastructureReady === true && endpointOf(cluster) !== undefined;
  const allControlPlane = usable
    ? allMachines
        .filter(({ metadata }) => Object.hasOwn(metadata.labels ?? {}, labels.controlPlane))
        .toSorted((left, right) => compare(left.metadata.name, right.metadata.name))
    : [];
  return {
    kcp,
    cluster,
    members: allControlPlane
      .filter((machine) => machine.metadata.ownerReferences?.some((reference) => isOwnedByKcp(reference, kcp)))
      .map((machine) => memberOf(machine, caches)),
    adoptable: allControlPlane.filter((machine) => controllerOf(machine) === undefined),
    allControlPlane,
    allMachines,
    now: clock.now(),
    context,
    keys,
    random,
    needsRenewal,
    fitsAuthority,
    workload: workloads.find(ref),
    lastProbeSuccess: workloads.lastProbeSuccess(ref),
  };
};

const memberOf = (machine: Stored<Machine>, caches: Caches): Member => {
  const namespace = machine.metadata.namespace ?? "";
  const { configRef } = machine.spec.bootstrap;
  const { apiVersion = "", kind = "", name = "" } = machine.spec.infrastructureRef;
  const { group, version } = parseApiVersion(apiVersion);
  const infrastructure = { group, version, kind, plural: plural(kind.toLowerCase()), scope: "Namespaced" } as const;
  return {
    machine,
    config:
      configRef?.kind === KubeadmConfig.kind ? caches.find(KubeadmConfig, { namespace, name: configRef.name ?? "" }) : undefined,
    infrastructure: caches.find<UnstructuredObject>(infrastructure, { namespace, name }),
  };
};

const controlPlaneOf = (cluster: Stored<Cluster>): readonly ObjectRef[] => {
  const reference = cluster.spec.controlPlaneRef;
  return reference?.kind === KubeadmControlPlane.kind && reference.name !== undefined
    ? [{ namespace: cluster.metadata.namespace ?? "", name: reference.name }]
    : [];
};

const authoritySuffix = clusterSecretName("", "ca");

const clusterOfAuthority = ({ metadata }: Stored<Secret>): ObjectRef => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name.slice(0, -authoritySuffix.length),
});

/** Another authority in the place of the one that was: the kubeconfig has to follow at once. */
const authorityChanged = (secret: Stored<Secret>, old: Stored<Secret> | undefined): boolean =>
  secret.metadata.name.endsWith(authoritySuffix) && old !== undefined && !sameJson(secret.data, old.data);

/** Most changes of a Cluster are other people's status. */
const clusterMatters = (cluster: Stored<Cluster>, old: Stored<Cluster> | undefined): boolean => {
  const facts = ({ spec, status: seen }: Stored<Cluster>) =>
    JSON.stringify([
      spec.paused,
      spec.controlPlaneEndpoint,
      spec.topology?.version,
      seen?.infrastructureReady,
      seen?.failureDomains,
    ]);
  return old === undefined || facts(cluster) !== facts(old);
};

const withAnnotations = (
  kcp: Stored<KubeadmControlPlane>,
  changes: { readonly [key: string]: string | undefined },
): Stored<KubeadmControlPlane> => {
  const before = kcp.metadata.annotations ?? {};
  const different = Object.entries(changes).filter(([key, value]) => before[key] !== value);
  if (different.length === 0) return kcp;
  const after = Object.entries({ ...before, ...Object.fromEntries(different) }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...kcp, metadata: { ...kcp.metadata, annotations: Object.fromEntries(after) } };
};

/** Only what goes wrong is an event; that things go on is what conditions say. */
const tell = (
  _before: Stored<KubeadmControlPlane>,
  kcp: Stored<KubeadmControlPlane>,
  report: Report<Scope, Facts>,
  { events }: ReconcileContext,
): void => {
  for (const verdict of report.verdicts) {
    if (verdict.outcome === "wait" && verdict.reason === "ControlPlaneUnhealthy") {
      events.warning(
        kcp,
        "ControlPlaneUnhealthy",
        `Waiting for control plane to pass preflight checks to continue reconciliation: ${verdict.message}`,
      );
    }
    if (verdict.outcome === "fail") events.warning(kcp, verdict.reason, verdict.message);
    if (verdict.outcome !== "error") continue;
    if (verdict.phase === "changeMachines") {
      const { members } = report.scope;
      const desired = kcp.spec.replicas ?? 1;
      const reason =
        members.length === 0 ? "FailedInitialization" : members.length > desired ? "FailedScaleDown" : "FailedScaleUp";
      events.warning(kcp, reason, `Failed to change the control plane's Machines: ${verdict.message}`);
    }
    if (verdict.phase === "deleteMachines")
      events.warning(kcp, "FailedDelete", `Failed to delete control plane Machines: ${verdict.message}`);
  }
};
