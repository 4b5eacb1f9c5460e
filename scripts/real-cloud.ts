/**
 * Slipway's OpenStack controllers against a real cloud: an OpenStackCluster to ready, its machines' servers to ACTIVE in a server
 * group, and all of it gone again. See docs/real-openstack.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  Cluster,
  customKinds,
  type KubeObject,
  Machine,
  OpenStackCluster,
  OpenStackMachine,
  OpenStackServer,
  type Resource,
  Secret,
  type Stored,
} from "@slipway/api";
import { createApiInMemory } from "@slipway/apiserver";
import { openStackClusterController, openStackMachineController, openStackServerController } from "@slipway/capi";
import { createCloudConnector, type Exchange } from "@slipway/openstack";
import { createHttpTransports } from "@slipway/openstack/transport/http.node.ts";
import { createLog, runControllers, systemClock } from "@slipway/runtime";
import { added, holdings } from "./realcloud/holdings.ts";
import {
  bootstrapSecret,
  cluster,
  identityOf,
  identitySecret,
  machine,
  openStackCluster,
  openStackMachine,
  type Wanted,
} from "./realcloud/objects.ts";
import { simulatedCloud } from "./realcloud/simulated.ts";
import { createShapes, losingAnswers } from "./realcloud/wire.ts";

const usage = `npx tsx scripts/real-cloud.ts --clouds clouds.yaml --cloud NAME --external-network NAME --image NAME --flavor NAME
  [--name trial] [--key NAME] [--control-planes 3] [--workers 2] [--bastion] [--no-load-balancer] [--trunk] [--root-volume GIB]
  [--ca FILE] [--timeout SECONDS] [--microversion 2.63] [--lose-answers] [--shapes FILE] [--verbose] [--keep]
or, in the place of --clouds and --cloud: --simulated`;

const { values: args } = parseArgs({
  options: {
    clouds: { type: "string" },
    cloud: { type: "string" },
    "external-network": { type: "string" },
    image: { type: "string" },
    flavor: { type: "string" },
    name: { type: "string", default: "trial" },
    key: { type: "string", default: "" },
    "control-planes": { type: "string", default: "3" },
    workers: { type: "string", default: "2" },
    bastion: { type: "boolean", default: false },
    trunk: { type: "boolean", default: false },
    "root-volume": { type: "string" },
    ca: { type: "string" },
    timeout: { type: "string", default: "900" },
    microversion: { type: "string", default: "2.63" },
    verbose: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    "no-load-balancer": { type: "boolean", default: false },
    "lose-answers": { type: "boolean", default: false },
    shapes: { type: "string" },
    simulated: { type: "boolean", default: false },
  },
});
const needed = (name: "clouds" | "cloud" | "external-network" | "image" | "flavor"): string => {
  const value = args[name];
  if (value !== undefined) return value;
  console.error(`--${name} is missing\n${usage}`);
  process.exit(2);
};

const simulated = args.simulated ? await simulatedCloud() : undefined;
const wanted: Wanted = {
  namespace: "magnum-system",
  name: args.name,
  cloudsYaml: simulated?.cloudsYaml ?? readFileSync(needed("clouds"), "utf8"),
  cloudName: simulated === undefined ? needed("cloud") : "simulated",
  caPem: args.ca === undefined ? undefined : readFileSync(args.ca, "utf8"),
  externalNetwork: needed("external-network"),
  image: needed("image"),
  flavor: needed("flavor"),
  keyName: args.key,
  serverGroup: `${args.name}-machines`,
  bastion: args.bastion,
  loadBalancer: !args["no-load-balancer"],
  trunk: args.trunk,
  rootVolumeGiB: args["root-volume"] === undefined ? undefined : Number(args["root-volume"]),
};
const machineNames = [
  ...Array.from({ length: Number(args["control-planes"]) }, (_, index) => ({
    name: `${wanted.name}-cp-${index}`,
    controlPlane: true,
  })),
  ...Array.from({ length: Number(args.workers) }, (_, index) => ({ name: `${wanted.name}-md-${index}`, controlPlane: false })),
];

const started = Date.now();
const say = (line: string) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s  ${line}`);
const problems: string[] = [];
const check = (what: string, holds: boolean, otherwise: unknown = "") => {
  say(`${holds ? "ok      " : "PROBLEM "}${what}${holds ? "" : ` ${JSON.stringify(otherwise)}`}`);
  if (!holds) problems.push(what);
};
const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + Number(args.timeout) * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) {
      say(what);
      return found;
    }
    if (Date.now() > deadline) throw new Error(`not within ${args.timeout} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};

const exchanges: Exchange[] = [];
const changes = () =>
  exchanges.filter(({ call }) => /_(create|update|delete|replace_all|remove_subports)$/.test(call) && call !== "token_create");
const shapes = createShapes();
const { transportFor, close } = simulated ?? createHttpTransports({ caPem: wanted.caPem });
const connect = { now: () => new Date(), computeMicroversion: args.microversion };
const connectCloud = createCloudConnector({
  ...connect,
  transportFor: (trust) => {
    const wire = shapes.record(transportFor(trust));
    return args["lose-answers"] ? losingAnswers(wire) : wire;
  },
  observe: (exchange) => exchanges.push(exchange),
});

// The script's own eyes: nothing of what it asks counts, and nothing is lost on the way.
const cloud = createCloudConnector({ ...connect, transportFor })({
  cloudsYaml: wanted.cloudsYaml,
  cloudName: wanted.cloudName,
  caPem: wanted.caPem,
});
const before = await holdings(cloud);
await cloud.compute.checkMicroversion();
const group = await cloud.compute.createServerGroup({ name: wanted.serverGroup, policy: "soft-anti-affinity" });
say(`server group ${group.name}, made with policies ${JSON.stringify(group.policies)} at ${args.microversion}`);

const api = await createApiInMemory({ kinds: customKinds, namespaces: [wanted.namespace] });
const { client } = api;
const log = createLog({ write: (line) => console.error(line), clock: systemClock, level: args.verbose ? "info" : "error" });
const options = { connectCloud };
const running = runControllers(
  [openStackClusterController(options), openStackMachineController(options), openStackServerController(options)],
  { client, clock: systemClock, log },
);
await running.ready;

const find = async <T extends KubeObject>(resource: Resource<T>, name: string): Promise<Stored<T> | undefined> =>
  client.get(resource, { namespace: wanted.namespace, name }).catch(() => undefined);

let failed: unknown;
try {
  await client.create(Secret, identitySecret(wanted));
  await client.create(Secret, bootstrapSecret(wanted));
  await build();
} catch (error) {
  failed = error;
  say(`FAILED ${error instanceof Error ? error.message : String(error)}`);
  for (const { name } of machineNames) {
    const server = await find(OpenStackServer, name);
    say(`  ${name}: ${server?.status?.instanceState ?? "no server"} ${JSON.stringify(server?.status?.conditions ?? [])}`);
  }
}
if (!args.keep) {
  try {
    await tearDown();
  } catch (error) {
    failed ??= error;
    say(`FAILED ${error instanceof Error ? error.message : String(error)}`);
  }
}
await running.stop();
await api.close();
await close();
if (args.shapes !== undefined) writeFileSync(args.shapes, `${shapes.lines().join("\n")}\n`);
report();
process.exit(failed === undefined && problems.length === 0 ? 0 : 1);

async function build(): Promise<void> {
  const owner = await client.create(Cluster, cluster(wanted));
  await client.create(OpenStackCluster, openStackCluster(wanted, owner.metadata.uid));
  const osc = await until("OpenStackCluster is ready", async () => {
    const found = await find(OpenStackCluster, wanted.name);
    return found?.status?.ready === true ? found : undefined;
  });
  const { spec, status } = osc;
  say(`endpoint ${spec.controlPlaneEndpoint?.host}:${spec.controlPlaneEndpoint?.port}, network ${status?.network?.id}`);
  const crn = `${wanted.namespace}-${wanted.name}`;
  const made = added(before, await holdings(cloud));
  const names = (kind: string) => (made[kind] ?? []).map((item) => item.replace(/ \(.*\)$/, ""));
  const network = `k8s-clusterapi-cluster-${crn}`;
  check(
    "one network, subnet and router, by upstream's name",
    ["networks", "subnets", "routers"].every((kind) => `${names(kind)}` === network),
    made,
  );
  check("security groups for control plane and workers", names("security groups").length === (wanted.bastion ? 3 : 2), made);
  if (wanted.loadBalancer) {
    check(
      "a load balancer with listener, pool and monitor",
      `${names("load balancers")}` === `${network}-kubeapi` &&
        ["listeners", "pools", "health monitors"].every((kind) => `${names(kind)}` === `${network}-kubeapi-6443`),
      made,
    );
  }
  for (const { name, controlPlane } of machineNames) {
    const { metadata } = await client.create(Machine, machine(wanted, name, controlPlane));
    await client.create(OpenStackMachine, openStackMachine(wanted, name, metadata.uid));
  }
  await until(`${machineNames.length} OpenStackMachines are ready`, async () => {
    const machines = await Promise.all(machineNames.map(({ name }) => find(OpenStackMachine, name)));
    return machines.every((one) => one?.status?.ready === true) ? machines : undefined;
  });
  await checkMachines(osc.status?.network?.id ?? "");
  await checkEndpoint(spec.controlPlaneEndpoint?.host ?? "");
  if (wanted.bastion) {
    await until(
      "the bastion has its floating IP",
      async () => (await find(OpenStackCluster, wanted.name))?.status?.bastion?.floatingIP,
    );
  }
  await checkIdle();
}

async function untilMembers(): Promise<void> {
  await until("control plane machines are members of the load balancer", async () => {
    const [pool] = await cloud.loadBalancing.listPools({
      name: `k8s-clusterapi-cluster-${wanted.namespace}-${wanted.name}-kubeapi-6443`,
    });
    const seats = await Promise.all(
      machineNames
        .filter(({ controlPlane }) => controlPlane)
        .map(({ name }) => cloud.loadBalancing.listMembers({ poolId: pool?.id ?? "", name: `${pool?.name}-${name}` })),
    );
    return seats.every((found) => found.length === 1) ? seats : undefined;
  });
}

/** Without a load balancer the address becomes ACTIVE with the first control plane machine. */
async function checkEndpoint(address: string): Promise<void> {
  await until("the endpoint is an ACTIVE floating IP", async () => {
    const [found] = await cloud.network.listFloatingIps({ address });
    return found?.status === "ACTIVE" && found.tags.includes(wanted.name) ? found : undefined;
  });
}

