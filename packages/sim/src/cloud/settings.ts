/** Everything about the simulated cloud that somebody may want different. */
export interface CloudSettings {
  readonly region: string;
  readonly endpoints: {
    readonly scheme: "http" | "https";
    readonly host: string;
    readonly portOffset: number;
    /** Replaces what host and offset would give; no trailing slash. */
    readonly baseUrls?: { readonly [service in CatalogService]?: string };
  };
  readonly users: readonly SeedUser[];
  readonly projects: readonly SeedProject[];
  readonly tokenLifetimeSeconds: number;
  /** Of passwords and secrets (PBKDF2); low, as logins are many and the cloud is simulated. */
  readonly passwordHashIterations: number;
  readonly publicNetwork: { readonly name: string; readonly subnet: string; readonly cidr: string };
  readonly availabilityZones: readonly { readonly name: string; readonly hosts: number }[];
  readonly hostCapacity: { readonly vcpus: number; readonly ramMiB: number };
  readonly flavors: readonly SeedFlavor[];
  readonly images: readonly SeedImage[];
  readonly keypairs: readonly { readonly user: string; readonly name: string; readonly publicKey: string }[];
  readonly volumeTypes: readonly { readonly name: string; readonly description: string }[];
  readonly loadBalancerProviders: readonly { readonly name: string; readonly description: string }[];
  readonly quotas: Quotas;
  readonly delays: Delays;
  /** The address that connections from outside of the cloud are taken to come from. */
  readonly outsideAddress: string;
  /** Novas of older releases stop earlier; minor of 2.x. */
  readonly computeMaxVersion: number;
  /** Bearer token of the operator API; without it that API is closed. */
  readonly operatorToken: string | undefined;
}

export type ServiceName = "identity" | "compute" | "network" | "image" | "loadbalancer" | "volume";
export type CatalogService = ServiceName | "containerInfra";

export interface SeedUser {
  readonly name: string;
  readonly password: string;
  readonly grants: readonly { readonly project: string; readonly roles: readonly string[] }[];
}
export interface SeedProject {
  readonly name: string;
  readonly description: string;
}
export interface SeedFlavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
}
export interface SeedImage {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly minDiskGiB?: number;
  readonly properties: { readonly [name: string]: string };
}

/** Limits of one project; -1 is unlimited. */
export interface Quotas {
  readonly compute: { readonly [resource: string]: number };
  readonly network: { readonly [resource: string]: number };
  readonly loadbalancer: { readonly [resource: string]: number };
  readonly volume: { readonly [resource: string]: number };
}

/** Milliseconds from asking to having. */
export interface Delays {
  readonly serverBuild: number;
  readonly serverDelete: number;
  readonly serverAction: number;
  readonly loadBalancerCreate: number;
  readonly loadBalancerUpdate: number;
  readonly loadBalancerDelete: number;
  readonly floatingIp: number;
  readonly routerPort: number;
  readonly volume: number;
  readonly image: number;
}

export const delayProfiles: { readonly none: Delays; readonly demo: Delays } = {
  none: {
    serverBuild: 0,
    serverDelete: 0,
    serverAction: 0,
    loadBalancerCreate: 0,
    loadBalancerUpdate: 0,
    loadBalancerDelete: 0,
    floatingIp: 0,
    routerPort: 0,
    volume: 0,
    image: 0,
  },
  demo: {
    serverBuild: 12_000,
    serverDelete: 4_000,
    serverAction: 3_000,
    loadBalancerCreate: 25_000,
    loadBalancerUpdate: 2_000,
    loadBalancerDelete: 6_000,
    floatingIp: 1_500,
    routerPort: 1_500,
    volume: 4_000,
    image: 5_000,
  },
};

const ports: { readonly [service in CatalogService]: number } = {
  identity: 5000,
  compute: 8774,
  network: 9696,
  image: 9292,
  loadbalancer: 9876,
  volume: 8776,
  containerInfra: 9511,
};

/** Where a service answers: the root, without the version. */
export const baseUrl = (settings: Pick<CloudSettings, "endpoints">, service: CatalogService): string => {
  const { scheme, host, portOffset, baseUrls } = settings.endpoints;
  return baseUrls?.[service] ?? `${scheme}://${host}:${ports[service] + portOffset}`;
};

/** `member` implies `reader`, as Keystone's bootstrap has it. */
const memberRoles = ["member", "load-balancer_member", "creator"];

