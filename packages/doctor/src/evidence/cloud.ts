import { type Cloud, CloudError } from "@slipway/openstack";
import type {
  CloudEvidence,
  CloudProblem,
  CloudService,
  LoadBalancerFact,
  NamedFact,
  NetworkFacts,
  ObjectEvidence,
  QuotaFact,
  ServerFact,
} from "./evidence.ts";

export interface CollectCloudOptions {
  /** How many consoles are read at most; each is a call. */
  readonly consoles?: number;
  /** How long each service may take. @throws CloudError unavailable when it does not answer in time */
  readonly within?: <T>(work: Promise<T>) => Promise<T>;
}

const CONSOLE_LINES = 120;

/**
 * What the cloud itself says of a cluster, asked with the cluster's own credential: a dozen look-ups, no changes. Never throws: a
 * service that does not answer is a finding.
 */
export const collectCloud = async (
  cloud: Cloud,
  objects: ObjectEvidence,
  { consoles = 3, within = (work) => work }: CollectCloudOptions = {},
): Promise<CloudEvidence> => {
  const problems: CloudProblem[] = [];
  const ask = async <T>(service: CloudService, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await within(question());
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      problems.push(problemOf(service, error));
      return undefined;
    }
  };
  // Without a token every other question would only repeat the answer to this one.
  if ((await ask("identity", () => cloud.session.token())) === undefined) return cloudUnasked(...problems);
  const name = objects.cluster?.metadata.name ?? objects.record?.metadata.name ?? "";
  const [servers, quotas, loadBalancer, network, images, flavors, keypair, volumes] = await Promise.all([
    ask("compute", () => serversOf(cloud, `${name}-`, objects, consoles)),
    quotasOf(cloud, ask),
    ask("loadbalancer", () => loadBalancerOf(cloud, objects)),
    ask("network", () => networkOf(cloud, objects)),
    ask("image", () => imagesOf(cloud, objects)),
    ask("compute", () => flavorsOf(cloud, objects)),
    ask("compute", () => keypairOf(cloud, objects)),
    hasVolumes(objects) ? ask("volume", () => cloud.volumes.listVolumesBeginning(`${name}-`)) : undefined,
  ]);
  return {
    problems: distinct(problems),
    servers,
    quotas,
    loadBalancer,
    network,
    images,
    flavors,
    keypair,
    volumes: volumes?.map((volume) => ({ name: volume.name, status: volume.status })),
  };
};

/** Nothing could be asked, for these reasons. */
export const cloudUnasked = (...problems: readonly CloudProblem[]): CloudEvidence => ({
  problems,
  servers: undefined,
  quotas: [],
  loadBalancer: undefined,
  network: undefined,
  images: undefined,
  flavors: undefined,
  keypair: undefined,
  volumes: undefined,
});

type Ask = <T>(service: CloudService, question: () => Promise<T>) => Promise<T | undefined>;

/** One service that is away is told of once, however many questions it did not answer. */
const distinct = (problems: readonly CloudProblem[]): readonly CloudProblem[] => {
  const seen = new Set<string>();
  return problems.filter(({ service, kind }) => {
    const key = `${service} ${kind}`;
    return seen.has(key) ? false : seen.add(key);
  });
};

const problemOf = (service: CloudService, error: CloudError): CloudProblem => {
  const { message } = error;
  switch (error.kind) {
    case "unauthorized":
    case "forbidden":
    case "unsupported":
      return { service, kind: error.kind, message };
    case "unavailable":
      return { service, kind: /HTTP 429/.test(message) ? "throttled" : "unavailable", message };
    default:
      return { service, kind: "other", message };
  }
};

/** Consoles are read of the servers whose machines have no node yet, oldest first: the first failure is the telling one. */
const serversOf = async (
  cloud: Cloud,
  prefix: string,
  { machines }: ObjectEvidence,
  consoles: number,
): Promise<readonly ServerFact[]> => {
  const joined = new Set(
    machines
      .filter(({ status }) => status?.nodeRef !== undefined)
      .map(({ metadata, spec }) => spec.infrastructureRef?.name ?? metadata.name),
  );
  const found = await cloud.compute.listServersBeginning(prefix);
  const unjoined = found
    .filter((server) => server.status === "ACTIVE" && !joined.has(server.name))
    .toSorted((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0))
    .slice(0, consoles);
  const printed = new Map(
    await Promise.all(
      unjoined.map(async ({ id }) => [id, await cloud.compute.consoleOutput(id, CONSOLE_LINES).catch(() => undefined)] as const),
    ),
  );
  return found.map((server) => ({
    id: server.id,
    name: server.name,
    status: server.status,
    taskState: server.taskState,
    fault: server.fault,
    zone: server.availabilityZone,
    createdAt: server.createdAt?.toISOString(),
    console: printed.get(server.id),
  }));
};

