import { Cluster, clusterSecretName, labels, Machine, type ObjectRef, refKey, refOf, Secret, type Stored } from "@slipway/api";
import { textFromBase64 } from "@slipway/api/pki/index.ts";
import type { Caches, Clock, Controller, Logger, Metrics, ReconcileContext, ReconcileResult, Timer } from "@slipway/runtime";
import { mapped, noMetrics } from "@slipway/runtime";
import { isControlPlaneMachine } from "../cluster/scope.ts";
import { type Connection, connect, isUnauthorized, type Probe } from "./connection.ts";
import type { DialWorkload, WorkloadClusters } from "./port.ts";

export interface WorkloadClustersOptions {
  readonly dial: DialWorkload;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** Silence after which the listeners are told once: the graces of the Cluster's and of the Machines' conditions. CORE-122 */
  readonly graceSeconds?: readonly number[];
  /** Tells the host:port of an API server that began to answer, where somebody knows: its cluster is then tried at once. */
  readonly answers?: (listener: (endpoint: string) => void) => () => void;
}

/** Upstream waits 30 s after every failure. A new control plane answers soon after its first server is there, so we ask more often. */
const firstRetrySeconds = 0.1;
const longestFirstRetrySeconds = 2;
const longestRetrySeconds = 10;

interface Tracked {
  readonly cluster: ObjectRef;
  connection: Connection | undefined;
  kubeconfig: string | undefined;
  /** host:port of the kubeconfig's server. */
  endpoint: string | undefined;
  failures: number;
  lastSuccess: Date | undefined;
  silence: readonly Timer[];
}

/**
 * Connections to the tenants' clusters: one per Cluster, made when its infrastructure is ready and its kubeconfig is there, kept
 * while it answers. The controller does the connecting and must run; `clusters` is what others read.
 */
