import { clusterSecretName, clusterSecretType, labels, type OwnerReference, type Secret } from "@slipway/api";
import { textFromBase64, textToBase64 } from "@slipway/api/pki/index.ts";

export const certificatePurposes = ["ca", "etcd", "proxy", "sa", "apiserver-etcd-client"] as const;
export type CertificatePurpose = (typeof certificatePurposes)[number];

export interface PemPair {
  /** A certificate; of the service account, its public key. */
  readonly certificatePem: string;
  /** Empty when the user keeps it elsewhere. */
  readonly privateKeyPem: string;
}

export const certificateKeys = { certificate: "tls.crt", key: "tls.key" } as const;
export const kubeconfigKey = "value";

export interface SecretPlace {
  readonly namespace: string;
  readonly cluster: string;
  readonly owner: OwnerReference;
}

export const certificateSecret = (place: SecretPlace, purpose: CertificatePurpose, pair: PemPair): Secret =>
  clusterSecret(place, clusterSecretName(place.cluster, purpose), {
    [certificateKeys.certificate]: textToBase64(pair.certificatePem),
    [certificateKeys.key]: textToBase64(pair.privateKeyPem),
  });

export const kubeconfigSecret = (place: SecretPlace, kubeconfig: string): Secret =>
  clusterSecret(place, clusterSecretName(place.cluster, "kubeconfig"), { [kubeconfigKey]: textToBase64(kubeconfig) });

/** The cluster label is what makes a Secret visible to caches that hold only clusters' Secrets, and what `clusterctl move` follows. */
export const clusterSecret = (place: SecretPlace, name: string, data: { readonly [key: string]: string }): Secret => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name,
    namespace: place.namespace,
    labels: { [labels.clusterName]: place.cluster },
    ownerReferences: [place.owner],
  },
  type: clusterSecretType,
  data,
});

/** @throws when there is no certificate in it; a missing key is an empty one, which only joining machines mind. */
export const readCertificateSecret = (secret: Secret): PemPair => {
  const certificate = secret.data?.[certificateKeys.certificate];
  if (certificate === undefined || certificate === "") {
    throw new Error(
      `Secret ${secret.metadata.namespace}/${secret.metadata.name} has no "${certificateKeys.certificate}": put the certificate there in PEM`,
    );
  }
  return { certificatePem: textFromBase64(certificate), privateKeyPem: textFromBase64(secret.data?.[certificateKeys.key] ?? "") };
};

export const readKubeconfigSecret = (secret: Secret): string => {
  const value = secret.data?.[kubeconfigKey];
  if (value === undefined || value === "") {
    throw new Error(
      `Secret ${secret.metadata.namespace}/${secret.metadata.name} has no "${kubeconfigKey}": put the kubeconfig there`,
    );
  }
  return textFromBase64(value);
};
