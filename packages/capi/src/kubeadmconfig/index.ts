/** KubeadmConfig: what one machine is told at its first boot, so that it founds a cluster or joins one. */
import {
  Cluster,
  KubeadmConfig,
  labels,
  Machine,
  MachinePool,
  type ObjectRef,
  parseApiVersion,
  Secret,
  type Stored,
} from "@slipway/api";
import { type Caches, type Controller, controller, hasStatus, mapped, sameJson } from "@slipway/runtime";
import type { BootstrapMode } from "./document.ts";
import { type ConfigOwner, findConfigOwner, machineOwner } from "./owner.ts";
import { perform } from "./perform.ts";
import { adoptDataSecret } from "./phases/adoptdatasecret.ts";
import { certificates } from "./phases/certificates.ts";
import { contents } from "./phases/contents.ts";
import { data } from "./phases/data.ts";
import { filledSpec } from "./phases/filledspec.ts";
import { clusterInfrastructure, mayInitialize, providedAlready } from "./phases/gates.ts";
import { initializationLock } from "./phases/initlock.ts";
import { refreshToken } from "./phases/refreshtoken.ts";
import type { Effect, Facts, KubeadmConfigOptions, Scope } from "./scope.ts";
import { status } from "./status.ts";
import { defaultTokenTtlSeconds } from "./token.ts";

export type { KubeadmConfigOptions } from "./scope.ts";

export const kubeadmConfigController = (options: KubeadmConfigOptions): Controller =>
  controller<KubeadmConfig, Scope, Effect, Facts>(KubeadmConfig, {
    name: "kubeadmconfig",
    watches: [
      mapped(Machine, (machine) => configOf(machine, machine.spec.bootstrap.configRef), machineMatters),
      mapped(MachinePool, (pool) => configOf(pool, pool.spec.template.spec?.bootstrap.configRef)),
      mapped(Cluster, configsOfCluster, clusterMatters),
      mapped(Secret, () => []),
    ],
    sources: [
      (wake, caches) =>
        options.workloads.onChange((cluster, node) => {
          if (node === undefined) configsOf(cluster, caches).forEach(wake);
        }),
    ],
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    clusterName: (config) => config.metadata.labels?.[labels.clusterName],
    clusterMayBeAbsent: true,
    scope: ({ object: config, context: { client, caches, clock } }) => {
      const owner = findConfigOwner(config, caches);
      if (owner === undefined || config.metadata.deletionTimestamp !== undefined) return undefined;
      const cluster = caches.find(Cluster, { namespace: config.metadata.namespace ?? "", name: owner.clusterName });
      if (cluster === undefined || cluster.spec.paused === true) return undefined;
      return {
        config,
        cluster,
        owner,
        mode: modeOf(cluster, owner),
        now: clock.now(),
        keys: options.keys,
        tokenTtlSeconds: options.tokenTtlSeconds ?? defaultTokenTtlSeconds,
        client,
        caches,
        workload: options.workloads.find({ namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name }),
      };
    },
    phases: [
      adoptDataSecret,
      clusterInfrastructure,
      providedAlready,
      refreshToken,
      mayInitialize,
      contents,
      initializationLock,
      certificates,
      filledSpec,
      data,
    ],
    perform,
    desired: (config, { facts, errors }) =>
      facts.filled === undefined || errors.length > 0 ? config : { ...config, spec: facts.filled },
    status,
    ownedConditions: {
      v1beta1: ["Ready", "DataSecretAvailable", "CertificatesAvailable"],
      v1beta2: ["Ready", "DataSecretAvailable", "CertificatesAvailable"],
    },
  });

/** A MachinePool's machines are always workers. */
export const modeOf = (cluster: Pick<Cluster, "status">, owner: Pick<ConfigOwner, "controlPlane">): BootstrapMode => {
  if (!hasStatus(cluster.status?.conditions, "ControlPlaneInitialized", "True")) return "init";
  return owner.controlPlane ? "join-control-plane" : "join-worker";
};

const configOf = (
  owner: Stored<Machine | MachinePool>,
  reference: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string } | undefined,
): readonly ObjectRef[] =>
  reference?.kind === KubeadmConfig.kind &&
  reference.name !== undefined &&
  parseApiVersion(reference.apiVersion ?? "").group === KubeadmConfig.group
    ? [{ namespace: owner.metadata.namespace ?? "", name: reference.name }]
    : [];

const configsOfCluster = (cluster: Stored<Cluster>, caches: Caches): readonly ObjectRef[] =>
  configsOf({ namespace: cluster.metadata.namespace ?? "", name: cluster.metadata.name }, caches);

const configsOf = (cluster: ObjectRef, caches: Caches): readonly ObjectRef[] => {
  const filter = { namespace: cluster.namespace ?? "", labels: { [labels.clusterName]: cluster.name } };
  return [
    ...caches.list(Machine, filter).flatMap((machine) => configOf(machine, machine.spec.bootstrap.configRef)),
    ...caches.list(MachinePool, filter).flatMap((pool) => configOf(pool, pool.spec.template.spec?.bootstrap.configRef)),
  ];
};

/** Most changes of a Machine are conditions. */
const machineMatters = (machine: Stored<Machine>, old: Stored<Machine> | undefined): boolean =>
  old === undefined || !sameJson(machineOwner(machine), machineOwner(old)) || machine.metadata.deletionTimestamp !== undefined;

/** Most changes of a Cluster are other people's status. */
const clusterMatters = (cluster: Stored<Cluster>, old: Stored<Cluster> | undefined): boolean => {
  const facts = ({ spec, status: seen }: Stored<Cluster>) =>
    JSON.stringify([
      spec.paused,
      spec.controlPlaneEndpoint,
      seen?.infrastructureReady,
      hasStatus(seen?.conditions, "ControlPlaneInitialized", "True"),
    ]);
  return old === undefined || facts(cluster) !== facts(old);
};
