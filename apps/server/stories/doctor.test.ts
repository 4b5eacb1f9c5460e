import { Cluster, Machine, MachineDeployment, MagnumCluster, OpenStackMachine, Secret, type Stored } from "@slipway/api";
import { textFromBase64, textToBase64 } from "@slipway/api/pki/pem.ts";
import { diagnosisText, examine } from "@slipway/doctor";
import { type Cloud, createCloudConnector } from "@slipway/openstack";
import { describe, expect, test } from "vitest";
import { namespace, type Story, type StoryOptions, startStory } from "./story.ts";

/** What goes wrong, and what a person would say of it. */
interface Scenario {
  readonly name: string;
  /** Before the tenant asks for the cluster. */
  readonly before?: (now: Story) => unknown;
  /** Right after it is asked for. */
  readonly asked?: (now: Story, uuid: string) => unknown;
  /** When it is complete; the story waits for that only if this is given. */
  readonly complete?: (now: Story, cluster: { readonly uuid: string; readonly name: string }) => unknown;
  readonly story?: StoryOptions;
  readonly template?: object;
  readonly cluster?: object;
  /** The first cause. */
  readonly code: string;
  readonly title: RegExp;
  readonly evidence: RegExp;
  readonly todo: RegExp;
  readonly object: RegExp;
  /** Nothing is in the way of the cluster now: it is complete and well, so Magnum has nothing to explain. */
  readonly quiet?: true;
}

const fault = (now: Story, rule: object) => now.world.cloud.faults.add(rule as Parameters<typeof now.world.cloud.faults.add>[0]);
const scenario =
  (name: string, more: object = {}) =>
  (now: Story) =>
    fault(now, { kind: "scenario", scenario: name, ...more });
const refuse =
  (service: string, status: number, more: object = {}) =>
  (now: Story) =>
    fault(now, {
      kind: "call",
      service,
      action: { do: "refuse", status, message: "The server is currently unavailable." },
      ...more,
    });
const networkQuota = (limits: object) => (now: Story) =>
  now.world.operator.setQuota("network", "demo", limits as { port: number });
const volumes = { labels: { kube_tag: "v1.32.5", boot_volume_size: "20" } };
const resize = (now: Story, uuid: string, count: number) =>
  now.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: count });
const machinesOf = async (now: Story): Promise<readonly Stored<Machine>[]> =>
  (await now.client.list(Machine, { namespace })).items;
const serverOf = async (now: Story, role: "worker" | "control-plane"): Promise<string> => {
  const found = (await machinesOf(now)).find(
    ({ metadata }) => Object.hasOwn(metadata.labels ?? {}, "cluster.x-k8s.io/control-plane") === (role === "control-plane"),
  );
  return found?.spec.providerID?.split("/").at(-1) ?? "";
};
/** The cloud as a person with a password has it. */
const cloudOf = (now: Story, user: "demo" | "admin"): Cloud =>
  createCloudConnector({ transportFor: () => now.world.cloud.transport, now: () => now.clock.now() })({
    cloudName: "c",
    cloudsYaml: JSON.stringify({
      clouds: {
        c: {
          auth: {
            auth_url: "http://127.0.0.1:5000/v3",
            username: user,
            password: `${user}-password`,
            project_name: user,
            user_domain_name: "Default",
            project_domain_name: "Default",
          },
        },
      },
    }),
  });
const ownNetwork = async (now: Story, dhcp: boolean): Promise<void> => {
  const { network } = cloudOf(now, "demo");
  const made = await network.createNetwork({ name: "mine" });
  const subnet = await network.createSubnet({ networkId: made.id, name: "mine", description: "", cidr: "10.7.0.0/24" });
  const [external] = await network.listNetworks({ external: true });
  const router = await network.createRouter({ name: "mine", description: "", externalNetworkId: external?.id });
  await network.addRouterInterface({ routerId: router.id, subnetId: subnet.id });
  const record = now.world.cloud.state.subnets.get(subnet.id);
  if (!dhcp && record !== undefined) now.world.cloud.state.subnets.put({ ...record, enable_dhcp: false });
};
const remove = <T extends { readonly id: string }>(
  collection: { all(): Iterable<T>; remove(id: string): unknown },
  which: (one: T) => boolean,
): void => {
  for (const one of [...collection.all()].filter(which)) collection.remove(one.id);
};
const pause = async (now: Story): Promise<void> => {
  await now.until("the Cluster is there", async () => (await now.client.list(Cluster, { namespace })).items.length > 0);
  for (const { metadata } of (await now.client.list(Cluster, { namespace })).items)
    await now.client.patch(Cluster, { namespace, name: metadata.name }, { type: "merge", body: { spec: { paused: true } } });
};

