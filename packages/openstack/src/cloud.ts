import { type Compute, createCompute, defaultComputeMicroversion } from "./compute/compute.ts";
import { createEverywhere, type Everywhere } from "./everywhere.ts";
import { cloudConfig } from "./identity/cloudsyaml.ts";
import { createIdentity, type Identity } from "./identity/identity.ts";
import { createSession, createTokenSession, type Exchange, type Session } from "./identity/session.ts";
import { createImages, type Images } from "./image/image.ts";
import { createLoadBalancing, type LoadBalancing } from "./loadbalancer/loadbalancer.ts";
import { createNetwork, type Network } from "./network/network.ts";
import type { Transport } from "./transport/transport.ts";
import { createVolumes, type Volumes } from "./volume/volume.ts";

/** A cloud as one identity sees it: the project's own things. Services are asked for nothing before their first call. */
export interface Cloud {
  readonly session: Session;
  readonly identity: Identity;
  readonly compute: Compute;
  readonly network: Network;
  readonly loadBalancing: LoadBalancing;
  readonly images: Images;
  readonly volumes: Volumes;
  /** All projects' things: an administrator's only. */
  readonly everywhere: Everywhere;
  /** The project that the identity is for. */
  projectId(): Promise<string>;
}

/** Who asks: an entry of a `clouds.yaml`, most often out of a Secret. */
export interface CloudIdentity {
  readonly cloudsYaml: string;
  readonly cloudName: string;
  /** Goes before the entry's own `region_name`. */
  readonly region?: string | undefined;
  /** Certificates (PEM) to trust instead of the system's. */
  readonly caPem?: string | undefined;
}

/** The port through which controllers reach clouds. Cheap to call: connections and tokens are kept by what is asked for. */
export type ConnectCloud = (identity: CloudIdentity) => Cloud;

export interface CloudOptions {
  readonly now: () => Date;
  readonly computeMicroversion?: string | undefined;
  readonly userAgent?: string;
  readonly observe?: (exchange: Exchange) => void;
}

/** How a transport is made for a cloud's certificates. */
export type TransportFor = (trust: { readonly caPem: string | undefined; readonly verify: boolean }) => Transport;

export interface ConnectorOptions extends CloudOptions {
  readonly transportFor: TransportFor;
  /** Identities kept at once; the one that was not used for longest goes first. 0 keeps none. */
  readonly maxClouds?: number;
}

/** Everything that makes a difference is part of the key: entry, region and certificates, not the credentials alone. */
export const createCloudConnector = ({ transportFor, maxClouds = 4096, ...options }: ConnectorOptions): ConnectCloud => {
  // Least recently used first: a Map keeps the order of insertion.
  const kept = new Map<string, Cloud>();
  return (identity) => {
    const key = JSON.stringify([identity.cloudsYaml, identity.cloudName, identity.region ?? "", identity.caPem ?? ""]);
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const config = cloudConfig(identity.cloudsYaml, identity.cloudName, identity.region);
    const transport = transportFor({ caPem: identity.caPem, verify: config.verify });
    const cloud = cloudOf(createSession(config, { ...options, transport }), options.computeMicroversion);
    if (maxClouds > 0) kept.set(key, cloud);
    for (const oldest of kept.keys()) {
      if (kept.size <= maxClouds) break;
      kept.delete(oldest);
    }
    return cloud;
  };
};

/** A cloud as the bearer of somebody's token sees it: to look things up and make credentials on a tenant's behalf. */
export const cloudOfToken = (
  token: string,
  where: { authUrl: string; region?: string | undefined; interface?: "public" | "internal" | "admin" },
  options: CloudOptions & { readonly transport: Transport },
): Cloud => {
  const config = { authUrl: where.authUrl, region: where.region, interface: where.interface ?? "public" };
  return cloudOf(createTokenSession(config, token, options), options.computeMicroversion);
};

const cloudOf = (session: Session, computeMicroversion: string | undefined): Cloud => ({
  session,
  identity: createIdentity(session),
  compute: createCompute(session, computeMicroversion),
  network: createNetwork(session),
  loadBalancing: createLoadBalancing(session),
  images: createImages(session),
  volumes: createVolumes(session),
  everywhere: createEverywhere(session, computeMicroversion ?? defaultComputeMicroversion),
  projectId: () => session.projectId(),
});