export const createWorkloadClusters = (
  options: WorkloadClustersOptions,
): { clusters: WorkloadClusters; controller: Controller<Cluster> } => {
  const { dial, clock, log, metrics = noMetrics, graceSeconds = [50, 300] } = options;
  const tracked = new Map<string, Tracked>();
  const listeners = new Set<Parameters<WorkloadClusters["onChange"]>[0]>();
  const wakers = new Set<(cluster: ObjectRef) => void>();
  const tell: Parameters<WorkloadClusters["onChange"]>[0] = (cluster, node) => {
    for (const listener of listeners) listener(cluster, node);
  };

  const endSilence = (of: Tracked): void => {
    for (const timer of of.silence) timer.cancel();
    of.silence = [];
  };
  /** Nobody polls for how long a cluster has been silent: those who care are told when it matters. */
  const beginSilence = (of: Tracked): void => {
    if (of.silence.length > 0 || of.lastSuccess === undefined) return;
    const silentFor = clock.now().getTime() - of.lastSuccess.getTime();
    of.silence = graceSeconds
      .map((seconds) => seconds * 1000 - silentFor)
      .filter((left) => left >= 0)
      .map((left) => clock.setTimeout(() => tell(of.cluster), left + 1000));
  };
  const probed = (of: Tracked, probe: Probe): void => {
    const labels = metricLabels(of.cluster);
    metrics.gauge("capi_cluster_cache_healthcheck", labels, probe.ok ? 1 : 0);
    metrics.count("capi_cluster_cache_healthchecks_total", { ...labels, status: probe.ok ? "success" : "error" });
    if (probe.ok) {
      of.lastSuccess = clock.now();
      endSilence(of);
    } else {
      log.debug("a workload cluster's health probe failed", { cluster: refKey(of.cluster), error: probe.error });
      beginSilence(of);
    }
  };
  const disconnect = (of: Tracked): void => {
    if (!of.connection) return;
    of.connection.close();
    of.connection = undefined;
    metrics.gauge("capi_cluster_cache_connection_up", metricLabels(of.cluster), 0);
    tell(of.cluster);
  };
  const untrack = (key: string): void => {
    const gone = tracked.get(key);
    if (!gone) return;
    tracked.delete(key);
    endSilence(gone);
    disconnect(gone);
    for (const name of ["capi_cluster_cache_connection_up", "capi_cluster_cache_healthcheck"]) {
      metrics.remove(name, metricLabels(gone.cluster));
    }
  };

  const reconcile = async (ref: ObjectRef, { caches, log }: ReconcileContext): Promise<ReconcileResult> => {
    const key = refKey(ref);
    const cluster = caches.find(Cluster, ref);
    if (!cluster) {
      untrack(key);
      return {};
    }
    const secret = caches.find(Secret, { ...ref, name: clusterSecretName(ref.name, "kubeconfig") });
    const kubeconfig = secret?.data?.["value"];
    if (cluster.status?.infrastructureReady !== true || kubeconfig === undefined) return {};
    if (tracked.get(key)?.lastSuccess === undefined && awaitsServers(ref, caches)) return {};
    const state = tracked.get(key) ?? newTracked(ref);
    tracked.set(key, state);
    if (state.connection && state.kubeconfig === kubeconfig) return {};
    disconnect(state);
    if (state.kubeconfig !== kubeconfig) state.failures = 0;
    state.kubeconfig = kubeconfig;
    state.endpoint = /server: https:\/\/(\S+)/.exec(textFromBase64(kubeconfig))?.[1];
    try {
      state.connection = await connect({
        cluster: ref,
        kubeconfig: textFromBase64(kubeconfig),
        dial,
        secret: (name) => caches.find(Secret, { ...ref, name }),
        clock,
        log,
        probed: (probe) => probed(state, probe),
        nodeChanged: (node) => tell(ref, node),
        lost: () => {
          disconnect(state);
          for (const wake of wakers) wake(ref);
        },
      });
    } catch (error) {
      state.failures += 1;
      log.debug("a workload cluster cannot be reached", { error });
      beginSilence(state);
      return { recheckSeconds: isUnauthorized(error) ? longestRetrySeconds : retryAfter(state) };
    }
    state.failures = 0;
    log.info("connected to a workload cluster", {});
    metrics.gauge("capi_cluster_cache_connection_up", metricLabels(ref), 1);
    tell(ref);
    return {};
  };

  return {
    clusters: {
      find: (cluster) => tracked.get(refKey(cluster))?.connection?.workload,
      lastProbeSuccess: (cluster) => tracked.get(refKey(cluster))?.lastSuccess,
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    controller: {
      name: "clustercache",
      resource: Cluster,
      concurrency: 100,
      watches: [mapped(Secret, clusterOfKubeconfig), mapped(Machine, clusterOfControlPlane, serverAppeared)],
      sources: [
        (wake) => {
          wakers.add(wake);
          const forget = options.answers?.((endpoint) => {
            for (const of of tracked.values()) if (of.connection === undefined && of.endpoint === endpoint) wake(of.cluster);
          });
          return () => {
            forget?.();
            wakers.delete(wake);
            for (const key of [...tracked.keys()]) untrack(key);
          };
        },
      ],
      reconcile,
    },
  };
};

const retryAfter = ({ failures, lastSuccess }: Tracked): number => {
  const longest = lastSuccess === undefined ? longestFirstRetrySeconds : longestRetrySeconds;
  return Math.min(firstRetrySeconds * 2 ** Math.min(failures - 1, 10), longest);
};

/** Control plane Machines are on their way and none has a server yet: nobody can answer, and a Machine will tell when that changes. */
const awaitsServers = ({ namespace, name }: ObjectRef, caches: Caches): boolean => {
  const filter = { ...(namespace === undefined ? {} : { namespace }), labels: { [labels.clusterName]: name } };
  const machines = caches.list(Machine, filter).filter(isControlPlaneMachine);
  return machines.length > 0 && !machines.some(hasServer);
};

const hasServer = ({ status }: Machine): boolean => status?.infrastructureReady === true;

const clusterOfControlPlane = ({ metadata, spec }: Stored<Machine>): readonly ObjectRef[] => [
  { ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name: spec.clusterName },
];

const serverAppeared = (machine: Stored<Machine>, old: Stored<Machine> | undefined): boolean =>
  isControlPlaneMachine(machine) && hasServer(machine) && !(old && hasServer(old));

const newTracked = (cluster: ObjectRef): Tracked => ({
  cluster,
  connection: undefined,
  kubeconfig: undefined,
  endpoint: undefined,
  failures: 0,
  lastSuccess: undefined,
  silence: [],
});

const metricLabels = ({ name, namespace = "" }: ObjectRef) => ({ cluster_name: name, cluster_namespace: namespace });

const suffix = "-kubeconfig";

/** The name before the last dash is the cluster's. CORE-051 */
const clusterOfKubeconfig = (secret: Stored<Secret>): readonly ObjectRef[] => {
  const { name } = secret.metadata;
  return name.endsWith(suffix) ? [{ ...refOf(secret), name: name.slice(0, -suffix.length) }] : [];
};
