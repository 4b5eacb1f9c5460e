import { isKeyOf, isSignedBy, readCertificate } from "@slipway/api/pki/index.ts";
import type { Disk } from "../disk.ts";
import { KubeadmError } from "./config.ts";

/** The certificate authorities that kubeadm finds on a control plane node's disk. */
export interface NodePki {
  /** The first certificate of a bundle signs, as kubeadm has it; all of it is believed. */
  readonly ca: { readonly certificatePem: string; readonly privateKeyPem: string };
  readonly etcdCaPem: string | undefined;
  /** Tokens are signed with the one and accepted by all of the others. */
  readonly serviceAccounts: { readonly signingKeyPem: string; readonly publicKeysPem: string };
}

/**
 * Reads and checks what a control plane node must have before kubeadm starts: CA, etcd CA and front-proxy CA with their keys, and the
 * service account key. @throws KubeadmError naming the file, as kubeadm does
 */
export const readNodePki = async (disk: Disk, directory: string, now: Date, localEtcd: boolean): Promise<NodePki> => {
  const authority = async (name: string) => {
    const certificatePem = must(disk, `${directory}/${name}.crt`);
    const privateKeyPem = must(disk, `${directory}/${name}.key`);
    const facts = readOrFail(certificatePem, `${directory}/${name}.crt`);
    if (!facts.isAuthority) throw new KubeadmError(`certificate ${name} is not a CA`);
    if (facts.notAfter.getTime() < now.getTime()) throw new KubeadmError(`the certificate ${directory}/${name}.crt has expired`);
    if (!(await isSignedBy(certificatePem, certificatePem)))
      throw new KubeadmError(`certificate ${directory}/${name}.crt is not self-signed by its own key`);
    if (!(await isKeyOf(privateKeyPem, certificatePem)))
      throw new KubeadmError(`${directory}/${name}.key: x509: provided PrivateKey doesn't match parent's PublicKey`);
    return { certificatePem, privateKeyPem };
  };
  const ca = await authority("ca");
  await authority("front-proxy-ca");
  const etcd = localEtcd ? await authority("etcd/ca") : undefined;
  return {
    ca,
    etcdCaPem: etcd?.certificatePem,
    serviceAccounts: { signingKeyPem: must(disk, `${directory}/sa.key`), publicKeysPem: must(disk, `${directory}/sa.pub`) },
  };
};

const must = (disk: Disk, path: string): string => {
  const content = disk.read(path);
  if (content === undefined || content.trim() === "") throw new KubeadmError(`couldn't load ${path}: no such file or directory`);
  return content;
};

const readOrFail = (pem: string, path: string) => {
  try {
    return readCertificate(pem);
  } catch {
    throw new KubeadmError(`couldn't load ${path}: data does not contain any valid RSA or ECDSA certificates`);
  }
};
