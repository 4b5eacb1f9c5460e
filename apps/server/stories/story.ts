import { type Client, Cluster, Machine, MagnumCluster, Node, Secret } from "@slipway/api";
import { freshKeys, textFromBase64 } from "@slipway/api/pki/index.ts";
import { createMemoryStores, type Stores } from "@slipway/apiserver";
import { defaultSettings as magnumDefaults } from "@slipway/magnum";
import { createVirtualClock, noMetrics, silentLog, type VirtualClock } from "@slipway/runtime";
import { type CloudSettings, defaultSettings, fastGuests, type GuestSettings, seedUsers } from "@slipway/sim";
import { signIn, type Tenant } from "../src/demo/tenant.ts";
import { createSystem, type SimulatedWorld, type System } from "../src/system/system.ts";
import { dialSimulated } from "../src/workload/dial.ts";

const authUrl = "http://127.0.0.1:5000/v3";
const containerInfra = "http://127.0.0.1:9511/v1";
const passwords = { admin: "admin-password", demo: "demo-password", magnum: "magnum-password" };
export const namespace = "magnum-system";

/** The whole of Slipway in one process, with a clock that only a story moves. */
export interface Story {
  readonly system: System;
  readonly world: SimulatedWorld;
  readonly clock: VirtualClock;
  readonly client: Client;
  readonly tenant: Tenant;
  readonly admin: Tenant;
  /** Lets the system come to rest, moving time from timer to timer, until it is so. @throws after `hours` of virtual time */
  until(what: string, condition: () => boolean | Promise<boolean>, hours?: number): Promise<void>;
  cluster(uuid: string): Promise<ClusterView>;
  /** The tenant's own cluster, as the holder of the kubeconfig Secret. */
  workload(name: string): Promise<Client>;
  nodes(name: string): Promise<readonly string[]>;
  /** Ends everything as a kill would: nothing is closed in order; what is stored is all that is left. */
  kill(): Promise<Stores>;
  end(): Promise<void>;
}

export interface ClusterView {
  readonly uuid: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly health_status: string | null;
  readonly stack_id?: string;
  readonly cluster_id?: string;
  readonly node_count: number;
  readonly master_count: number;
  readonly coe_version: string | null;
}

export const startStory = async (
  options: {
    readonly stores?: Stores;
    readonly clock?: VirtualClock;
    readonly cloud?: Partial<CloudSettings>;
    readonly guests?: Partial<GuestSettings>;
  } = {},
): Promise<Story> => {
  const clock = options.clock ?? createVirtualClock({ start: new Date("2026-11-22T08:00:00Z") });
  const stores = options.stores ?? createMemoryStores({ clock });
  const system = await createSystem({
    stores,
    clock,
    log: silentLog,
    metrics: noMetrics,
    // ECDSA: a story is about clusters, not about how long RSA takes.
    keys: freshKeys("ecdsa-p256"),
    magnum: { ...magnumDefaults, authUrl, publicAuthUrl: authUrl },
    computeMicroversion: "2.63",
    serviceIdentity: {
      cloudsYaml: JSON.stringify({
        clouds: {
          service: {
            auth: {
              auth_url: authUrl,
              username: "magnum",
              password: passwords.magnum,
              project_name: "service",
              user_domain_name: "Default",
              project_domain_name: "Default",
            },
          },
        },
      }),
      cloudName: "service",
    },
    cloud: {
      mode: "simulated",
      settings: defaultSettings({ users: seedUsers(passwords), passwordHashIterations: 1, ...options.cloud }),
      guests: { ...fastGuests, ...options.guests },
    },
    dialSimulated: (guests) => dialSimulated(guests, () => clock.now()),
  });
  const { world } = system;
  if (world === undefined) throw new Error("a story has a simulated cloud");
  await system.controllers.ready;
  const doors = {
    passwords: { admin: passwords.admin, demo: passwords.demo },
    world,
    magnum: system.magnum,
    authUrl,
    containerInfra,
  };
  const client = system.controllers.client;
  const tenant = await signIn(doors, "demo");

  const until = async (what: string, condition: () => boolean | Promise<boolean>, hours = 6): Promise<void> => {
    const deadline = clock.now().getTime() + hours * 3_600_000;
    for (;;) {
      await system.controllers.settled();
      if (await condition()) return;
      const next = clock.nextTimer()?.getTime();
      if (next === undefined || next > deadline) throw new Error(`${what}: not so after ${hours} h. ${await describe(client)}`);
      await clock.advance(Math.max(1, next - clock.now().getTime()));
    }
  };
  const workload = async (name: string): Promise<Client> => {
    const secret = await client.get(Secret, { namespace, name: `${name}-kubeconfig` });
    return (await dialSimulated(world.guests, () => clock.now())(textFromBase64(secret.data?.["value"] ?? ""))).client;
  };
  return {
    system,
    world,
    clock,
    client,
    tenant,
    admin: await signIn(doors, "admin"),
    until,
    cluster: (uuid) => tenant.call<ClusterView>("GET", `/clusters/${uuid}`),
    workload,
    nodes: async (name) => (await (await workload(name)).list(Node)).items.map((node) => node.metadata.name),
    kill: async () => {
      await system.controllers.stop();
      world.stop();
      return stores;
    },
    end: () => system.close(),
  };
};

/** Where everything stands: what a failed story prints. */
const describe = async (client: Client): Promise<string> => {
  const [records, clusters, machines] = await Promise.all([
    client.list(MagnumCluster),
    client.list(Cluster),
    client.list(Machine),
  ]);
  return JSON.stringify(
    {
      magnum: records.items.map(({ spec, status }) => [spec.name, status?.status, status?.statusReason]),
      clusters: clusters.items.map(({ metadata, status }) => [
        metadata.name,
        status?.phase,
        status?.conditions?.map(({ type, status: is, reason }) => `${type}=${is} ${reason ?? ""}`),
      ]),
      machines: machines.items.map(({ metadata, status }) => [
        metadata.name,
        status?.phase,
        status?.conditions
          ?.filter(({ status: is }) => is !== "True")
          .map(({ type, reason, message }) => `${type} ${reason ?? ""} ${message ?? ""}`),
      ]),
    },
    undefined,
    1,
  );
};
