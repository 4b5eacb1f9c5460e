import { cloudOf, type Story } from "../story.ts";
import type { Scenario } from "./scenario.ts";
import { networkQuota, scenario, volumes } from "./steps.ts";

/** The resource is called as its service calls it; most are missed by a machine and can be waited for. */
const quota = (
  name: string,
  resource: string,
  before: (now: Story) => unknown,
  evidence: RegExp,
  more: Partial<Scenario> = {},
): Scenario => ({
  name: `the quota of ${name} is used up`,
  before,
  code: "QuotaExceeded",
  title: new RegExp(`quota is used up: ${resource}`),
  evidence,
  todo: /higher quota/,
  object: /OpenStackServer|Machine/,
  ...more,
});
const ofCluster = { object: /OpenStackCluster/ };

/** Room that the tenant's project, or the cloud, does not have. */
export const quotas: readonly Scenario[] = [
  quota("instances", "instances", (now) => now.setQuota({ instances: 2 }), /already used 2 of 2 instances/, {
    todo: /ask for a higher quota/,
  }),
  quota("cores", "cores", (now) => now.setQuota({ cores: 3 }), /already used 2 of 3 cores/, { todo: /goes on by itself/ }),
  quota("memory", "ram", (now) => now.setQuota({ ram: 5000 }), /Requested 4096/),
  quota("ports", "port", networkQuota({ port: 4 }), /Quota exceeded for resources: \['port'\]/),
  quota("floating IPs", "floatingip", networkQuota({ floatingip: 0 }), /POST \/floatingips/, ofCluster),
  quota("security groups", "security_group", networkQuota({ security_group: 1 }), /POST \/security-groups/, ofCluster),
  quota("networks", "network", networkQuota({ network: 0 }), /POST \/networks/, ofCluster),
  quota("volumes", "volumes", (now) => now.world.operator.setQuota("volume", "demo", { volumes: 1 }), /VolumeLimitExceeded/, {
    template: volumes,
  }),
  quota(
    "load balancers",
    "Load Balancer",
    (now) => now.world.operator.setQuota("loadbalancer", "demo", { load_balancer: 0 }),
    /Quota has been met for resources: Load Balancer/,
    ofCluster,
  ),
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
];
