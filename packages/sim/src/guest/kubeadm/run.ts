import { ConfigMap, isNotFound, Secret } from "@slipway/api";
import { generateKeyPair, issueCertificate, publicKeyPins, readKubeconfig } from "@slipway/api/pki/index.ts";
import { load } from "js-yaml";
import type { InstanceData } from "../cloudinit/parse.ts";
import type { Disk } from "../disk.ts";
import type { GuestServer } from "../port.ts";
import type { GuestNode } from "../records.ts";
import type { WorkloadCluster } from "../workload/cluster.ts";
import { EtcdError } from "../workload/etcd.ts";
import { kubeadmObjects, type NodeFacts, nthAddress } from "../workload/objects.ts";
import {
  type ClusterConfiguration,
  controlPlaneOptions,
  KubeadmError,
  type NodeRegistration,
  parseInit,
  parseJoin,
} from "./config.ts";
import { type NodePki, readNodePki } from "./pki.ts";
import {
  checkPeers,
  checkServers,
  clusterInfoAuthorities,
  controllerManagerSigner,
  controlPlaneTrust,
  kubeletCertificate,
  leadingSigner,
} from "./trust.ts";

/** What kubeadm sees of the world outside its server. */
export interface KubeadmWorld {
  readonly server: GuestServer;
  readonly instance: InstanceData;
  readonly disk: Disk;
  /** `v1.33.1`: which kubeadm and kubelet the image carries. */
  readonly imageVersion: string;
  now(): Date;
  print(line: string): void;
  /** The cluster whose API answers at host:port, waiting for it for a while as kubeadm does; undefined when nobody answered. */
  reach(endpoint: string): Promise<WorkloadCluster | undefined>;
  /** A new workload cluster; `initialise` is done before anyone else can reach it. */
  createCluster(options: {
    readonly caPem: string;
    readonly kubernetesVersion: string;
    readonly endpoint: string;
    readonly imageRepository: string;
    readonly localEtcd: boolean;
  }): Promise<WorkloadCluster>;
  saveNode(node: GuestNode): Promise<void>;
  /** The nodes of a cluster whose servers run, the oldest first. */
  nodesOf(cluster: WorkloadCluster): readonly GuestNode[];
}

const minorOf = (version: string): number => Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? 0);

/** `kubeadm init --config FILE`. @throws KubeadmError with what kubeadm prints */
export const kubeadmInit = async (world: KubeadmWorld, configPath: string): Promise<void> => {
  const { cluster, init } = parseInit(configFile(world, configPath), minorOf(world.imageVersion));
  const version = cluster.kubernetesVersion ?? world.imageVersion;
  if (minorOf(version) > minorOf(world.imageVersion)) {
    throw new KubeadmError(
      `the requested Kubernetes version ${version} is higher than kubeadm's own ${world.imageVersion}: this image cannot run it`,
    );
  }
  if (minorOf(version) < minorOf(world.imageVersion) - 1) {
    throw new KubeadmError(`kubeadm ${world.imageVersion} cannot deploy a control plane of version ${version}`);
  }
  world.print(`[init] Using Kubernetes version: ${version}`);
  const pki = await readNodePki(world.disk, cluster.certificatesDir, world.now(), !cluster.externalEtcd);
  const address = init.advertiseAddress ?? world.server.addresses[0] ?? "127.0.0.1";
  const endpoint = cluster.controlPlaneEndpoint ?? `${address}:${init.bindPort}`;
  const name = nodeName(world, init.nodeRegistration);
  const serving = await servingCertificate(world, pki.ca, cluster, { name, endpoint });
  const options = controlPlaneOptions(cluster.raw, minorOf(version));
  const manager = controllerManagerSigner(world.disk, options);
  const workload = await world.createCluster({
    caPem: pki.ca.certificatePem,
    kubernetesVersion: version,
    endpoint,
    imageRepository: cluster.imageRepository,
    localEtcd: !cluster.externalEtcd,
  });
  if (!cluster.externalEtcd) await joinEtcd(workload, { id: randomMemberId(), name, serverId: world.server.id });
  await workload.upload(kubeadmObjects({ cluster, kubernetesVersion: version, endpoint, caPem: pki.ca.certificatePem }));
  // kubeadm itself signs for the first kubelet, and shows it only the first certificate of the authority's file.
  const certificatePem = await kubeletCertificate(pki.ca, name, world.now());
  const pins = await publicKeyPins(pki.ca.certificatePem);
  const trust = {
    kubelet: {
      certificatePem,
      issuer: pins[0] ?? "",
      servers: pins.slice(0, 1),
      clients: pins,
      local: options.kubeletLocalMode,
    },
    ...(await controlPlaneTrust(pki)),
    ...("signer" in manager ? { signer: manager.signer } : {}),
  };
  await workload.registerNode(
    nodeFacts(world, init.nodeRegistration, { controlPlane: true, now: world.now(), ...failingManager(world, manager) }),
  );
  await world.saveNode({
    clusterId: workload.record().id,
    name,
    controlPlane: true,
    kubeletVersion: world.imageVersion,
    bindPort: init.bindPort,
    serving,
    trust,
  });
  world.print("Your Kubernetes control-plane has initialized successfully!");
};