async function checkMachines(networkId: string): Promise<void> {
  const servers = (await Promise.all(machineNames.map(({ name }) => cloud.compute.listServersNamed(name)))).flat();
  check(
    "each machine has one server, ACTIVE",
    servers.length === machineNames.length && servers.every(({ status }) => status === "ACTIVE"),
    servers,
  );
  check(
    "servers bear the cluster's tags",
    servers.every(({ tags }) => tags.includes(wanted.name)),
    servers.map(({ tags }) => tags),
  );
  const members = (await cloud.compute.findServerGroup(group.id))?.members ?? [];
  check(
    "all servers are in the server group",
    servers.every(({ id }) => members.includes(id)),
    members,
  );
  // Load balancers of some providers have ports of their own on the network.
  const ports = (await cloud.network.listPorts({ networkId })).filter(({ name }) => name.startsWith(wanted.name));
  const wantedPorts = machineNames.map(({ name }) => `${name}-0`);
  check(
    "each server has one port, named and bound",
    wantedPorts.every(
      (name) => ports.filter((port) => port.name === name && port.deviceOwner.startsWith("compute:")).length === 1,
    ),
    ports,
  );
  if (wanted.loadBalancer) await untilMembers();
  const machines = await Promise.all(machineNames.map(({ name }) => find(OpenStackMachine, name)));
  check(
    "provider ids have three slashes",
    machines.every((one) => /^openstack:\/\/\/[0-9a-f-]{36}$/.test(one?.spec.providerID ?? "")),
    machines.map((one) => one?.spec.providerID),
  );
}

