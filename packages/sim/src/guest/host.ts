import { bootGuest, type GuestClock } from "./boot.ts";
import type { CloudNetwork, GuestHost, GuestServer } from "./port.ts";
import type { GuestNode, GuestRecord, GuestRecords } from "./records.ts";
import type { GuestSettings } from "./settings.ts";
import { type Mistrust, mistrust } from "./trust.ts";
import type { OpenWorkloadApi } from "./workload/api.ts";
import { createWorkloadCluster, type WorkloadCluster } from "./workload/cluster.ts";
import { emptyEtcd } from "./workload/etcd.ts";

/** All guests of the simulated cloud, and the workload clusters that they form. */
export interface Guests extends GuestHost {
  /** Reopens the workload clusters of before a restart. Call before the cloud powers its servers on again. */
  restore(): Promise<void>;
  /** Who answers a connection to this address and port: a workload cluster's API server, or nobody. */
  connect(address: string, port: number): GuestEndpoint | undefined;
  clusters(): readonly WorkloadCluster[];
  /** The nodes of a cluster whose servers run, the oldest first. */
  nodes(cluster: WorkloadCluster): readonly GuestNode[];
  /** What the API server of a node shows who connects to it, in PEM; undefined when its server is down. */
  servingCertificate(cluster: WorkloadCluster, nodeName: string): string | undefined;
  /** Parts of a cluster that ought to speak with each other and would refuse to, because of their certificates. */
  mistrust(cluster: WorkloadCluster): readonly Mistrust[];
  /** Told when a node joined, or power came or went: `connect` may answer otherwise now. */
  onChange(listener: () => void): () => void;
  /** Told the endpoint (host:port) of a cluster one of whose API servers began to answer. */
  onAnswer(listener: (endpoint: string) => void): () => void;
  /** Its server runs. */
  isAlive(serverId: string): boolean;
  /** How many guests boot and wait neither for time to pass nor for somebody to answer: a clock that is moved meanwhile is unfair to them. */
  working(): number;
  /** Waits for boots that are under way and closes the clusters' stores. */
  close(): Promise<void>;
}

export interface GuestEndpoint {
  readonly cluster: WorkloadCluster;
  readonly node: GuestNode;
}

export interface GuestLog {
  info(message: string, fields?: { readonly [field: string]: unknown }): void;
  warn(message: string, fields?: { readonly [field: string]: unknown }): void;
}

interface Guest {
  server: GuestServer;
  record: GuestRecord;
  alive: boolean;
  /** Ends a boot under way when the server is deleted. */
  readonly stop: AbortController;
  timer: { cancel(): void } | undefined;
  /** Its kubelet is refused, or refuses: its node falls silent when this is still so after the grace period. */
  refused: { cancel(): void } | undefined;
}

