import {
  Cluster,
  type KubeObject,
  Machine,
  OpenStackCluster,
  type OpenStackClusterSpec,
  OpenStackMachine,
  type OpenStackMachineSpec,
  OpenStackServer,
  type Resource,
  Secret,
} from "@slipway/api";
import { createCloudConnector, type Transport } from "@slipway/openstack";
import { silentLog, type VirtualClock } from "@slipway/runtime";
import { type CloudSettings, createCloud, defaultSettings, memoryCloudStorage, seedUsers } from "@slipway/sim/cloud/index.ts";
import { openStackClusterController } from "../openstackcluster/index.ts";
import { openStackFloatingIPPoolController } from "../openstackfloatingippool/index.ts";
import { openStackMachineController } from "../openstackmachine/index.ts";
import { openStackServerController } from "../openstackserver/index.ts";
import { atEnd, namespace, startManagementCluster } from "./managementcluster.test-support.ts";

const cloudsYaml = `clouds:
  demo:
    auth: {auth_url: "http://127.0.0.1:5000/v3", username: demo, password: demo-secret, user_domain_name: Default,
           project_name: demo, project_domain_name: Default}
    region_name: RegionOne
`;
export const identityRef = { name: "cloud-config", cloudName: "demo" };
export const machineSpec: OpenStackMachineSpec = {
  image: { filter: { name: "ubuntu-2204-kube-v1.31.1" } },
  flavor: "m1.small",
  sshKeyName: "demo",
};

export interface OpenStackOptions {
  readonly settings?: Partial<CloudSettings>;
  /** Between the controllers and the cloud. */
  readonly wire?: (transport: Transport) => Transport;
}