const scenarios: readonly Scenario[] = [
  {
    name: "the quota of instances is used up",
    before: (now) => now.setQuota({ instances: 2 }),
    code: "QuotaExceeded",
    title: /quota is used up: instances/,
    evidence: /already used 2 of 2 instances/,
    todo: /ask for a higher quota/,
    object: /OpenStackServer|Machine/,
  },
  {
    name: "the quota of cores is used up",
    before: (now) => now.setQuota({ cores: 3 }),
    code: "QuotaExceeded",
    title: /quota is used up: cores/,
    evidence: /already used 2 of 3 cores/,
    todo: /goes on by itself/,
    object: /OpenStackServer|Machine/,
  },
  {
    name: "the quota of memory is used up",
    before: (now) => now.setQuota({ ram: 5000 }),
    code: "QuotaExceeded",
    title: /quota is used up: ram/,
    evidence: /Requested 4096/,
    todo: /higher quota/,
    object: /OpenStackServer|Machine/,
  },
  {
    name: "the quota of ports is used up",
    before: networkQuota({ port: 4 }),
    code: "QuotaExceeded",
    title: /quota is used up: port/,
    evidence: /Quota exceeded for resources: \['port'\]/,
    todo: /higher quota/,
    object: /OpenStackServer|Machine/,
  },
  {
    name: "the quota of floating IPs is used up",
    before: networkQuota({ floatingip: 0 }),
    code: "QuotaExceeded",
    title: /quota is used up: floatingip/,
    evidence: /POST \/floatingips/,
    todo: /higher quota/,
    object: /OpenStackCluster/,
  },
  {
    name: "the quota of security groups is used up",
    before: networkQuota({ security_group: 1 }),
    code: "QuotaExceeded",
    title: /quota is used up: security_group/,
    evidence: /POST \/security-groups/,
    todo: /higher quota/,
    object: /OpenStackCluster/,
  },
  {
    name: "the quota of networks is used up",
    before: networkQuota({ network: 0 }),
    code: "QuotaExceeded",
    title: /quota is used up: network/,
    evidence: /POST \/networks/,
    todo: /higher quota/,
    object: /OpenStackCluster/,
  },
  {
    name: "the quota of volumes is used up",
    before: (now) => now.world.operator.setQuota("volume", "demo", { volumes: 1 }),
    template: volumes,
    code: "QuotaExceeded",
    title: /quota is used up: volumes/,
    evidence: /VolumeLimitExceeded/,
    todo: /higher quota/,
    object: /OpenStackServer|Machine/,
  },
  {
    name: "the quota of load balancers is used up",
    before: (now) => now.world.operator.setQuota("loadbalancer", "demo", { load_balancer: 0 }),
    code: "QuotaExceeded",
    title: /quota is used up: Load Balancer/,
    evidence: /Quota has been met for resources: Load Balancer/,
    todo: /higher quota/,
    object: /OpenStackCluster/,
  },
  {
    name: "the quota of server groups is used up, before there is any object",
    before: (now) => now.setQuota({ server_groups: 0 }),
    code: "QuotaExceeded",
    title: /quota is used up: server groups/,
    evidence: /too many server groups/,
    todo: /higher quota/,
    object: /Cluster/,
  },
  {
    name: "no host has room",
    before: scenario("server-no-valid-host"),
    code: "NoValidHost",
    title: /No host of the cloud has room/,
    evidence: /is in ERROR: No valid host was found/,
    todo: /smaller flavor or another availability zone/,
    object: /Machine/,
  },
  {
    name: "the network cannot bind a port",
    before: scenario("server-port-binding-failed"),
    code: "PortBindingFailed",
    title: /could not bind a port/,
    evidence: /Binding failed for port/,
    todo: /cloud's operator/,
    object: /Machine/,
  },
  {
    name: "a server is never finished",
    before: scenario("server-stuck-building"),
    code: "ServerStuck",
    title: /does not leave BUILD/,
    evidence: /is being built since .*spawning/,
    todo: /server's id/,
    object: /Machine/,
  },
  {
    name: "the load balancer stays in PENDING_CREATE",
    before: scenario("loadbalancer-stuck"),
    code: "LoadBalancerPending",
    title: /does not leave PENDING_CREATE/,
    evidence: /PENDING_CREATE since 2026/,
    todo: /cloud's operator/,
    object: /LoadBalancer/,
  },
  {
    name: "the load balancer ends in ERROR",
    before: scenario("loadbalancer-error"),
    code: "LoadBalancerError",
    title: /load balancer of the Kubernetes API is in ERROR/,
    evidence: /provisioning_status ERROR/,
    todo: /cloud's operator/,
    object: /LoadBalancer/,
  },
  {
    name: "the floating IP never works",
    before: scenario("floatingip-stuck"),
    code: "FloatingIPDown",
    title: /floating IP of the Kubernetes API does not work/,
    evidence: /Floating IP 127\.77\.\d+\.\d+ is DOWN/,
    todo: /cloud's operator/,
    object: /FloatingIP/,
  },
  {
    name: "no floating IP is left",
    story: { cloud: { publicNetwork: { name: "public", subnet: "public-subnet", cidr: "127.77.0.0/29" } } },
    before: async (now) => {
      const { network } = cloudOf(now, "admin");
      const [external] = await network.listNetworks({ external: true });
      for (;;) {
        const taken = network.createFloatingIp({ networkId: external?.id ?? "", description: "somebody else's" });
        if ((await taken.catch(() => undefined)) === undefined) return;
      }
    },
    code: "FloatingIPPoolExhausted",
    title: /no free address left/,
    evidence: /No more IP addresses available/,
    todo: /Release floating IPs/,
    object: /OpenStackCluster/,
  },
  {
    name: "a volume ends in error",
    before: scenario("volume-error"),
    template: volumes,
    code: "VolumeFailed",
    title: /volume of the machine could not be made/,
    evidence: /has the status error/,
    todo: /another volume type/,
    object: /Volume/,
  },
  {
    name: "a volume is never finished",
    before: scenario("volume-stuck-creating"),
    template: volumes,
    code: "VolumeStuck",
    title: /volume of the machine is never finished/,
    evidence: /has the status creating since/,
    todo: /cloud's operator/,
    object: /Volume/,
  },
  {
    name: "Keystone is down",
    asked: refuse("identity", 503),
    code: "IdentityUnavailable",
    title: /identity service \(Keystone\) does not answer/,
    evidence: /currently unavailable/,
    todo: /goes on by itself/,
    object: /Service/,
  },
  {
    name: "Nova is down",
    asked: refuse("compute", 503),
    code: "ComputeUnavailable",
    title: /compute service \(Nova\) does not answer/,
    evidence: /of compute, HTTP 503/,
    todo: /goes on by itself/,
    object: /Service/,
  },
  {
    name: "Neutron is down",
    asked: refuse("network", 503),
    code: "NetworkUnavailable",
    title: /network service \(Neutron\) does not answer/,
    evidence: /of network, HTTP 503/,
    todo: /goes on by itself/,
    object: /Service/,
  },
  {
    name: "Octavia is down",
    asked: refuse("loadbalancer", 503),
    code: "LoadBalancerUnavailable",
    title: /load balancer service \(Octavia\) does not answer/,
    evidence: /of load-balancer, HTTP 503/,
    todo: /goes on by itself/,
    object: /Service/,
  },
  {
    name: "Cinder is down",
    asked: refuse("volume", 503),
    template: volumes,
    code: "VolumeServiceUnavailable",
    title: /volume service \(Cinder\) does not answer/,
    evidence: /of block-storage, HTTP 503/,
    todo: /goes on by itself/,
    object: /Service/,
  },
  {
    name: "the cloud limits how fast it is asked",
    asked: refuse("network", 429),
    code: "RateLimited",
    title: /limits how fast/,
    evidence: /HTTP 429/,
    todo: /Wait/,
    object: /Service|OpenStack/,
  },
  {
    name: "the application credential was deleted",
    asked: async (now, uuid) => {
      await now.until("the credential is there", () => now.world.cloud.state.applicationCredentials.size > 0);
      await now.world.operator.removeApplicationCredential(uuid);
    },
    before: refuse("loadbalancer", 503, { seconds: 30 }),
    code: "CredentialRejected",
    title: /no longer accepts the cluster's application credential/,
    evidence: /does not accept the credentials/,
    todo: /new credential/,
    object: /Service/,
  },
  {
    name: "the user who made the cluster was disabled",
    before: refuse("loadbalancer", 503, { seconds: 30 }),
    asked: (now) => now.world.operator.setUserEnabled("demo", false),
    code: "CredentialRejected",
    title: /no longer accepts the cluster's application credential/,
    evidence: /does not accept the credentials/,
    todo: /new credential/,
    object: /Service/,
  },
  {
    name: "the availability zone does not exist",
    template: { labels: { kube_tag: "v1.32.5", availability_zone: "nowhere" } },
    code: "ZoneNotFound",
    title: /availability zone.* does not exist/,
    evidence: /availability zone is not available/,
    todo: /availability zone list/,
    object: /OpenStackServer|Machine/,
  },
  {
    name: "the image was deleted before the cluster grew",
    complete: async (now, { uuid }) => {
      remove(now.world.cloud.state.images, ({ name }) => name === "ubuntu-2204-kube-v1.32.5");
      await resize(now, uuid, 3);
    },
    code: "ImageNotFound",
    title: /image is not in the cloud any more/,
    evidence: /[Ii]mage .*(not to be seen|not|find)/,
    todo: /template whose image exists/,
    object: /.*/,
  },
  {
    name: "the flavor was deleted before the cluster grew",
    complete: async (now, { uuid }) => {
      remove(now.world.cloud.state.flavors, ({ name }) => name === "m1.medium");
      await resize(now, uuid, 3);
    },
    code: "FlavorNotFound",
    title: /flavor is not in the cloud any more/,
    evidence: /m1\.medium/,
    todo: /node group with a flavor/,
    object: /.*/,
  },
  {
    name: "the keypair was deleted before the cluster grew",
    cluster: { keypair: "demo" },
    complete: async (now, { uuid }) => {
      for (const one of [...now.world.cloud.state.keypairs.all()]) now.world.cloud.state.keypairs.remove(one.id);
      await resize(now, uuid, 3);
    },
    code: "KeypairNotFound",
    title: /keypair does not exist/,
    evidence: /key_?name|keypair demo/i,
    todo: /import it again/i,
    object: /.*/,
  },
  {
    name: "the tenant's own subnet gives no addresses",
    before: (now) => ownNetwork(now, false),
    template: { fixed_network: "mine", fixed_subnet: "mine" },
    code: "DHCPDisabled",
    title: /DHCP is switched off/,
    evidence: /enable_dhcp: false/,
    todo: /subnet set --dhcp/,
    object: /Subnet/,
  },
  {
    name: "the guest's kernel panics",
    before: scenario("guest-kernel-panic"),
    code: "GuestKernelPanic",
    title: /operating system does not start/,
    evidence: /Kernel panic - not syncing/,
    todo: /another image or flavor/,
    object: /Machine/,
  },
  {
    name: "the guest gets no network",
    before: scenario("guest-no-network"),
    code: "GuestNoNetwork",
    title: /gets no network/,
    evidence: /No DHCPOFFERS received|169\.254\.169\.254/,
    todo: /DHCP/,
    object: /Machine/,
  },
  {
    name: "cloud-init fails",
    before: scenario("guest-cloud-init-error"),
    code: "CloudInitFailed",
    title: /cloud-init failed/,
    evidence: /Failed loading yaml blob/,
    todo: /console log show/,
    object: /Machine/,
  },
  {
    name: "kubeadm's preflight refuses the server, on its console [RUN-069]",
    before: scenario("guest-kubeadm-preflight"),
    code: "KubeadmFailed",
    title: /kubeadm refuses/,
    evidence: /\[ERROR NumCPU\]/,
    todo: /larger flavor/,
    object: /Machine/,
  },
  {
    name: "a worker boots and never joins",
    before: scenario("guest-silent", { name: "default-worker" }),
    code: "NodeNotJoined",
    title: /did not become a node/,
    evidence: /console log is empty/,
    todo: /console log show/,
    object: /Machine/,
  },
  {
    name: "the image carries another Kubernetes version",
    template: { labels: { kube_tag: "v1.33.1" } },
    code: "KubernetesVersionMismatch",
    title: /image carries another Kubernetes version/,
    evidence: /higher than kubeadm's own v1\.32\.5/,
    todo: /kube_tag/,
    object: /Machine/,
  },
  {
    name: "a worker's kubelet stopped",
    template: { labels: { kube_tag: "v1.32.5", auto_healing_enabled: "false" } },
    complete: async (now) => now.world.operator.stopKubelet(await serverOf(now, "worker")),
    code: "NodeNotReady",
    title: /node is not ready/,
    evidence: /NodeStatusUnknown|stopped posting|Unknown|kubelet/i,
    todo: /kubectl describe node/,
    object: /Machine/,
  },
  {
    name: "a worker's server was switched off",
    template: { labels: { kube_tag: "v1.32.5", auto_healing_enabled: "false" } },
    complete: async (now) => now.world.operator.crashServer(await serverOf(now, "worker")),
    code: "ServerStopped",
    title: /does not run \(SHUTOFF\)/,
    evidence: /is SHUTOFF/,
    todo: /openstack server start/,
    object: /Machine/,
  },
  {
    name: "a worker's server was deleted behind the cluster's back",
    template: { labels: { kube_tag: "v1.32.5", auto_healing_enabled: "false" } },
    complete: async (now) => now.world.operator.loseServer(await serverOf(now, "worker")),
    code: "ServerGone",
    title: /deleted behind its back/,
    evidence: /Nova does not know server/,
    todo: /replaced/,
    object: /Machine/,
  },
  {
    name: "the only control plane server was switched off",
    template: { labels: { kube_tag: "v1.32.5", auto_healing_enabled: "false" } },
    complete: async (now) => now.world.operator.crashServer(await serverOf(now, "control-plane")),
    code: "ServerStopped",
    title: /does not run \(SHUTOFF\)/,
    evidence: /control-plane.* is SHUTOFF/,
    todo: /openstack server start/,
    object: /Machine/,
  },
  {
    name: "the cluster is paused",
    asked: pause,
    code: "ClusterPaused",
    title: /paused: nothing is done/,
    evidence: /spec\.paused: true/,
    todo: /who paused it/,
    object: /Cluster/,
  },
  {
    name: "the backing Cluster was deleted behind Magnum's back",
    complete: async (now, { name }) => {
      await now.client.delete(Cluster, { namespace, name });
    },
    code: "ClusterGone",
    title: /not through Magnum/,
    evidence: /is gone|being deleted/,
    todo: /Delete this cluster/,
    object: /Cluster/,
  },
  {
    name: "a server does not go away, and so the cluster does not",
    complete: async (now, { uuid }) => {
      scenario("server-stuck-deleting")(now);
      await now.tenant.call("DELETE", `/clusters/${uuid}`);
    },
    code: "DeletionBlocked",
    title: /does not go away/,
    evidence: /is being deleted, and stays|Since 2026/,
    todo: /server's id|other findings/,
    object: /Machine/,
  },
];

