import { type Client, Cluster, Machine, MagnumCluster, Node, Secret } from "@slipway/api";
import { freshKeys, textFromBase64 } from "@slipway/api/pki/index.ts";
import { createMemoryStores, type Stores } from "@slipway/apiserver";
import { defaultSettings as magnumDefaults } from "@slipway/magnum";
import { type Cloud, createCloudConnector } from "@slipway/openstack";
import { createVirtualClock, type Logger, noMetrics, silentLog, type VirtualClock } from "@slipway/runtime";
import { type CloudSettings, defaultSettings, fastGuests, type GuestSettings, seedUsers } from "@slipway/sim";
import { signIn, type Tenant } from "../src/demo/tenant.ts";
import { createProviderHost } from "../src/providers/host.ts";
import { createSystem, type SimulatedWorld, type System } from "../src/system/system.ts";
import { dialSimulated } from "../src/workload/dial.ts";

const authUrl = "http://127.0.0.1:5000/v3";
const containerInfra = "http://127.0.0.1:9511/v1";
const passwords = { admin: "admin-password", demo: "demo-password", magnum: "magnum-password", other: "other-password" };
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
  /** Moves time, whatever happens. */
  advance(seconds: number): Promise<void>;
  /** Of everything in the cloud that a cluster is made of, all projects. */
  cloudCounts(): CloudCounts;
  setQuota(limits: { readonly [resource: string]: number }): Promise<void>;
  /** A tenant of another project. */
  readonly other: Tenant;
  /** The program dies, and another goes on from what is stored: the same story, later. */
  kill(): Promise<Story>;
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

export interface StoryOptions {
  readonly stores?: Stores;
  readonly clock?: VirtualClock;
  readonly cloud?: Partial<CloudSettings>;
  readonly guests?: Partial<GuestSettings>;
  /** Default: nothing is written. */
  readonly log?: Logger;
  readonly featureGates?: { readonly [gate: string]: boolean };
}

export const startStory = async (options: StoryOptions = {}): Promise<Story> => {
  const clock = options.clock ?? createVirtualClock({ start: new Date("2026-11-22T08:00:00Z") });
  const stores = options.stores ?? createMemoryStores({ clock });
  const power = { on: true };
  const system = await createSystem({
    stores: mortal(stores, power),
    clock,
    log: options.log ?? silentLog,
    metrics: noMetrics,
    providers: createProviderHost({ clock, run: `${clock.now().getTime()}`, nodeName: "story" }),
    version: "0.0.0",
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
      settings: defaultSettings({
        users: [
          ...seedUsers(passwords),
          { name: "other", password: passwords.other, grants: [{ project: "other", roles: ["member", "reader"] }] },
        ],
        projects: ["admin", "demo", "service", "other"].map((name) => ({ name, description: "" })),
        passwordHashIterations: 1,
        ...options.cloud,
      }),
      guests: { ...fastGuests, ...options.guests },
    },
    dialSimulated: (guests) => dialSimulated(guests, () => clock.now()),
    ...(options.featureGates === undefined ? {} : { api: { featureGates: options.featureGates } }),
  });
  const { world } = system;
  if (world === undefined) throw new Error("a story has a simulated cloud");
  await system.controllers.ready;
  const doors = {
    passwords,
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
      // Keys are made in real time: whoever is at it must not find that hours have passed.
      while (world.guests.working() > 0) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        await system.controllers.settled();
      }
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
    advance: (seconds) => clock.advance(seconds * 1000),
    other: await signIn(doors, "other"),
    cloudCounts: () => countAll(world),
    setQuota: (limits) => world.operator.setQuota("compute", "demo", limits),
    kill: async () => {
      power.on = false;
      // Nobody waits for the dead: a pass of theirs ends at its next write.
      void system.close().catch(() => undefined);
      return startStory({ ...options, stores, clock });
    },
    end: () => system.close(),
  };
};

/** A template as the cloud's seed allows it: small machines, a load balancer. */
export const makeTemplate = (story: Story, change: object = {}): Promise<{ readonly uuid: string }> =>
  story.tenant.call<{ readonly uuid: string }>("POST", "/clustertemplates", {
    name: "k8s",
    coe: "kubernetes",
    image_id: "ubuntu-2204-kube-v1.32.5",
    external_network_id: "public",
    flavor_id: "m1.medium",
    master_flavor_id: "m1.medium",
    master_lb_enabled: true,
    labels: { kube_tag: "v1.32.5" },
    ...change,
  });

/** What a tenant does who wants a cluster: a template, and a cluster of it. Unless told otherwise it is small, and called blue. */
export const askForCluster = async (
  story: Story,
  change: object = {},
  template: object = {},
): Promise<{ readonly uuid: string }> => {
  const { uuid: templateId } = await makeTemplate(story, template);
  const asked = { name: "blue", cluster_template_id: templateId, master_count: 1, node_count: 1, ...change };
  return story.tenant.call<{ readonly uuid: string }>("POST", "/clusters", asked);
};

export const isComplete = async (story: Story, uuid: string): Promise<boolean> =>
  (await story.cluster(uuid)).status === "CREATE_COMPLETE";

/** The same, and waits until it is there. */
export const makeCluster = async (...asked: Parameters<typeof askForCluster>): Promise<{ readonly uuid: string }> => {
  const [story] = asked;
  const { uuid } = await askForCluster(...asked);
  await story.until("the cluster is complete", () => isComplete(story, uuid));
  return { uuid };
};

export const connectorOf = (story: Story): ReturnType<typeof createCloudConnector> =>
  createCloudConnector({
    transportFor: () => story.world.cloud.transport,
    now: () => story.clock.now(),
    computeMicroversion: "2.63",
  });

/** The cloud as a person with a password has it. */
export const cloudOf = (story: Story, user: "demo" | "admin" | "other"): Cloud =>
  connectorOf(story)({
    cloudName: "c",
    cloudsYaml: JSON.stringify({
      clouds: {
        c: {
          auth: {
            auth_url: authUrl,
            username: user,
            password: passwords[user],
            project_name: user,
            user_domain_name: "Default",
            project_domain_name: "Default",
          },
        },
      },
    }),
  });

/** Once the power is off nothing is written any more: a pass dies at its next write, wherever that is. */
const mortal = (stores: Stores, power: { on: boolean }): Stores => {
  const guard =
    <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!power.on) throw new Error("the program is dead");
      return write(...args);
    };
  return {
    ...stores,
    store: (name, options) => {
      const storage = stores.store(name, options);
      return {
        ...storage,
        create: guard(storage.create),
        update: guard(storage.update),
        put: guard(storage.put),
        delete: guard(storage.delete),
        write: guard(storage.write),
        close: () => power.on && storage.close(),
      };
    },
    drop: guard(stores.drop),
    close: async () => {
      if (power.on) await stores.close();
    },
  };
};

type CloudCounts = ReturnType<typeof countAll>;

/** Tenants' groups only: each project has a default one as soon as anybody looks. */
const countAll = ({ cloud: { state } }: SimulatedWorld) => ({
  servers: state.servers.size,
  serverGroups: state.serverGroups.size,
  networks: state.networks.size,
  subnets: state.subnets.size,
  routers: state.routers.size,
  ports: state.ports.size,
  floatingIps: state.floatingIps.size,
  securityGroups: [...state.securityGroups.all()].filter(({ name }) => name !== "default").length,
  loadBalancers: state.loadBalancers.size,
  volumes: state.volumes.size,
  applicationCredentials: state.applicationCredentials.size,
});

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