/** The OpenStack controllers between an API in memory and a simulated cloud, all on one clock that stands still. */
export const startOpenStack = async ({ settings = {}, wire = (transport) => transport }: OpenStackOptions = {}) => {
  let transport: Transport = async () => {
    throw new Error("the cloud is not there yet");
  };
  const connectOn = (clock: VirtualClock) =>
    createCloudConnector({ now: () => clock.now(), transportFor: () => wire((request) => transport(request)) });
  const management = await startManagementCluster((clock) => {
    const options = { connectCloud: connectOn(clock) };
    return [
      openStackClusterController,
      openStackMachineController,
      openStackServerController,
      openStackFloatingIPPoolController,
    ].map((make) => make(options));
  });
  const { client, clock } = management;
  const cloud = await createCloud({
    storage: memoryCloudStorage(),
    clock,
    settings: defaultSettings({
      users: seedUsers({ admin: "admin-secret", demo: "demo-secret", magnum: "magnum-secret" }),
      passwordHashIterations: 1,
      ...settings,
    }),
    guests: () => ({ powerOn: () => {}, powerOff: () => {}, stopKubelet: () => {}, destroy: () => {}, consoleOutput: () => [] }),
    log: silentLog,
  });
  atEnd(() => cloud.stop());
  transport = cloud.transport;
  const tenant = createCloudConnector({ now: () => clock.now(), transportFor: () => cloud.transport })({
    cloudsYaml,
    cloudName: "demo",
  });
  await client.create(Secret, secret("cloud-config", { "clouds.yaml": btoa(cloudsYaml) }));

  const createCluster = async (spec: Partial<OpenStackClusterSpec> = {}, name = "one") => {
    const reference = { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackCluster", name, namespace };
    const owner = await client.create(Cluster, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { name, namespace },
      spec: { infrastructureRef: reference },
    });
    await client.create(OpenStackCluster, {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
      kind: "OpenStackCluster",
      metadata: {
        name,
        namespace,
        labels: { "cluster.x-k8s.io/cluster-name": name },
        ownerReferences: [{ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", name, uid: owner.metadata.uid }],
      },
      spec: { identityRef, managedSubnets: [{ cidr: "10.6.0.0/24" }], ...managedDefaults, ...spec },
    });
  };
  const createMachine = async (
    name: string,
    options: { controlPlane?: boolean; spec?: Partial<OpenStackMachineSpec>; zone?: string; cluster?: string } = {},
  ) => {
    const { controlPlane = false, spec = {}, zone, cluster = "one" } = options;
    const role: { readonly [label: string]: string } = controlPlane ? { "cluster.x-k8s.io/control-plane": "" } : {};
    await client.create(Secret, secret(`${name}-data`, { value: btoa("#cloud-config\n") })).catch(() => {});
    const machine = await client.create(Machine, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Machine",
      metadata: { name, namespace, labels: { "cluster.x-k8s.io/cluster-name": cluster, ...role } },
      spec: {
        clusterName: cluster,
        bootstrap: { dataSecretName: `${name}-data` },
        infrastructureRef: { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackMachine", name, namespace },
        ...(zone === undefined ? {} : { failureDomain: zone }),
      },
    });
    await client.create(OpenStackMachine, {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
      kind: "OpenStackMachine",
      metadata: {
        name,
        namespace,
        labels: { "cluster.x-k8s.io/cluster-name": cluster },
        ownerReferences: [
          { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Machine", name, uid: machine.metadata.uid, controller: true },
        ],
      },
      spec: { ...machineSpec, ...spec },
    });
  };
  const remove = (resource: Resource<KubeObject>, name: string) => client.delete(resource, { namespace, name });
  return {
    ...management,
    cloud,
    tenant,
    createCluster,
    createMachine,
    deleteMachine: async (name: string) => {
      await remove(OpenStackMachine, name);
      await management.advance(60);
      await remove(Machine, name).catch(() => {});
    },
    deleteCluster: async (name = "one") => {
      await remove(OpenStackCluster, name);
      await management.advance(120);
    },
    cluster: (name = "one") => management.get(OpenStackCluster, name),
    machine: (name: string) => management.get(OpenStackMachine, name),
    server: (name: string) => management.get(OpenStackServer, name),
    /** `POST network /v2.0/ports`: what changed the cloud, in order. */
    changes: () =>
      cloud.audit
        .entries()
        .filter(({ method, path }) => method !== "GET" && !path.endsWith("/auth/tokens"))
        .map(({ method, service, path }) => `${method} ${service} ${path}`),
    /** Names of everything that the project holds, by kind; kinds of which it holds nothing are left out. */
    holds: async () => holdings(cloud),
  };
};

const managedDefaults: Partial<OpenStackClusterSpec> = {
  managedSecurityGroups: { allowAllInClusterTraffic: false },
  apiServerLoadBalancer: { enabled: true },
};

const secret = (name: string, data: { readonly [key: string]: string }): Secret =>
  ({ apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, data }) as Secret;

type SimulatedCloud = Awaited<ReturnType<typeof createCloud>>;

const holdings = ({ state }: SimulatedCloud): { readonly [kind: string]: readonly string[] } => {
  const project = state.projects.by("name", "demo")[0]?.id;
  const named = (records: Iterable<object>): readonly string[] =>
    [...records]
      .map((record) => record as { name?: string; project_id?: string; floating_ip_address?: string })
      .filter((record) => record.project_id === project)
      .map((record) => record.floating_ip_address ?? record.name ?? "")
      .sort();
  const all = {
    servers: named(state.servers.all()),
    networks: named(state.networks.all()),
    subnets: named(state.subnets.all()),
    routers: named(state.routers.all()),
    ports: named(state.ports.all()),
    trunks: named(state.trunks.all()),
    floatingIps: named(state.floatingIps.all()),
    securityGroups: named(state.securityGroups.all()).filter((name) => name !== "default"),
    loadBalancers: named(state.loadBalancers.all()),
    listeners: named(state.listeners.all()),
    pools: named(state.pools.all()),
    monitors: named(state.healthMonitors.all()),
    members: named(state.members.all()),
    volumes: named(state.volumes.all()),
  };
  return Object.fromEntries(Object.entries(all).filter(([, names]) => names.length > 0));
};