const begin = async (one: Scenario): Promise<{ now: Story; uuid: string; name: string }> => {
  const now = await startStory(one.story);
  const { uuid: templateId } = await (async () => {
    if (one.before !== undefined) await one.before(now);
    return now.tenant.call<{ uuid: string }>("POST", "/clustertemplates", {
      name: "k8s",
      coe: "kubernetes",
      image_id: "ubuntu-2204-kube-v1.32.5",
      external_network_id: "public",
      flavor_id: "m1.medium",
      master_flavor_id: "m1.medium",
      master_lb_enabled: true,
      labels: { kube_tag: "v1.32.5" },
      ...one.template,
    });
  })();
  const { uuid } = await now.tenant.call<{ uuid: string }>("POST", "/clusters", {
    name: "blue",
    cluster_template_id: templateId,
    master_count: 1,
    node_count: 2,
    ...one.cluster,
  });
  const [record] = (await now.client.list(MagnumCluster)).items;
  const name = record?.metadata.name ?? "";
  await one.asked?.(now, uuid);
  if (one.complete !== undefined) {
    await now.until("the cluster is complete", async () => (await recordOf(now))?.status?.status === "CREATE_COMPLETE");
    await one.complete(now, { uuid, name });
  }
  return { now, uuid, name };
};

const recordOf = async (now: Story) => (await now.client.list(MagnumCluster)).items[0];