/** The people of a fresh cloud: an operator, a tenant, and Magnum's own account. */
export const seedUsers = (passwords: { admin: string; demo: string; magnum: string }): readonly SeedUser[] => [
  { name: "admin", password: passwords.admin, grants: [{ project: "admin", roles: ["admin", ...memberRoles] }] },
  { name: "demo", password: passwords.demo, grants: [{ project: "demo", roles: memberRoles }] },
  { name: "magnum", password: passwords.magnum, grants: [{ project: "service", roles: ["admin", "service"] }] },
];

/** The Kubernetes versions that there is an image for. */
export const kubernetesImages = (versions: readonly string[]): readonly SeedImage[] =>
  versions.map((version) => ({
    name: `ubuntu-2204-kube-${version}`,
    minDiskGiB: 0,
    properties: { os_distro: "ubuntu", os_version: "22.04", os_type: "linux", architecture: "x86_64", kube_version: version },
  }));

export const defaultQuotas: Quotas = {
  compute: {
    instances: 1000,
    cores: 4000,
    ram: 16_384_000,
    key_pairs: 100,
    metadata_items: 128,
    server_groups: 500,
    server_group_members: 100,
    injected_files: 5,
    injected_file_content_bytes: 10240,
    injected_file_path_bytes: 255,
    fixed_ips: -1,
    floating_ips: -1,
    security_groups: -1,
    security_group_rules: -1,
  },
  network: {
    network: 500,
    subnet: 500,
    subnetpool: -1,
    port: 10000,
    router: 200,
    floatingip: 1000,
    rbac_policy: 10,
    security_group: 1000,
    security_group_rule: 20000,
    trunk: 1000,
  },
  loadbalancer: { load_balancer: 500, listener: 2000, member: 10000, pool: 2000, health_monitor: 2000, l7policy: -1, l7rule: -1 },
  volume: {
    volumes: 1000,
    gigabytes: 100_000,
    snapshots: 1000,
    per_volume_gigabytes: -1,
    backups: 10,
    backup_gigabytes: 1000,
    groups: 10,
  },
};

/** A cloud without delays in which `users` can log in. */
export const defaultSettings = (
  given: Pick<CloudSettings, "users"> & { readonly [key in keyof CloudSettings]?: CloudSettings[key] },
): CloudSettings => ({
  region: "RegionOne",
  endpoints: { scheme: "http", host: "127.0.0.1", portOffset: 0 },
  projects: [
    { name: "admin", description: "Bootstrap project for initializing the cloud." },
    { name: "demo", description: "A tenant" },
    { name: "service", description: "Accounts of the services" },
  ],
  tokenLifetimeSeconds: 3600,
  passwordHashIterations: 1000,
  publicNetwork: { name: "public", subnet: "public-subnet", cidr: "127.77.0.0/16" },
  availabilityZones: [
    { name: "az1", hosts: 8 },
    { name: "az2", hosts: 8 },
    { name: "az3", hosts: 8 },
  ],
  hostCapacity: { vcpus: -1, ramMiB: -1 },
  flavors: [
    { id: "1", name: "m1.tiny", vcpus: 1, ramMiB: 512, diskGiB: 1 },
    { id: "2", name: "m1.small", vcpus: 1, ramMiB: 2048, diskGiB: 20 },
    { id: "3", name: "m1.medium", vcpus: 2, ramMiB: 4096, diskGiB: 40 },
    { id: "4", name: "m1.large", vcpus: 4, ramMiB: 8192, diskGiB: 80 },
    { id: "5", name: "m1.xlarge", vcpus: 8, ramMiB: 16384, diskGiB: 160 },
    { id: "6", name: "k8s.control-plane", vcpus: 2, ramMiB: 4096, diskGiB: 40 },
    { id: "7", name: "k8s.worker", vcpus: 4, ramMiB: 8192, diskGiB: 80 },
  ],
  images: kubernetesImages(["v1.31.1", "v1.31.6", "v1.32.2", "v1.32.5", "v1.33.1", "v1.33.3"]),
  keypairs: [
    {
      user: "demo",
      name: "demo",
      publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3b3h0aGlzaXNhc2ltdWxhdGVkY2xvdWRkZW1va2V5 demo@slipway",
    },
  ],
  volumeTypes: [
    { name: "__DEFAULT__", description: "Default Volume Type" },
    { name: "ssd", description: "Fast" },
  ],
  loadBalancerProviders: [
    { name: "amphora", description: "The Octavia Amphora driver." },
    { name: "octavia", description: "Deprecated alias of the Octavia Amphora driver." },
    { name: "ovn", description: "Octavia OVN driver." },
  ],
  quotas: defaultQuotas,
  delays: delayProfiles.none,
  outsideAddress: "127.0.0.1",
  computeMaxVersion: 96,
  operatorToken: undefined,
  ...given,
});