/** `kubeadm join --config FILE`. @throws KubeadmError with what kubeadm prints */
export const kubeadmJoin = async (world: KubeadmWorld, configPath: string): Promise<void> => {
  const join = parseJoin(configFile(world, configPath), minorOf(world.imageVersion));
  const discovery = join.token === undefined ? discoveryFromFile(world, join.file ?? "") : { ...join.token, authoritiesPem: "" };
  const workload = await world.reach(discovery.endpoint);
  if (workload === undefined) {
    throw new KubeadmError(
      `couldn't validate the identity of the API Server: Get "https://${discovery.endpoint}/api/v1/namespaces/kube-public/configmaps/cluster-info": dial tcp ${discovery.endpoint}: connect: connection refused`,
    );
  }
  const record = workload.record();
  const others = world.nodesOf(workload);
  const authoritiesPem = join.token === undefined ? discovery.authoritiesPem : await clusterInfoAuthorities(workload);
  const believed = await publicKeyPins(authoritiesPem);
  if (join.token !== undefined) {
    if (!join.token.unsafe && !join.token.caCertHashes.some((hash) => believed.includes(hash.toLowerCase()))) {
      throw new KubeadmError(
        `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys ${JSON.stringify(believed)} are pinned`,
      );
    }
    await checkToken(world, workload, join.token.token);
  }
  await checkServers(authoritiesPem, others, discovery.endpoint);
  const configuration = await uploadedConfiguration(workload);
  checkSkew(world.imageVersion, versionOf(configuration) ?? record.kubernetesVersion);
  const name = nodeName(world, join.nodeRegistration);
  const minor = minorOf(world.imageVersion);
  const options = controlPlaneOptions(configuration, minor);
  const pki =
    join.controlPlane === undefined
      ? undefined
      : await readNodePki(world.disk, "/etc/kubernetes/pki", world.now(), record.localEtcd);
  const joined = pki === undefined ? undefined : await joinControlPlane(world, workload, { pki, believed, others, name });
  const manager = pki === undefined ? undefined : controllerManagerSigner(world.disk, options);
  const signer = leadingSigner(others);
  const kubelet = signer && {
    certificatePem: await kubeletCertificate(signer, name, world.now()),
    issuer: (await publicKeyPins(signer.certificatePem))[0] ?? "",
    servers: believed,
    clients: pki === undefined ? believed : await publicKeyPins(pki.ca.certificatePem),
    local: pki !== undefined && options.kubeletLocalMode,
  };
  const trust = kubelet && {
    kubelet,
    ...joined?.trust,
    ...(manager !== undefined && "signer" in manager ? { signer: manager.signer } : {}),
  };
  const failing = manager === undefined ? {} : failingManager(world, manager);
  await workload.registerNode(
    nodeFacts(world, join.nodeRegistration, { controlPlane: pki !== undefined, now: world.now(), ...failing }),
  );
  await world.saveNode({
    clusterId: record.id,
    name,
    controlPlane: pki !== undefined,
    kubeletVersion: world.imageVersion,
    bindPort: join.controlPlane?.bindPort ?? 0,
    ...(joined === undefined ? {} : { serving: joined.serving }),
    ...(trust === undefined ? {} : { trust }),
  });
  world.print("This node has joined the cluster:");
};