/** As `slipway doctor cluster NAME` and the HTTP API make it: by the name alone, with the operator's client. */
const doctor = (now: Story, name: string) =>
  examine({ namespace, name }, undefined, { client: now.client, connect: connectorOf(now), now: () => now.clock.now() });
const connectorOf = (now: Story) =>
  createCloudConnector({
    transportFor: () => now.world.cloud.transport,
    now: () => now.clock.now(),
    computeMicroversion: "2.63",
  });

describe("each thing that goes wrong is told by its cause, its evidence and what to do, everywhere in the same words", () => {
  test.each(scenarios.map((one) => [one.name, one] as const))("%s [WANT-01] [RUN-058]", async (_, one) => {
    const { now, name } = await begin(one);
    try {
      await now.until(
        `doctor says ${one.code}, and so does Magnum`,
        async () => {
          const [first] = (await doctor(now, name)).findings;
          if (first?.code !== one.code) return false;
          return ((await recordOf(now))?.status?.statusReason ?? "").startsWith(`[${one.code}] ${first.title}.`);
        },
        2,
      );
      const diagnosis = await doctor(now, name);
      const [first] = diagnosis.findings;
      expect(["stuck", "failed", "progressing"]).toContain(diagnosis.state);
      expect(first?.title).toMatch(one.title);
      expect(first?.evidence.map(({ text }) => text).join("\n")).toMatch(one.evidence);
      expect(first?.actions.map(({ text }) => text).join("\n")).toMatch(one.todo);
      expect(first?.object.kind).toMatch(one.object);
      expect(diagnosisText(name, diagnosis)).toContain(`[${one.code}]`);
      const reason = (await recordOf(now))?.status?.statusReason ?? "";
      expect(reason).toMatch(one.title);
      expect((await recordOf(now))?.status?.conditions?.find(({ type }) => type === "Unobstructed")).toMatchObject({
        status: "False",
        reason: one.code,
        message: expect.stringContaining("What to do: "),
      });
      expect(reason).not.toMatch(/kubectl annotate|kubectl patch|\n/);
    } finally {
      await now.end();
    }
  });
});

