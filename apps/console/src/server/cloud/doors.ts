import type { Flavor, Image, KeypairView, NetworkView, QuotaName, Quotas, QuotaUse, SubnetView } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import { invalid, isFault } from "../http/fault.ts";
import { inside, type Json, list, numberOf, textOf, textOrNull } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import { knownLabels } from "./labels.ts";

type CloudDoors = Pick<
  Doors,
  | "GET /api/flavors"
  | "GET /api/images"
  | "GET /api/networks"
  | "GET /api/keypairs"
  | "POST /api/keypairs"
  | "GET /api/zones"
  | "GET /api/quotas"
  | "GET /api/labels"
>;

/** What a wizard offers, as the user's own token sees it. */
export const cloudDoors = ({ services }: { readonly services: Services }): CloudDoors => {
  const { ask } = services;
  return {
    "GET /api/flavors": async ({ session }) => ({ flavors: await readFlavors(services, session) }),
    "GET /api/images": async ({ session }) => ({
      images: list(await ask(session, "image", "GET", "/v2/images?status=active&limit=1000"), "images").map(imageOf),
    }),
    "GET /api/networks": async ({ session }) => {
      const [networks, subnets] = await Promise.all([
        ask(session, "network", "GET", "/v2.0/networks"),
        ask(session, "network", "GET", "/v2.0/subnets"),
      ]);
      return { networks: networksOf(list(networks, "networks"), list(subnets, "subnets")) };
    },
    "GET /api/keypairs": async ({ session }) => ({
      keypairs: list(await ask(session, "compute", "GET", "/os-keypairs"), "keypairs").map((one) =>
        keypairOf(inside(one, "keypair")),
      ),
    }),
    "POST /api/keypairs": async ({ session, json }) => {
      const fields = createFields(json);
      const name = fields.needText("name", 255);
      const publicKey = fields.needText("publicKey", 16_384).trim();
      if (!/^(ssh-|ecdsa-|sk-)\S+ \S+/.test(publicKey)) throw invalid("publicKey", "This is not an OpenSSH public key.");
      const made = await ask(session, "compute", "POST", "/os-keypairs", {
        body: { keypair: { name, public_key: publicKey, type: "ssh" } },
      });
      return keypairOf(inside(made, "keypair"));
    },
    "GET /api/zones": async ({ session }) => ({
      zones: list(await ask(session, "compute", "GET", "/os-availability-zone"), "availabilityZoneInfo").map((zone) => ({
        name: textOf(zone, "zoneName"),
        available: inside(zone, "zoneState")["available"] === true,
      })),
    }),
    "GET /api/quotas": ({ session }) => readQuotas(services, session),
    "GET /api/labels": async () => ({ labels: knownLabels }),
  };
};

/** kubeadm refuses a control plane with less than 2 CPUs; 1700 MiB is its floor of memory. */
const leastControlPlane = { vcpus: 2, ram: 1700 };
const leastWorker = { vcpus: 1, ram: 1024 };

export const readFlavors = async (services: Services, session: Session): Promise<readonly Flavor[]> =>
  list(await services.ask(session, "compute", "GET", "/flavors/detail"), "flavors")
    .map((flavor): Flavor => {
      const size = { vcpus: numberOf(flavor, "vcpus"), ram: numberOf(flavor, "ram") };
      const fits = (least: typeof size) => size.vcpus >= least.vcpus && size.ram >= least.ram;
      return {
        id: textOf(flavor, "id"),
        name: textOf(flavor, "name"),
        ...size,
        disk: numberOf(flavor, "disk"),
        fits: { controlPlane: fits(leastControlPlane), worker: fits(leastWorker) },
      };
    })
    .sort((a, b) => a.ram - b.ram || a.vcpus - b.vcpus || a.name.localeCompare(b.name));

const imageOf = (image: Json): Image => ({
  id: textOf(image, "id"),
  name: textOf(image, "name"),
  status: textOf(image, "status"),
  osDistro: textOrNull(image, "os_distro"),
  version: textOrNull(image, "kube_version"),
  minDisk: numberOf(image, "min_disk"),
  minRam: numberOf(image, "min_ram"),
  visibility: textOf(image, "visibility"),
  createdAt: textOrNull(image, "created_at"),
});

