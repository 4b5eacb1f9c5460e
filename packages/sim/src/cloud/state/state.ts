import type { Flavor, Keypair, Server, ServerGroup, UserData } from "../compute/records.ts";
import type { FaultRule } from "../faults/rules.ts";
import type { ApplicationCredential, Domain, Grant, Project, Role, Token, Trust, User } from "../identity/records.ts";
import type { Image } from "../image/records.ts";
import type { HealthMonitor, Listener, LoadBalancer, LoadBalancerFlavor, Member, Pool } from "../loadbalancer/records.ts";
import type { FloatingIp, Network, Port, Router, SecurityGroup, SecurityGroupRule, Subnet, Trunk } from "../network/records.ts";
import type { Snapshot, Volume, VolumeType } from "../volume/records.ts";
import type { Database } from "./database.ts";

/** Limits that an operator changed for one project; the rest are the settings'. */
export interface QuotaOverride {
  /** `<service>/<project>` */
  readonly id: string;
  readonly limits: { readonly [resource: string]: number };
}

export interface Counter {
  readonly id: string;
  readonly value: number;
}

/** Every record of the cloud and how each kind is found: the one place where the simulated cloud keeps state. */
export type State = ReturnType<typeof createState>;

const named = { project: (r: { project_id: string }) => r.project_id, name: (r: { name: string }) => r.name } as const;
const tagged = { ...named, tag: (r: { tags: readonly string[] }) => r.tags } as const;

/** Tenants use the same addresses: one is found by its subnet, or by its network. */
export const ipKey = (subnetOrNetworkId: string, address: string): string => `${subnetOrNetworkId}|${address}`;

export const createState = (database: Database) => {
  const { collection } = database;
  const counters = collection<Counter, never>("counters", {});
  return {
    counters,
    /** Numbers that are never given twice. */
    next: (name: string): number => counters.put({ id: name, value: (counters.get(name)?.value ?? 0) + 1 }).value,
    quotas: collection<QuotaOverride, never>("quotas", {}),
    faults: collection<FaultRule, never>("faults", {}),

    domains: collection<Domain, "name">("domains", { name: (r) => r.name }),
    projects: collection<Project, "name">("projects", { name: (r) => r.name }),
    users: collection<User, "name">("users", { name: (r) => r.name }),
    roles: collection<Role, "name">("roles", { name: (r) => r.name }),
    grants: collection<Grant, "user" | "project">("grants", { user: (r) => r.user_id, project: (r) => r.project_id }),
    applicationCredentials: collection<ApplicationCredential, "user">("application-credentials", { user: (r) => r.user_id }),
    trusts: collection<Trust, "trustor" | "trustee">("trusts", {
      trustor: (r) => r.trustor_user_id,
      trustee: (r) => r.trustee_user_id,
    }),
    tokens: collection<Token, "user" | "credential" | "trust" | "audit">("tokens", {
      user: (r) => r.user_id,
      credential: (r) => r.application_credential_id ?? undefined,
      trust: (r) => r.trust_id ?? undefined,
      audit: (r) => r.audit_id,
    }),

    networks: collection<Network, "project" | "name" | "tag" | "external">("networks", {
      ...tagged,
      external: (r) => (r.external ? ["true", "True"] : ["false", "False"]),
    }),
    subnets: collection<Subnet, "project" | "name" | "tag" | "network">("subnets", { ...tagged, network: (r) => r.network_id }),
    ports: collection<Port, "project" | "name" | "tag" | "network" | "device" | "ip" | "host" | "address" | "group" | "mac">(
      "ports",
      {
        ...tagged,
        network: (r) => r.network_id,
        device: (r) => (r.device_id === "" ? undefined : r.device_id),
        ip: (r) => r.fixed_ips.map((ip) => ipKey(ip.subnet_id, ip.ip_address)),
        host: (r) => r.fixed_ips.map((ip) => ipKey(r.network_id, ip.ip_address)),
        address: (r) => r.fixed_ips.map((ip) => ip.ip_address),
        group: (r) => r.security_groups,
        mac: (r) => r.mac_address,
      },
    ),
    routers: collection<Router, "project" | "name" | "tag">("routers", tagged),
    floatingIps: collection<FloatingIp, "project" | "tag" | "address" | "port">("floatingips", {
      project: tagged.project,
      tag: tagged.tag,
      address: (r) => r.floating_ip_address,
      port: (r) => r.port_id ?? undefined,
    }),
    securityGroups: collection<SecurityGroup, "project" | "name" | "tag">("security-groups", tagged),
    securityGroupRules: collection<SecurityGroupRule, "project" | "group" | "remote">("security-group-rules", {
      project: named.project,
      group: (r) => r.security_group_id,
      remote: (r) => r.remote_group_id ?? undefined,
    }),
    trunks: collection<Trunk, "project" | "name" | "tag" | "port" | "subport">("trunks", {
      ...tagged,
      port: (r) => r.port_id,
      subport: (r) => r.sub_ports.map((sub) => sub.port_id),
    }),

    servers: collection<Server, "project" | "name" | "tag" | "host" | "group" | "unfinished">("servers", {
      ...tagged,
      host: (r) => r.host ?? undefined,
      group: (r) => r.group_id ?? undefined,
      unfinished: (r) => (r.task_state === null ? undefined : r.task_state),
    }),
    /** Availability zones that an operator has closed to new servers. */
    closedZones: collection<{ readonly id: string }, never>("closed-zones", {}),
    userData: collection<UserData, never>("user-data", {}),
    flavors: collection<Flavor, "name">("flavors", { name: (r) => r.name }),
    serverGroups: collection<ServerGroup, "project" | "name">("server-groups", named),
    keypairs: collection<Keypair, "user">("keypairs", { user: (r) => r.user_id }),

    loadBalancers: collection<LoadBalancer, "project" | "name" | "tag" | "vip">("loadbalancers", {
      ...tagged,
      vip: (r) => r.vip_port_id,
    }),
    listeners: collection<Listener, "project" | "name" | "tag" | "loadbalancer" | "pool">("listeners", {
      ...tagged,
      loadbalancer: (r) => r.loadbalancer_id,
      pool: (r) => r.default_pool_id ?? undefined,
    }),
    pools: collection<Pool, "project" | "name" | "tag" | "loadbalancer">("pools", {
      ...tagged,
      loadbalancer: (r) => r.loadbalancer_id,
    }),
    members: collection<Member, "project" | "name" | "tag" | "pool" | "host">("members", {
      ...tagged,
      pool: (r) => r.pool_id,
      host: (r) => ipKey(r.network_id, r.address),
    }),
    healthMonitors: collection<HealthMonitor, "project" | "name" | "tag" | "pool">("healthmonitors", {
      ...tagged,
      pool: (r) => r.pool_id,
    }),
    loadBalancerFlavors: collection<LoadBalancerFlavor, "name">("loadbalancer-flavors", { name: (r) => r.name }),

    images: collection<Image, "owner" | "name" | "tag">("images", {
      owner: (r) => r.owner,
      name: (r) => r.name ?? undefined,
      tag: tagged.tag,
    }),
    volumes: collection<Volume, "project" | "name">("volumes", { project: named.project, name: (r) => r.name ?? undefined }),
    snapshots: collection<Snapshot, "project" | "volume">("snapshots", { project: named.project, volume: (r) => r.volume_id }),
    volumeTypes: collection<VolumeType, "name">("volume-types", { name: (r) => r.name }),
  };
};