const quotasOf = async (cloud: Cloud, ask: Ask): Promise<readonly QuotaFact[]> => {
  const [compute, network] = await Promise.all([
    ask("compute", () => cloud.compute.listLimits()),
    // Not every Neutron tells what is used: that is no trouble of the cluster's.
    cloud.network.listQuotas().catch(() => []),
  ]);
  return [
    ...(compute ?? []).map((one) => ({ service: "compute" as const, ...one })),
    ...network.map((one) => ({ service: "network" as const, ...one })),
  ];
};

const loadBalancerOf = async (cloud: Cloud, { infrastructure }: ObjectEvidence): Promise<LoadBalancerFact | null | undefined> => {
  if (infrastructure?.spec.apiServerLoadBalancer?.enabled !== true) return undefined;
  const { namespace = "", name } = infrastructure.metadata;
  const known = infrastructure.status?.apiServerLoadBalancer?.name ?? `k8s-clusterapi-cluster-${namespace}-${name}-kubeapi`;
  const [found] = await cloud.loadBalancing.listLoadBalancers({ name: known });
  return found === undefined
    ? null
    : {
        id: found.id,
        name: found.name,
        provisioningStatus: found.provisioningStatus,
        operatingStatus: found.operatingStatus,
        changedAt: found.changedAt?.toISOString(),
      };
};

const networkOf = async (cloud: Cloud, { infrastructure }: ObjectEvidence): Promise<NetworkFacts | undefined> => {
  if (infrastructure === undefined) return undefined;
  const { status, spec } = infrastructure;
  const externalId = status?.externalNetwork?.id ?? spec.externalNetwork?.id;
  const ownId = status?.network?.id ?? spec.network?.id;
  const [external, own, subnets, router, addresses] = await Promise.all([
    externalId === undefined ? undefined : cloud.network.findNetwork(externalId).then((found) => found ?? null),
    ownId === undefined ? undefined : cloud.network.findNetwork(ownId).then((found) => found ?? null),
    ownId === undefined ? [] : cloud.network.listSubnets({ networkId: ownId }),
    status?.router === undefined ? undefined : cloud.network.findRouter(status.router.id).then((found) => found ?? null),
    spec.disableAPIServerFloatingIP === true ? undefined : apiAddresses(cloud, infrastructure),
  ]);
  const used = new Set((status?.network?.subnets ?? []).map(({ id }) => id));
  const address = addresses?.[0];
  const hasEndpoint = spec.controlPlaneEndpoint !== undefined;
  return {
    own: own === null || own === undefined ? own : { id: own.id, name: own.name, subnets: subnets.length },
    dhcp: subnets.filter(({ id }) => used.has(id)).map(({ id, dhcp }) => ({ subnet: id, enabled: dhcp })),
    router: router === null || router === undefined ? router : { id: router.id, gateway: router.gateway !== undefined },
    external: externalId === undefined ? undefined : { id: externalId, found: external !== null },
    apiAddress:
      addresses === undefined
        ? undefined
        : address === undefined
          ? hasEndpoint
            ? null
            : undefined
          : { address: address.address, status: address.status, attached: address.portId !== undefined },
  };
};

/** By its address once that is known, else by what it says of itself. */
const apiAddresses = (cloud: Cloud, { metadata, spec }: NonNullable<ObjectEvidence["infrastructure"]>) => {
  const host = spec.controlPlaneEndpoint?.host;
  if (host !== undefined) return cloud.network.listFloatingIps({ address: host });
  const description = `Created by cluster-api-provider-openstack cluster ${metadata.namespace ?? ""}-${metadata.name}`;
  return cloud.network.listFloatingIps({ description });
};

const imagesOf = async (cloud: Cloud, { machineTemplates }: ObjectEvidence): Promise<readonly NamedFact[]> => {
  const ids = new Set(machineTemplates.flatMap(({ spec }) => spec.template.spec.image.id ?? []));
  return Promise.all(
    [...ids].map(async (id) => {
      const found = await cloud.images.findImage(id);
      return { id, found: found !== undefined, status: found?.status ?? "" };
    }),
  );
};

const flavorsOf = async (cloud: Cloud, { machineTemplates }: ObjectEvidence): Promise<readonly NamedFact[]> => {
  const wanted = new Set(machineTemplates.flatMap(({ spec }) => spec.template.spec.flavor ?? []));
  if (wanted.size === 0) return [];
  const there = new Set((await cloud.compute.listFlavors()).map(({ name }) => name));
  return [...wanted].map((name) => ({ id: name, found: there.has(name), status: "" }));
};

const keypairOf = async (cloud: Cloud, { record }: ObjectEvidence): Promise<NamedFact | undefined> => {
  const name = record?.spec.keypair;
  if (name === undefined) return undefined;
  return { id: name, found: (await cloud.compute.findKeypair(name)) !== undefined, status: "" };
};

const hasVolumes = ({ machineTemplates }: ObjectEvidence): boolean =>
  machineTemplates.some(
    ({ spec: { template } }) =>
      template.spec.rootVolume !== undefined ||
      (template.spec.additionalBlockDevices ?? []).some(({ storage }) => storage.type === "Volume"),
  );
