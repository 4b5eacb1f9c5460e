import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cloud, createCloud } from "./cloud.ts";
import { memoryCloudStorage } from "./state/storage.ts";
import { passwords, realClock, recordingGuests, strictLog, testSettings } from "./testing/harness.ts";
import { freePorts, listen } from "./testing/listen.ts";

const program = "/usr/bin/openstack";

interface Said {
  // biome-ignore lint/suspicious/noExplicitAny: what a program prints is looked into freely
  readonly json: any;
  readonly text: string;
}

/** One run of the program for many commands: starting it is what costs. Each answer is what it printed for that command. */
const openstack = (
  environment: { [name: string]: string },
  commands: readonly string[],
): Promise<{ answers: readonly Said[]; errors: string }> =>
  new Promise((done, fail) => {
    const child = spawn(program, [], { env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...environment } });
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("error", fail);
    child.on("close", () => {
      const parts = out.split("==next==\n").slice(0, commands.length);
      done({ errors, answers: parts.map((text) => ({ text, json: /^\s*[[{]/.test(text) ? JSON.parse(text) : undefined })) });
    });
    child.stdin.end(commands.map((command) => `${command}\n!echo ==next==\n`).join(""));
  });

describe("Debian's openstack client", () => {
  let cloud: Cloud;
  let close: () => Promise<void>;
  const said = new Map<string, Said>();
  let errors = "";
  let asAdmin: readonly Said[] = [];
  let adminErrors = "";

  const script = [
    "token issue -f json",
    "catalog list -f json",
    "network create n1 -f json",
    "subnet create --network n1 --subnet-range 10.9.0.0/24 --dns-nameserver 8.8.8.8 s1 -f json",
    "router create r1 -f json",
    "router set --external-gateway public r1",
    "router add subnet r1 s1",
    "router show r1 -f json",
    "security group create sg1 -f json",
    "security group rule create --protocol tcp --dst-port 6443 --remote-ip 0.0.0.0/0 sg1 -f json",
    "security group rule list sg1 -f json",
    "security group show sg1 -f json",
    "port create --network n1 --security-group sg1 p1 -f json",
    "port show p1 -f json",
    "server group create --policy soft-anti-affinity g1 -f json",
    "server group list -f json",
    "server create --flavor m1.small --image ubuntu-2204-kube-v1.32.5 --port p1 --key-name demo --property a=b --wait srv1 -f json",
    "server create --flavor m1.small --image ubuntu-2204-kube-v1.32.5 --network n1 --wait srv2 -f json",
    "server list -f json",
    "server list --long -f json",
    "server show srv1 -f json",
    "console log show srv1",
    "server stop srv1",
    "server show srv1 -c status -f json",
    "server start srv1",
    "server reboot --hard --wait srv1",
    "server event list srv1 -f json",
    "floating ip create public --description tried -f json",
    "server add floating ip srv2 127.77.0.11",
    "floating ip list -f json",
    "floating ip show 127.77.0.11 -f json",
    "network trunk create --parent-port p1 t1 -f json",
    "network trunk list -f json",
    "volume create --size 3 v1 -f json",
    "volume list -f json",
    "server add volume srv1 v1 -f json",
    "volume show v1 -f json",
    "server remove volume srv1 v1",
    "loadbalancer create --name lb1 --vip-subnet-id s1 --wait -f json",
    "loadbalancer listener create --name l1 --protocol TCP --protocol-port 6443 --wait lb1 -f json",
    "loadbalancer pool create --name po1 --listener l1 --protocol TCP --lb-algorithm ROUND_ROBIN --wait -f json",
    "loadbalancer healthmonitor create --name h1 --type TCP --delay 5 --timeout 3 --max-retries 3 --wait po1 -f json",
    "loadbalancer member create --name m1 --address 10.9.0.2 --protocol-port 6443 --wait po1 -f json",
    "loadbalancer list -f json",
    "loadbalancer show lb1 -f json",
    "loadbalancer status show lb1",
    "loadbalancer stats show lb1 -f json",
    "loadbalancer listener list -f json",
    "loadbalancer pool list -f json",
    "loadbalancer member list po1 -f json",
    "loadbalancer healthmonitor list -f json",
    "loadbalancer provider list -f json",
    "loadbalancer delete --cascade --wait lb1",
    "loadbalancer list -f json",
    "keypair list -f json",
    "keypair show demo -f json",
    "image list -f json",
    "image show ubuntu-2204-kube-v1.32.5 -f json",
    "image create --file /etc/hostname --disk-format raw --container-format bare i1 -f json",
    "image set --property foo=bar --tag x i1",
    "image show i1 -f json",
    "image delete i1",
    "flavor list -f json",
    "flavor show m1.small -f json",
    "volume type list -f json",
    "availability zone list -f json",
    "quota show -f json",
    "limits show --absolute -f json",
    "extension list --network -f json",
    "network agent list -f json",
    "network rbac list -f json",
    "application credential create ac1 -f json",
    "application credential list -f json",
    "application credential delete ac1",
    "server delete --wait srv1 srv2",
    "network trunk delete t1",
    "floating ip delete 127.77.0.11",
    "volume delete v1",
    "port delete p1",
    "security group delete sg1",
    "router remove subnet r1 s1",
    "router delete r1",
    "network delete n1",
    "server group delete g1",
    "server list -f json",
    "port list -f json",
    "network list -f json",
    "security group list -f json",
    "volume list -f json",
  ];

  beforeAll(async () => {
    if (!existsSync(program))
      throw new Error(`${program} is missing: apt-get install python3-openstackclient python3-octaviaclient`);
    const ports = await freePorts();
    const baseUrls = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]));
    const settings = testSettings({
      endpoints: {
        scheme: "http",
        host: "127.0.0.1",
        portOffset: 0,
        baseUrls: baseUrls as { [name in keyof typeof ports]: string },
      },
    });
    const guests = recordingGuests();
    cloud = await createCloud({
      storage: memoryCloudStorage(),
      clock: realClock,
      settings,
      guests: () => guests,
      log: strictLog,
    });
    close = (await listen(cloud, ports)).close;
    const as = (user: string, password: string) => ({
      OS_AUTH_URL: `http://127.0.0.1:${ports.identity}/v3`,
      OS_USERNAME: user,
      OS_PASSWORD: password,
      OS_PROJECT_NAME: user,
      OS_USER_DOMAIN_NAME: "Default",
      OS_PROJECT_DOMAIN_NAME: "Default",
      OS_REGION_NAME: "RegionOne",
      OS_IDENTITY_API_VERSION: "3",
    });
    const tenant = await openstack(as("demo", passwords.demo), script);
    for (const [i, command] of script.entries())
      said.set(said.has(command) ? `again ${command} ${i}` : command, tenant.answers[i] ?? { json: undefined, text: "" });
    errors = tenant.errors;
    const admin = await openstack(as("admin", passwords.admin), [
      "project list -f json",
      "user list -f json",
      "endpoint list -f json",
      "hypervisor list -f json",
      "compute service list -f json",
      "server list --all-projects -f json",
      "role assignment list --names -f json",
    ]);
    asAdmin = admin.answers;
    adminErrors = admin.errors;
  });
  afterAll(async () => {
    await close?.();
    cloud?.stop();
  });
  const answer = (start: string): Said => {
    const found = [...said].find(([command]) => command.startsWith(start));
    if (!found) throw new Error(`${start} was not asked`);
    return found[1];
  };

  test("has nothing to complain about [OSSIM-059 OSSIM-077]", () => {
    expect(errors).toBe("");
    expect(said.size).toBe(script.length);
  });
  test("makes and shows networks, subnets, routers, ports and trunks [OSSIM-064 OSSIM-065 OSSIM-066 OSSIM-067 OSSIM-070]", () => {
    expect(answer("network create").json).toMatchObject({ name: "n1", status: "ACTIVE", mtu: 1450 });
    expect(answer("subnet create").json).toMatchObject({
      cidr: "10.9.0.0/24",
      gateway_ip: "10.9.0.1",
      allocation_pools: [{ start: "10.9.0.2", end: "10.9.0.254" }],
    });
    expect(answer("router show").json).toMatchObject({
      external_gateway_info: { enable_snat: true },
      interfaces_info: [{ ip_address: "10.9.0.1" }],
    });
    expect(answer("port create").json).toMatchObject({ status: "DOWN", fixed_ips: [{ ip_address: "10.9.0.2" }] });
    expect(answer("network trunk list").json).toMatchObject([{ Name: "t1" }]);
  });
  test("makes and shows security groups and their rules [OSSIM-068]", () => {
    expect(
      answer("security group rule list").json.map((rule: { [name: string]: unknown }) => [rule["Direction"], rule["Port Range"]]),
    ).toEqual([
      ["egress", ""],
      ["egress", ""],
      ["ingress", "6443:6443"],
    ]);
    expect(answer("security group show").json.rules).toHaveLength(3);
  });
  test("boots, shows, stops, starts and reboots servers [OSSIM-060 OSSIM-061 OSSIM-062 OSSIM-063]", () => {
    expect(answer("server create").json).toMatchObject({
      status: "ACTIVE",
      addresses: { n1: ["10.9.0.2"] },
      properties: { a: "b" },
    });
    expect(answer("server list").json).toMatchObject([
      { Name: "srv2" },
      { Name: "srv1", Image: "ubuntu-2204-kube-v1.32.5", Flavor: "m1.small" },
    ]);
    expect(answer("server show srv1 -c status").json).toEqual({ status: "SHUTOFF" });
    expect(answer("console log").text).toContain("LAST LINE");
    expect(answer("server event list").json.map((event: { Action: string }) => event.Action)).toEqual([
      "reboot",
      "start",
      "stop",
      "create",
    ]);
    expect(answer("server group list").json).toMatchObject([{ Name: "g1", Policy: "soft-anti-affinity" }]);
  });
  test("puts floating IPs on servers and finds them by address [OSSIM-069]", () => {
    expect(answer("floating ip list").json).toMatchObject([
      { "Floating IP Address": "127.77.0.11", "Fixed IP Address": "10.9.0.3" },
    ]);
    expect(answer("floating ip show").json).toMatchObject({ floating_ip_address: "127.77.0.11", description: "tried" });
  });
  test("builds a load balancer with all below it, waiting for each [OSSIM-071 OSSIM-072 OSSIM-073]", () => {
    for (const part of ["create", "listener create", "pool create", "healthmonitor create", "member create"]) {
      expect(answer(`loadbalancer ${part}`).json, part).toMatchObject({ provisioning_status: "ACTIVE" });
    }
    expect(answer("loadbalancer list ").json).toMatchObject([
      { name: "lb1", provisioning_status: "ACTIVE", operating_status: "ONLINE" },
    ]);
    expect(answer("loadbalancer member list ").json).toMatchObject([{ address: "10.9.0.2", operating_status: "ONLINE" }]);
    expect(JSON.parse(answer("loadbalancer status").text).loadbalancer.listeners[0].pools[0].members).toHaveLength(1);
  });
  test("lists and shows images, flavors, keypairs and volumes, and makes some [OSSIM-074 OSSIM-075 OSSIM-076]", () => {
    expect(answer("image list").json).toHaveLength(6);
    expect(answer("image show ubuntu").json).toMatchObject({ properties: { os_distro: "ubuntu", kube_version: "v1.32.5" } });
    expect(answer("image show i1").json).toMatchObject({ status: "active", tags: ["x"], properties: { foo: "bar" } });
    expect(answer("flavor show").json).toMatchObject({ name: "m1.small", ram: 2048, vcpus: 1, disk: 20 });
    expect(answer("keypair list").json).toMatchObject([{ Name: "demo" }]);
    expect(answer("volume show").json).toMatchObject({ status: "in-use", size: 3 });
    expect(answer("volume type list").json).toHaveLength(2);
  });
  test("leaves nothing behind when it has deleted everything [OSSIM-084]", () => {
    expect(
      cloud.state.servers.size + cloud.state.loadBalancers.size + cloud.state.trunks.size + cloud.state.floatingIps.size,
    ).toBe(0);
    expect([...cloud.state.ports.all()]).toEqual([]);
    expect([...cloud.state.networks.all()].map((one) => one.name)).toEqual(["public"]);
    expect([...cloud.state.volumes.all()]).toEqual([]);
  });
  test("tells an admin about projects, users, endpoints and hypervisors [OSSIM-077]", () => {
    expect(adminErrors).toBe("");
    const [projects, users, endpoints, hypervisors] = asAdmin.map((one) => one.json);
    expect(projects.map((one: { Name: string }) => one.Name)).toEqual(["admin", "demo", "service"]);
    expect(users.map((one: { Name: string }) => one.Name)).toEqual(["admin", "demo", "magnum"]);
    expect(endpoints).toHaveLength(24);
    expect(hypervisors).toHaveLength(24);
  });
});
