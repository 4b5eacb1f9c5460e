import { load, Schema, timestampTag, YAML11_SCHEMA } from "js-yaml";
import type { ClusterConfiguration, ControlPlaneComponent, EnvVar, LocalEtcd, StringMap } from "./spec.ts";

/** YAML as Go reads it: `on` is true, dates stay text. */
const goYaml = new Schema(YAML11_SCHEMA.tags.filter((candidate) => candidate !== timestampTag));

/**
 * The ClusterConfiguration in a `kubeadm-config` ConfigMap, whatever version kubeadm wrote it in. What Cluster API has no field
 * for (`proxy`, certificate periods, encryption algorithm, …) is dropped, as upstream does. An empty text is an empty configuration.
 */
export const readClusterConfiguration = (text: string): ClusterConfiguration => {
  const document = text.trim() === "" ? {} : load(text, { schema: goYaml });
  if (!isFields(document)) throw new Error("the ClusterConfiguration is not a YAML map");
  const { apiVersion, kind } = document;
  if (kind !== undefined && kind !== "ClusterConfiguration")
    throw new Error(`expected a ClusterConfiguration, found kind "${String(kind)}"`);
  if (apiVersion !== undefined && !/^kubeadm\.k8s\.io\/v1beta[234]$/.test(String(apiVersion))) {
    throw new Error(`kubeadm configuration of version "${String(apiVersion)}" is not supported`);
  }
  const etcd = fields(document["etcd"]);
  const external = fields(etcd["external"]);
  const apiServer = fields(document["apiServer"]);
  const networking = fields(document["networking"]);
  const dns = fields(document["dns"]);
  return prune<ClusterConfiguration>({
    kubernetesVersion: word(document["kubernetesVersion"]),
    controlPlaneEndpoint: word(document["controlPlaneEndpoint"]),
    certificatesDir: word(document["certificatesDir"]),
    imageRepository: word(document["imageRepository"]),
    clusterName: word(document["clusterName"]),
    featureGates: booleans(document["featureGates"]),
    apiServer: prune({
      ...component(apiServer),
      certSANs: texts(apiServer["certSANs"]),
      timeoutForControlPlane: word(apiServer["timeoutForControlPlane"]),
    }),
    controllerManager: component(fields(document["controllerManager"])),
    scheduler: component(fields(document["scheduler"])),
    dns: prune({ imageRepository: word(dns["imageRepository"]), imageTag: word(dns["imageTag"]) }),
    etcd: prune({
      local: isFields(etcd["local"]) ? localEtcd(etcd["local"]) : undefined,
      external: isFields(etcd["external"])
        ? {
            endpoints: texts(external["endpoints"]) ?? [],
            caFile: word(external["caFile"]) ?? "",
            certFile: word(external["certFile"]) ?? "",
            keyFile: word(external["keyFile"]) ?? "",
          }
        : undefined,
    }),
    networking: prune({
      serviceSubnet: word(networking["serviceSubnet"]),
      podSubnet: word(networking["podSubnet"]),
      dnsDomain: word(networking["dnsDomain"]),
    }),
  });
};

const component = (source: Fields): ControlPlaneComponent =>
  prune({
    extraArgs: args(source["extraArgs"]),
    extraEnvs: list(source["extraEnvs"]) as readonly EnvVar[] | undefined,
    extraVolumes: list(source["extraVolumes"]) as ControlPlaneComponent["extraVolumes"],
  });

const localEtcd = (source: Fields): LocalEtcd =>
  prune({
    imageRepository: word(source["imageRepository"]),
    imageTag: word(source["imageTag"]),
    dataDir: word(source["dataDir"]),
    extraArgs: args(source["extraArgs"]),
    extraEnvs: list(source["extraEnvs"]) as readonly EnvVar[] | undefined,
    serverCertSANs: texts(source["serverCertSANs"]),
    peerCertSANs: texts(source["peerCertSANs"]),
  });

/** A map until v1beta3, a list of name and value from v1beta4, where the last of two equal names wins. */
const args = (value: unknown): StringMap | undefined => {
  const pairs = Array.isArray(value)
    ? value.filter(isFields).map((entry) => [String(entry["name"]), entry["value"]] as const)
    : Object.entries(fields(value));
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs.map(([name, arg]) => [name, arg == null ? "" : String(arg)]));
};

interface Fields {
  readonly [field: string]: unknown;
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const list = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) && value.length > 0 ? value : undefined);
const texts = (value: unknown): readonly string[] | undefined => list(value)?.map(String);
const word = (value: unknown): string | undefined =>
  value === undefined || value === null || value === "" ? undefined : String(value);
const booleans = (value: unknown): { readonly [gate: string]: boolean } | undefined => {
  const entries = Object.entries(fields(value));
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([gate, on]) => [gate, on === true]));
};

const prune = <T extends object>(source: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)) as T;