export const createGuests = (options: {
  /** Asked for late, since the cloud is made with its guests. */
  readonly network: () => CloudNetwork;
  readonly openApi: OpenWorkloadApi;
  readonly records: GuestRecords;
  readonly clock: GuestClock;
  readonly settings: GuestSettings;
  readonly log: GuestLog;
}): Guests => {
  const { records, clock, settings, log } = options;
  const guests = new Map<string, Guest>();
  const clusters = new Map<string, WorkloadCluster>();
  const boots = new Set<Promise<void>>();
  const listeners = new Set<() => void>();
  const answerListeners = new Set<(endpoint: string) => void>();
  const answers = (guest: Guest) => {
    const cluster = guest.record.node?.controlPlane === true ? clusterOf(guest) : undefined;
    if (cluster?.isServing()) for (const listener of answerListeners) listener(cluster.record().endpoint);
  };
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const isAlive = (serverId: string) => guests.get(serverId)?.alive ?? false;
  const openCluster = async (record: Parameters<typeof createWorkloadCluster>[0]["record"]): Promise<WorkloadCluster> => {
    const api = await options.openApi({ clusterId: record.id, kubernetesVersion: record.kubernetesVersion, caPem: record.caPem });
    const cluster = createWorkloadCluster({ record, api, records, isAlive });
    clusters.set(record.id, cluster);
    return cluster;
  };
  const save = async (guest: Guest, change: Partial<GuestRecord>) => {
    guest.record = { ...guest.record, ...change };
    if (guests.get(guest.server.id) === guest) await records.saveGuest(guest.record);
  };
  const connect = (address: string, port: number): GuestEndpoint | undefined => {
    for (const backend of options.network().route(address, port)) {
      const node = guests.get(backend.serverId)?.record.node;
      const cluster = node === undefined ? undefined : clusters.get(node.clusterId);
      if (node === undefined || cluster === undefined || !isAlive(backend.serverId)) continue;
      if (node.controlPlane && node.bindPort === backend.port && cluster.isServing()) return { cluster, node };
    }
    return undefined;
  };

  /** Until somebody answers there, the time is up, or the server is deleted. */
  const reach = async (endpoint: string, signal: AbortSignal): Promise<WorkloadCluster | undefined> => {
    const at = endpoint.lastIndexOf(":");
    const [address, port] = [endpoint.slice(0, at).replace(/^\[|\]$/g, ""), Number(endpoint.slice(at + 1))];
    const deadline = clock.now().getTime() + settings.joinTimeoutSeconds * 1000;
    for (;;) {
      const found = connect(address, port);
      if (found !== undefined) return found.cluster;
      if (clock.now().getTime() >= deadline || signal.aborted) return undefined;
      await resting(nextChange(Math.min(5000, deadline - clock.now().getTime()), signal));
    }
  };
  const nextChange = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        listeners.delete(done);
        forget();
        timer.cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const forget = options.network().onChange(done);
      const timer = clock.setTimeout(done, milliseconds);
      listeners.add(done);
      signal.addEventListener("abort", done, { once: true });
    });

  let working = 0;
  const resting = async <T>(wait: Promise<T>): Promise<T> => {
    working -= 1;
    try {
      return await wait;
    } finally {
      working += 1;
    }
  };
  const bootClock: GuestClock = {
    now: () => clock.now(),
    sleep: (milliseconds, signal) => resting(clock.sleep(milliseconds, signal)),
    setTimeout: (callback, milliseconds) => clock.setTimeout(callback, milliseconds),
  };

  const boot = (guest: Guest) => {
    working += 1;
    const run = bootGuest({
      server: guest.server,
      clock: bootClock,
      settings,
      signal: guest.stop.signal,
      reach: (endpoint) => reach(endpoint, guest.stop.signal),
      createCluster: async (wanted) => {
        const id = guest.server.id;
        const known = clusters.get(id);
        if (known !== undefined) return known;
        const record = { id, ...wanted, etcd: emptyEtcd };
        await records.saveCluster(record);
        return openCluster(record);
      },
      saveNode: (node) => save(guest, { node }),
      nodesOf,
    }).then(async ({ joined, console }) => {
      if (guest.stop.signal.aborted) return;
      await save(guest, { state: joined ? "joined" : "failed", console });
      (joined ? log.info : log.warn)(joined ? "guest joined its cluster" : "guest did not join a cluster", {
        server: guest.server.name,
        serverId: guest.server.id,
        ...(joined ? {} : { lastLine: console.at(-1) }),
      });
      changed();
      reviewTrust(clusterOf(guest));
      answers(guest);
    });
    const tracked = run.catch((error: unknown) => {
      if (!guest.stop.signal.aborted)
        log.warn("guest crashed while booting", { server: guest.server.name, error: String(error) });
    });
    boots.add(tracked);
    void tracked.finally(() => {
      boots.delete(tracked);
      working -= 1;
    });
  };

  const clusterOf = (guest: Guest): WorkloadCluster | undefined =>
    guest.record.node === undefined ? undefined : clusters.get(guest.record.node.clusterId);

  const running = (cluster: WorkloadCluster): readonly Guest[] =>
    [...guests.values()].filter((guest) => guest.alive && clusterOf(guest) === cluster);
  const nodesOf = (cluster: WorkloadCluster): readonly GuestNode[] =>
    running(cluster).flatMap(({ record: { node } }) => (node === undefined ? [] : [node]));

  /** After control plane nodes came or went: who is refused now is silent after a while, who is not any more reports again. */
  const reviewTrust = (cluster: WorkloadCluster | undefined) => {
    if (cluster === undefined) return;
    const found = mistrust(nodesOf(cluster)).filter(({ part }) => part === "kubelet");
    for (const guest of running(cluster)) {
      const why = found.find(({ node }) => node === guest.record.node?.name);
      if (why === undefined) {
        if (guest.refused === undefined) continue;
        guest.refused.cancel();
        guest.refused = undefined;
        background(reportReady(guest, "True"), "reporting a trusted node", guest);
      } else if (guest.refused === undefined) {
        log.warn("a kubelet and an API server refuse each other", { node: why.node, message: why.message });
        guest.refused = clock.setTimeout(
          () => background(reportReady(guest, "Unknown"), "marking a refused node", guest),
          settings.nodeMonitorGraceSeconds * 1000,
        );
      }
    }
  };

  const background = (work: Promise<unknown>, what: string, guest: Guest) => {
    const tracked = work.then(
      () => undefined,
      (error: unknown) => log.warn(`${what} failed`, { server: guest.server.name, error: String(error) }),
    );
    boots.add(tracked);
    void tracked.finally(() => boots.delete(tracked));
  };

  const reportReady = async (guest: Guest, ready: "True" | "Unknown") => {
    const cluster = clusterOf(guest);
    await cluster?.membersChanged();
    changed();
    if (ready === "True") answers(guest);
    if (cluster?.isServing() && guest.record.node !== undefined)
      await cluster.setNodeReady(guest.record.node.name, ready, nowText(clock));
  };

  const dead = new Set<{ cancel(): void }>();
  /** Nobody tells a cluster that a server was deleted: its node falls silent, unless somebody has removed it by then. */
  const silence = (guest: Guest) => {
    const timer = clock.setTimeout(() => {
      dead.delete(timer);
      background(reportReady(guest, "Unknown"), "marking a lost node", guest);
    }, settings.nodeMonitorGraceSeconds * 1000);
    dead.add(timer);
  };

  return {
    restore: async () => {
      for (const record of records.clusters()) await openCluster(record);
    },
    powerOn: (server) => {
      const known = guests.get(server.id);
      const record = known?.record ?? records.findGuest(server.id);
      known?.timer?.cancel();
      const guest: Guest = {
        server,
        record: record ?? { serverId: server.id, state: "booting", console: [] },
        alive: true,
        stop: new AbortController(),
        timer: undefined,
        refused: undefined,
      };
      guests.set(server.id, guest);
      // cloud-init runs once a disk: a guest that had joined or failed before only starts its kubelet again.
      if (guest.record.state === "booting") boot(guest);
      else if (guest.record.state === "joined") background(reportReady(guest, "True"), "reporting a started node", guest);
      reviewTrust(clusterOf(guest));
    },
    powerOff: (serverId) => {
      const guest = guests.get(serverId);
      if (guest === undefined || !guest.alive) return;
      guest.alive = false;
      background(clusterOf(guest)?.membersChanged() ?? Promise.resolve(), "electing an etcd leader", guest);
      guest.timer = clock.setTimeout(
        () => background(reportReady(guest, "Unknown"), "marking a silent node", guest),
        settings.nodeMonitorGraceSeconds * 1000,
      );
      changed();
    },
    stopKubelet: (serverId) => {
      const guest = guests.get(serverId);
      if (guest === undefined || !guest.alive) return;
      guest.timer?.cancel();
      guest.timer = clock.setTimeout(
        () => background(reportReady(guest, "Unknown"), "marking a silent node", guest),
        settings.nodeMonitorGraceSeconds * 1000,
      );
    },
    destroy: (serverId) => {
      const guest = guests.get(serverId);
      if (guest === undefined) return;
      guest.alive = false;
      guest.timer?.cancel();
      guest.refused?.cancel();
      guest.stop.abort();
      guests.delete(serverId);
      const cluster = clusterOf(guest);
      const last =
        guest.record.node?.controlPlane === true &&
        ![...guests.values()].some((other) => other.record.node?.controlPlane && clusterOf(other) === cluster);
      const leave = async () => {
        await records.dropGuest(serverId);
        if (cluster === undefined) return;
        if (!last) {
          reviewTrust(cluster);
          silence(guest);
          return cluster.membersChanged();
        }
        clusters.delete(cluster.record().id);
        await records.dropCluster(cluster.record().id);
        await cluster.api.drop();
      };
      background(leave(), "removing a guest", guest);
      changed();
    },
    consoleOutput: (serverId) => guests.get(serverId)?.record.console ?? [],
    connect,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onAnswer: (listener) => {
      answerListeners.add(listener);
      return () => void answerListeners.delete(listener);
    },
    isAlive,
    nodes: nodesOf,
    mistrust: (cluster) => mistrust(nodesOf(cluster)),
    servingCertificate: (cluster, nodeName) =>
      [...guests.values()].find(
        ({ alive, record: { node } }) => alive && node?.name === nodeName && node.clusterId === cluster.record().id,
      )?.record.node?.serving?.certificatePem,
    clusters: () => [...clusters.values()],
    working: () => working,
    close: async () => {
      for (const timer of dead) timer.cancel();
      for (const guest of guests.values()) {
        guest.stop.abort();
        guest.timer?.cancel();
        guest.refused?.cancel();
      }
      await Promise.all(boots);
      await Promise.all([...clusters.values()].map((cluster) => cluster.api.close()));
    },
  };
};

const nowText = (clock: GuestClock): string => `${clock.now().toISOString().slice(0, 19)}Z`;