/** What a control plane node brings with it must fit to those that are there. @throws KubeadmError */
const joinControlPlane = async (
  world: KubeadmWorld,
  workload: WorkloadCluster,
  {
    pki,
    believed,
    others,
    name,
  }: {
    readonly pki: NodePki;
    readonly believed: readonly string[];
    readonly others: readonly GuestNode[];
    readonly name: string;
  },
) => {
  const { endpoint, localEtcd } = workload.record();
  const own = await publicKeyPins(pki.ca.certificatePem);
  if (!own.some((pin) => believed.includes(pin)))
    throw new KubeadmError("the CA on this node is not the cluster's CA: x509: certificate signed by unknown authority");
  const trust = await controlPlaneTrust(pki);
  const serving = await servingCertificate(world, pki.ca, defaultNames, { name, endpoint });
  if (localEtcd) {
    checkPeers(trust.etcd, others);
    await joinEtcd(workload, { id: randomMemberId(), name, serverId: world.server.id });
  }
  return { trust, serving };
};

const failingManager = (world: KubeadmWorld, manager: ReturnType<typeof controllerManagerSigner>): Pick<NodeFacts, "failing"> => {
  if ("signer" in manager) return {};
  world.print(`kubelet: kube-controller-manager: ${manager.failure}`);
  return { failing: { component: "kube-controller-manager", message: manager.failure } };
};

const configFile = (world: KubeadmWorld, path: string): string => {
  const text = world.disk.read(path);
  if (text === undefined) throw new KubeadmError(`unable to read config from "${path}": open ${path}: no such file or directory`);
  return text;
};

const discoveryFromFile = (world: KubeadmWorld, path: string): { endpoint: string; authoritiesPem: string } => {
  const access = readKubeconfig(configFile(world, path));
  const url = new URL(access.server);
  return {
    endpoint: `${url.hostname}:${url.port === "" ? "443" : url.port}`,
    authoritiesPem: access.certificateAuthorityPem ?? "",
  };
};

const joinEtcd = async (workload: WorkloadCluster, member: { id: string; name: string; serverId: string }): Promise<void> => {
  try {
    // A join that was interrupted left its member behind; kubeadm finds it by name and goes on.
    if (workload.record().etcd.members.some((other) => other.name === member.name)) return;
    await workload.addEtcdMember(member);
  } catch (error) {
    if (error instanceof EtcdError)
      throw new KubeadmError(`error creating local etcd static pod manifest file: ${error.message}`);
    throw error;
  }
};

/** A bootstrap token is a Secret of the cluster: its secret part, its expiry and its usages are checked as the API server does. */
const checkToken = async (world: KubeadmWorld, workload: WorkloadCluster, token: string): Promise<void> => {
  const refuse = (why: string): never => {
    throw new KubeadmError(`couldn't validate the identity of the API Server: ${why}`);
  };
  const [id = "", secret = ""] = token.split(".");
  if (!/^[a-z0-9]{6}$/.test(id) || !/^[a-z0-9]{16}$/.test(secret))
    refuse(`the bootstrap token "${id}.…" is not of the form "[a-z0-9]{6}.[a-z0-9]{16}"`);
  const found = await workload.api.admin
    .get(Secret, { namespace: "kube-system", name: `bootstrap-token-${id}` })
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const value = (key: string): string => atob(found?.data?.[key] ?? "");
  if (found === undefined) refuse(`could not find a JWS signature in the cluster-info ConfigMap for token ID "${id}"`);
  if (found?.type !== "bootstrap.kubernetes.io/token" || value("token-secret") !== secret)
    refuse(`the bootstrap token ID "${id}" has another secret: Unauthorized`);
  const expiration = value("expiration");
  if (expiration !== "" && Date.parse(expiration) <= world.now().getTime())
    refuse(`the bootstrap token ID "${id}" expired at ${expiration}`);
  if (value("usage-bootstrap-authentication") !== "true")
    refuse(`the bootstrap token ID "${id}" may not be used for authentication`);
  if (value("usage-bootstrap-signing") !== "true") refuse(`the bootstrap token ID "${id}" may not be used for signing`);
};

