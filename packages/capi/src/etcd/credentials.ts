import { clusterSecretName, type ObjectRef, type Secret, type Stored } from "@slipway/api";
import { issueCertificate, type KeyPair, type KeyPool } from "@slipway/api/pki/index.ts";
import { readCertificateSecret } from "../certificates/secrets.ts";

export type FindClusterSecret = (name: string) => Promise<Stored<Secret> | undefined> | Stored<Secret> | undefined;

/**
 * What lets us in at a cluster's etcd: a certificate signed on the spot by the etcd CA, with one key a connection; where the CA's key is
 * kept elsewhere (external etcd), the client pair that its owner has put down.
 */
export const etcdCredentials = (options: {
  readonly cluster: ObjectRef;
  readonly secret: FindClusterSecret;
  readonly keys: KeyPool;
  readonly now: () => Date;
}) => {
  const { cluster, secret, keys, now } = options;
  const find = async (purpose: "etcd" | "apiserver-etcd-client") => {
    const name = clusterSecretName(cluster.name, purpose);
    const found = await secret(name);
    if (found === undefined) throw new Error(`Secret ${cluster.namespace}/${name} does not exist: etcd cannot be asked`);
    return readCertificateSecret(found);
  };
  const own: { pair?: Promise<KeyPair> } = {};
  return async (): Promise<{ certificatePem: string; privateKeyPem: string }> => {
    const authority = await find("etcd");
    if (authority.privateKeyPem === "") return find("apiserver-etcd-client");
    own.pair ??= keys.take();
    return issueCertificate(
      authority,
      { commonName: "cluster-api.x-k8s.io", usages: ["clientAuth"], days: 3650 },
      { keys: await own.pair, now: now() },
    );
  };
};