/** Everything that the conditions of an object say, both families. */
const saidBy = (object: { readonly status?: object } | undefined): string => JSON.stringify(object?.status ?? {});
const plain: Scenario = { name: "", code: "", title: /./, evidence: /./, todo: /./, object: /./ };

describe("a full quota", () => {
  test("is told in its own words at every level, from the machine's server to the Cluster [RUN-021]", async () => {
    const { now, name } = await begin({ ...plain, before: (story) => story.setQuota({ instances: 2 }) });
    const text = "already used 2 of 2 instances";
    try {
      await now.until("the Cluster says so", async () => {
        const [machines, deployments, cluster, infra] = [
          (await now.client.list(Machine, { namespace })).items,
          (await now.client.list(MachineDeployment, { namespace })).items,
          await now.client.get(Cluster, { namespace, name }),
          (await now.client.list(OpenStackMachine, { namespace })).items,
        ];
        return [infra.map(saidBy), machines.map(saidBy), deployments.map(saidBy), [saidBy(cluster)]].every((level) =>
          level.some((said) => said.includes(text)),
        );
      });
    } finally {
      await now.end();
    }
  });

  test("of networks is told by the Cluster's InfrastructureReady: what was tried, and what is used up [RUN-020]", async () => {
    const { now, name } = await begin({ ...plain, before: networkQuota({ network: 0 }) });
    try {
      await now.until("the Cluster says so", async () => {
        const cluster = await now.client.get(Cluster, { namespace, name }).catch(() => undefined);
        const condition = cluster?.status?.conditions?.find(({ type }) => type === "InfrastructureReady");
        return condition?.status === "False" && /Quota exceeded.*network.*POST \/networks/.test(condition.message ?? "");
      });
    } finally {
      await now.end();
    }
  });

  test("is in status_reason within half a minute, and gone two minutes after the quota is raised: nothing is made anew [ASK-01] [RUN-027] [RUN-029]", async () => {
    const { now } = await begin({ ...plain, before: (story) => story.setQuota({ instances: 2 }) });
    try {
      await now.until("a machine is refused", async () =>
        (await now.client.list(OpenStackMachine, { namespace })).items.some((one) => saidBy(one).includes("Quota exceeded")),
      );
      const refusedAt = now.clock.now().getTime();
      await now.until("Magnum says so", async () =>
        ((await recordOf(now))?.status?.statusReason ?? "").startsWith("[QuotaExceeded]"),
      );
      expect(now.clock.now().getTime() - refusedAt).toBeLessThanOrEqual(30_000);
      const group = (await recordOf(now))?.status?.nodeGroups?.find(({ name }) => name === "default-worker");
      expect(group?.statusReason).toMatch(/^\[QuotaExceeded\] .*What to do: /);
      const before = (await machinesOf(now)).map(({ metadata }) => metadata.uid).toSorted();
      await now.setQuota({ instances: 10 });
      const raisedAt = now.clock.now().getTime();
      await now.until("complete", async () => (await recordOf(now))?.status?.status === "CREATE_COMPLETE");
      expect(now.clock.now().getTime() - raisedAt).toBeLessThanOrEqual(120_000);
      expect((await recordOf(now))?.status?.statusReason).toBeUndefined();
      expect((await recordOf(now))?.status?.conditions).toMatchObject([{ type: "Unobstructed", status: "True" }]);
      expect((await machinesOf(now)).map(({ metadata }) => metadata.uid).toSorted()).toEqual(before);
    } finally {
      await now.end();
    }
  });
});