/** What the cluster's `kubeadm-config` says: a rollout of the control plane changes it before its first new machine. */
const uploadedConfiguration = async (workload: WorkloadCluster): Promise<{ readonly [field: string]: unknown }> => {
  const config = await workload.api.admin
    .get(ConfigMap, { namespace: "kube-system", name: "kubeadm-config" })
    .catch((error: unknown) => {
      throw new KubeadmError(`failed to get config map: ${error instanceof Error ? error.message : error}`);
    });
  const cluster = load(config.data?.["ClusterConfiguration"] ?? "");
  return cluster !== null && typeof cluster === "object" ? (cluster as { readonly [field: string]: unknown }) : {};
};

const versionOf = ({ kubernetesVersion }: { readonly [field: string]: unknown }): string | undefined =>
  typeof kubernetesVersion === "string" ? kubernetesVersion : undefined;

/** kubeadm joins a cluster of its own minor version or one older (Kubernetes version skew policy). */
const checkSkew = (imageVersion: string, clusterVersion: string): void => {
  const difference = minorOf(imageVersion) - minorOf(clusterVersion);
  if (difference > 1)
    throw new KubeadmError(`kubeadm ${imageVersion} is too new for a control plane of version ${clusterVersion}`);
  if (difference < -3)
    throw new KubeadmError(`kubelet ${imageVersion} is too old for a control plane of version ${clusterVersion}`);
};

const nodeName = (world: KubeadmWorld, registration: NodeRegistration): string =>
  (registration.name ?? registration.kubeletExtraArgs["hostname-override"] ?? world.instance.localHostname).toLowerCase();

const controlPlaneTaint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };

const nodeFacts = (
  world: KubeadmWorld,
  registration: NodeRegistration,
  { controlPlane, now, failing }: { readonly controlPlane: boolean; readonly now: Date } & Pick<NodeFacts, "failing">,
): NodeFacts => {
  const args = registration.kubeletExtraArgs;
  const labels = (args["node-labels"] ?? "").split(",").filter((pair) => pair !== "");
  return {
    name: nodeName(world, registration),
    kubeletVersion: world.imageVersion,
    controlPlane,
    // With an external cloud provider the kubelet leaves it to the cloud controller, which asks the cloud for the server's id.
    providerId: args["provider-id"] ?? (args["cloud-provider"] === "external" ? `openstack:///${world.server.id}` : undefined),
    labels: Object.fromEntries(labels.map((pair) => [pair.split("=")[0] ?? "", pair.split("=")[1] ?? ""])),
    taints: registration.taints ?? (controlPlane ? [controlPlaneTaint] : []),
    addresses: world.server.addresses,
    zone: world.server.availabilityZone,
    flavor: world.server.flavor,
    instanceId: world.server.id,
    ...(failing === undefined ? {} : { failing }),
    now: `${now.toISOString().slice(0, 19)}Z`,
  };
};

/** kubeadm's own names for the API server, and those of the configuration. */
const servingCertificate = async (
  world: KubeadmWorld,
  ca: { readonly certificatePem: string; readonly privateKeyPem: string },
  cluster: Pick<ClusterConfiguration, "certSANs" | "serviceSubnet" | "dnsDomain">,
  { name, endpoint }: { readonly name: string; readonly endpoint: string },
) => {
  const kubernetes = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${cluster.dnsDomain}`,
  ];
  const host = endpoint.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  const sans = [
    name,
    ...kubernetes,
    nthAddress(cluster.serviceSubnet, 1),
    ...world.server.addresses,
    host,
    "localhost",
    "127.0.0.1",
    ...cluster.certSANs,
  ];
  const request = { commonName: "kube-apiserver", sans: [...new Set(sans)], usages: ["serverAuth"], days: 365 } as const;
  return issueCertificate(ca, request, { keys: await generateKeyPair("ecdsa-p256"), now: world.now() });
};

const defaultNames = { certSANs: [], serviceSubnet: "10.96.0.0/12", dnsDomain: "cluster.local" };

const randomMemberId = (): string => crypto.getRandomValues(new BigUint64Array(1)).at(0)?.toString() ?? "1";