const networksOf = (networks: readonly Json[], subnets: readonly Json[]): readonly NetworkView[] => {
  const byNetwork = new Map<string, SubnetView[]>();
  for (const subnet of subnets) {
    const view = {
      id: textOf(subnet, "id"),
      name: textOf(subnet, "name"),
      cidr: textOf(subnet, "cidr"),
      ipVersion: numberOf(subnet, "ip_version"),
    };
    const id = textOf(subnet, "network_id");
    byNetwork.set(id, [...(byNetwork.get(id) ?? []), view]);
  }
  return networks
    .map((network) => ({
      id: textOf(network, "id"),
      name: textOf(network, "name"),
      external: network["router:external"] === true,
      shared: network["shared"] === true,
      subnets: byNetwork.get(textOf(network, "id")) ?? [],
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
};

const keypairOf = (keypair: Json): KeypairView => ({
  name: textOf(keypair, "name"),
  fingerprint: textOf(keypair, "fingerprint"),
  type: textOf(keypair, "type") || "ssh",
});

/** What the project has and may have. A service that does not answer leaves its part out, and is named. */
export const readQuotas = async (services: Services, session: Session): Promise<Quotas> => {
  const project = session.project?.id ?? "";
  const unknown: string[] = [];
  const part = async (name: string, read: () => Promise<readonly QuotaUse[]>): Promise<readonly QuotaUse[]> => {
    try {
      return await read();
    } catch (error) {
      if (isFault(error, "sessionExpired", "signedOut")) throw error;
      unknown.push(name);
      return [];
    }
  };
  const { ask } = services;
  const use = (resource: QuotaName, used: number, limit: number): QuotaUse => ({ resource, used, limit, adds: 0 });
  const detailed = (set: Json, names: { readonly [theirs: string]: QuotaName }, usedField: string): readonly QuotaUse[] =>
    Object.entries(names).flatMap(([theirs, ours]) => {
      const one = inside(set, theirs);
      return one["limit"] === undefined ? [] : [use(ours, numberOf(one, usedField), numberOf(one, "limit"))];
    });

  const parts = await Promise.all([
    part("containerInfra", async () => {
      const [quota, stats] = await Promise.all([
        ask(session, "containerInfra", "GET", `/quotas/${project}/Cluster`),
        ask(session, "containerInfra", "GET", `/stats?project_id=${project}`),
      ]);
      return [use("clusters", numberOf(stats, "clusters"), numberOf(quota, "hard_limit"))];
    }),
    part("compute", async () => {
      const limits = inside(inside(await ask(session, "compute", "GET", "/limits"), "limits"), "absolute");
      const both = (resource: QuotaName, used: string, most: string) =>
        use(resource, numberOf(limits, used), numberOf(limits, most));
      return [
        both("instances", "totalInstancesUsed", "maxTotalInstances"),
        both("cores", "totalCoresUsed", "maxTotalCores"),
        both("ram", "totalRAMUsed", "maxTotalRAMSize"),
        both("serverGroups", "totalServerGroupsUsed", "maxServerGroups"),
        use("serverGroupMembers", 0, numberOf(limits, "maxServerGroupMembers")),
      ];
    }),
    part("network", async () =>
      detailed(
        inside(await ask(session, "network", "GET", `/v2.0/quotas/${project}/details.json`), "quota"),
        {
          network: "networks",
          subnet: "subnets",
          router: "routers",
          port: "ports",
          floatingip: "floatingIps",
          security_group: "securityGroups",
          security_group_rule: "securityGroupRules",
        },
        "used",
      ),
    ),
    part("volume", async () => {
      const limits = inside(inside(await ask(session, "volume", "GET", "/limits"), "limits"), "absolute");
      return [
        use("volumes", numberOf(limits, "totalVolumesUsed"), numberOf(limits, "maxTotalVolumes")),
        use("gigabytes", numberOf(limits, "totalGigabytesUsed"), numberOf(limits, "maxTotalVolumeGigabytes")),
      ];
    }),
    part("loadbalancer", async () => {
      const [quota, balancers] = await Promise.all([
        ask(session, "loadbalancer", "GET", `/v2/lbaas/quotas/${project}`),
        ask(session, "loadbalancer", "GET", `/v2/lbaas/loadbalancers?project_id=${project}`),
      ]);
      const set = inside(quota, "quota");
      const limit = set["load_balancer"] ?? set["loadbalancer"];
      return [use("loadBalancers", list(balancers, "loadbalancers").length, typeof limit === "number" ? limit : -1)];
    }),
  ]);
  return { quotas: parts.flat(), unknown };
};
