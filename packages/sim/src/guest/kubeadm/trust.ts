import { ConfigMap, isNotFound } from "@slipway/api";
import {
  certificatesOf,
  generateKeyPair,
  issueCertificate,
  isTrustedBy,
  keyPins,
  publicKeyOf,
  publicKeyPins,
  textFromBase64,
} from "@slipway/api/pki/index.ts";
import { load } from "js-yaml";
import type { Disk } from "../disk.ts";
import type { GuestNode } from "../records.ts";
import type { NodeTrust } from "../trust.ts";
import type { WorkloadCluster } from "../workload/cluster.ts";
import { type ControlPlaneOptions, KubeadmError } from "./config.ts";
import type { NodePki } from "./pki.ts";

/** What makes a node's trust when kubeadm runs on it. */

type Signer = NonNullable<NodeTrust["signer"]>;

/** The API servers' side of a control plane node, from its files. */
export const controlPlaneTrust = async (pki: NodePki): Promise<Pick<NodeTrust, "apiServer" | "etcd" | "serviceAccounts">> => {
  const pins = await publicKeyPins(pki.ca.certificatePem);
  const etcd = pki.etcdCaPem === undefined ? undefined : await publicKeyPins(pki.etcdCaPem);
  const [signs = ""] = await keyPins(await publicKeyOf(pki.serviceAccounts.signingKeyPem));
  return {
    apiServer: { issuer: pins[0] ?? "", clientCaPem: pki.ca.certificatePem, clients: pins },
    ...(etcd === undefined ? {} : { etcd: { issuer: etcd[0] ?? "", peers: etcd } }),
    serviceAccounts: { signs, accepts: await keyPins(pki.serviceAccounts.publicKeysPem) },
  };
};

/** The controller manager's signing pair; undefined with the reason when it cannot start with it. It wants one certificate, no bundle. */
export const controllerManagerSigner = (
  disk: Disk,
  { signingCertFile, signingKeyFile }: ControlPlaneOptions,
): { readonly signer: Signer } | { readonly failure: string } => {
  const certificatePem = disk.read(signingCertFile);
  const privateKeyPem = disk.read(signingKeyFile);
  const missing = certificatePem === undefined ? signingCertFile : signingKeyFile;
  if (certificatePem === undefined || privateKeyPem === undefined)
    return { failure: `error reading CA cert file "csr-controller": open ${missing}: no such file or directory` };
  const count = certificatesOf(certificatePem).length;
  if (count !== 1)
    return {
      failure: `error reading CA cert file "csr-controller::${signingCertFile}::${signingKeyFile}": expected 1 certificate, found ${count}`,
    };
  return { signer: { certificatePem, privateKeyPem } };
};

/** A kubelet's client certificate. */
export const kubeletCertificate = async (signer: Signer, node: string, now: Date): Promise<string> =>
  (
    await issueCertificate(
      signer,
      { commonName: `system:node:${node}`, organizations: ["system:nodes"], usages: ["clientAuth"], days: 365 },
      { keys: await generateKeyPair("ecdsa-p256"), now },
    )
  ).certificatePem;

/**
 * Kubelets that join get their certificate from a controller manager; the one that has run longest leads. Undefined: a node of before
 * these records were kept may sign, and nothing is known of it. @throws KubeadmError
 */
export const leadingSigner = (nodes: readonly GuestNode[]): Signer | undefined => {
  const signer = nodes.find(({ trust }) => trust?.signer !== undefined)?.trust?.signer;
  if (signer !== undefined) return signer;
  if (nodes.some(({ controlPlane, trust }) => controlPlane && trust === undefined)) return undefined;
  throw new KubeadmError(
    "timed out waiting for the kubelet to perform the TLS Bootstrap: no controller manager signs its certificate",
    "kubelet-start",
  );
};

/** The authorities that `kube-public/cluster-info` names to whoever wants to join. @throws KubeadmError */
export const clusterInfoAuthorities = async (workload: WorkloadCluster): Promise<string> => {
  const refuse = (why: string): never => {
    throw new KubeadmError(`couldn't validate the identity of the API Server: ${why}`);
  };
  const found = await workload.api.admin
    .get(ConfigMap, { namespace: "kube-public", name: "cluster-info" })
    .catch((error: unknown) => (isNotFound(error) ? refuse('configmaps "cluster-info" not found') : Promise.reject(error)));
  const kubeconfig = load(found.data?.["kubeconfig"] ?? "") as
    | { readonly clusters?: readonly { readonly cluster?: { readonly "certificate-authority-data"?: string } }[] }
    | undefined;
  const data = kubeconfig?.clusters?.[0]?.cluster?.["certificate-authority-data"];
  return data === undefined ? refuse("there is no certificate authority in the cluster-info ConfigMap") : textFromBase64(data);
};

/** Whoever joins may reach any of the API servers, so it must believe each. @throws KubeadmError */
export const checkServers = async (authoritiesPem: string, nodes: readonly GuestNode[], endpoint: string): Promise<void> => {
  for (const { serving } of nodes) {
    if (serving === undefined || (await isTrustedBy(serving.certificatePem, authoritiesPem))) continue;
    throw new KubeadmError(
      `couldn't validate the identity of the API Server: Get "https://${endpoint}/api/v1/namespaces/kube-public/configmaps/cluster-info": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    );
  }
};

/** A new etcd member and those that are there must believe each other. @throws KubeadmError */
export const checkPeers = (etcd: NodeTrust["etcd"], nodes: readonly GuestNode[]): void => {
  for (const { name, trust } of nodes) {
    if (etcd === undefined || trust?.etcd === undefined) continue;
    if (etcd.peers.includes(trust.etcd.issuer) && trust.etcd.peers.includes(etcd.issuer)) continue;
    throw new KubeadmError(
      `error creating local etcd static pod manifest file: etcd member ${name}: x509: certificate signed by unknown authority`,
    );
  }
};