/** Everything is looked at once more: nothing may be changed by it. */
async function checkIdle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const changed = changes().length;
  running.wake("openstackcluster", { namespace: wanted.namespace, name: wanted.name });
  for (const { name } of machineNames) {
    running.wake("openstackmachine", { namespace: wanted.namespace, name });
    running.wake("openstackserver", { namespace: wanted.namespace, name });
  }
  await new Promise((resolve) => setTimeout(resolve, 5000));
  check("a second look changes nothing in the cloud", changes().length === changed, changes().slice(changed));
}

async function tearDown(): Promise<void> {
  for (const { name } of machineNames) {
    await client.delete(OpenStackMachine, { namespace: wanted.namespace, name }).catch(() => {});
  }
  await until("all machines are gone", async () => {
    const left = await Promise.all(
      machineNames.flatMap(({ name }) => [find(OpenStackMachine, name), find(OpenStackServer, name)]),
    );
    return left.every((one) => one === undefined) ? true : undefined;
  });
  for (const { name } of machineNames) await client.delete(Machine, { namespace: wanted.namespace, name }).catch(() => {});
  await client.delete(OpenStackCluster, { namespace: wanted.namespace, name: wanted.name }).catch(() => {});
  await until("the OpenStackCluster is gone", async () =>
    (await find(OpenStackCluster, wanted.name)) === undefined ? true : undefined,
  );
  await cloud.compute.deleteServerGroup(group.id);
  const left = added(before, await holdings(cloud));
  check("the project holds what it held before", Object.keys(left).length === 0, left);
}

function report(): void {
  const byCall = new Map<string, { count: number; seconds: number; failed: number }>();
  for (const { call, seconds, failed: wrong } of exchanges) {
    const row = byCall.get(call) ?? { count: 0, seconds: 0, failed: 0 };
    byCall.set(call, { count: row.count + 1, seconds: row.seconds + seconds, failed: row.failed + (wrong ? 1 : 0) });
  }
  console.log("\n  requests  refused  mean ms  call");
  for (const [call, { count, seconds, failed: wrong }] of [...byCall].sort((a, b) => b[1].count - a[1].count)) {
    console.log(
      `${String(count).padStart(10)}${String(wrong).padStart(9)}${String(Math.round((seconds / count) * 1000)).padStart(9)}  ${call}`,
    );
  }
  console.log(`${String(exchanges.length).padStart(10)}  in all; identity ${identityOf(wanted).name}`);
  console.log(
    problems.length === 0 && failed === undefined
      ? "\nEverything held."
      : `\n${problems.length} problems: ${problems.join("; ")}`,
  );
}