describe("a cluster that is complete", () => {
  test("is healthy, and its doctor has nothing to say; Magnum neither", async () => {
    const { now, name } = await begin({ ...plain, complete: () => undefined });
    try {
      expect(await doctor(now, name)).toEqual({
        state: "healthy",
        summary: "The cluster is as asked for; nothing is wrong.",
        findings: [],
      });
    } finally {
      await now.end();
    }
  });

  test("is warned of what the next machine will lack, though all its machines run", async () => {
    const { now, name } = await begin({
      ...plain,
      complete: (story) => remove(story.world.cloud.state.images, ({ name: image }) => image === "ubuntu-2204-kube-v1.32.5"),
    });
    try {
      const { state, findings } = await doctor(now, name);
      expect([state, findings.map(({ code }) => code)]).toEqual(["stuck", ["ImageNotFound"]]);
    } finally {
      await now.end();
    }
  });
});

describe("a credential that was taken away", () => {
  test("is repaired by new contents of its Secret alone: no machine is made again, and the cause goes away [RUN-081]", async () => {
    const { now, uuid, name } = await begin({ ...plain, complete: () => undefined });
    try {
      const before = (await machinesOf(now)).map(({ metadata }) => metadata.uid).toSorted();
      await now.world.operator.removeApplicationCredential(uuid);
      await resize(now, uuid, 3);
      await now.until("Magnum tells the cause", async () =>
        ((await recordOf(now))?.status?.statusReason ?? "").startsWith("[CredentialRejected]"),
      );
      const made = await cloudOf(now, "demo").identity.createApplicationCredential({ name: "repaired" });
      const ref = { namespace, name: `${name}-cloud-config` };
      const secret = await now.client.get(Secret, ref);
      const clouds = textFromBase64(secret.data?.["clouds.yaml"] ?? "")
        .replace(/(application_credential_id: ).*/, `$1${made.id}`)
        .replace(/(application_credential_secret: ).*/, `$1${made.secret}`);
      await now.client.patch(Secret, ref, { type: "merge", body: { data: { "clouds.yaml": textToBase64(clouds) } } });
      await now.until("the resize is done", async () => (await recordOf(now))?.status?.status === "UPDATE_COMPLETE");
      expect((await recordOf(now))?.status?.statusReason).toBeUndefined();
      const after = (await machinesOf(now)).map(({ metadata }) => metadata.uid);
      expect(after).toEqual(expect.arrayContaining(before));
    } finally {
      await now.end();
    }
  });
});
