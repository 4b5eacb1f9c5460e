import type { Secret, Stored } from "@slipway/api";
import {
  type CertificateAuthority,
  inspectKubeconfig,
  isSameTrust,
  isSignedBy,
  issueCertificate,
  type KeyPool,
  readCertificate,
  readKubeconfig,
  writeKubeconfig,
} from "@slipway/api/pki/index.ts";
import { readCertificateSecret, readKubeconfigSecret } from "./secrets.ts";

const validityDays = 365;
/** Renewed when less than half of its life is left. */
const renewBeforeMilliseconds = (validityDays / 2) * 86_400_000;

/** The administrator's kubeconfig: a fresh key, a client certificate of a year in group `system:masters`. */
export const createKubeconfig = async (
  authority: CertificateAuthority,
  options: { readonly cluster: string; readonly server: string; readonly keys: KeyPool; readonly now: Date },
): Promise<string> => {
  const client = await issueCertificate(
    authority,
    { commonName: "kubernetes-admin", organizations: ["system:masters"], usages: ["clientAuth"], days: validityDays },
    { keys: await options.keys.take(), now: options.now },
  );
  return writeKubeconfig({
    clusterName: options.cluster,
    server: options.server,
    certificateAuthorityPem: authority.certificatePem,
    userName: `${options.cluster}-admin`,
    clientCertificatePem: client.certificatePem,
    clientKeyPem: client.privateKeyPem,
  });
};

export const kubeconfigNeedsRenewal = (kubeconfig: string, cluster: string, now: Date): boolean =>
  isAgeing(kubeconfigEnd(kubeconfig, cluster), now);

/** When the first of its client certificates ends. @throws when a user has none: whether a token expires cannot be seen from outside */
const kubeconfigEnd = (kubeconfig: string, cluster: string): number =>
  Math.min(
    ...inspectKubeconfig(kubeconfig, cluster).clients.map(({ user, certificatePem }) => {
      if (certificatePem === undefined) {
        throw new Error(`user "${user}" of the kubeconfig has no client certificate, so its expiry cannot be checked`);
      }
      return readCertificate(certificatePem).notAfter.getTime();
    }),
  );

const isAgeing = (end: number, now: Date): boolean => end - now.getTime() < renewBeforeMilliseconds;

/**
 * The same question of a Secret, asked on every pass. Reading a kubeconfig and the certificate in it costs milliseconds and objects never
 * change, so each is read once.
 */
export const createRenewalCheck = (): ((secret: Stored<Secret>, cluster: string, now: Date) => boolean) => {
  const ends = new WeakMap<Stored<Secret>, number>();
  return (secret, cluster, now) => {
    const end = ends.get(secret) ?? kubeconfigEnd(readKubeconfigSecret(secret), cluster);
    ends.set(secret, end);
    return isAgeing(end, now);
  };
};

/**
 * Does the kubeconfig still speak of the authority that the cluster has? While one takes the other's place both are believed, and who
 * signs changes: whoever follows the Secret is never shut out. Asked on every pass, so each pair of Secrets is compared once.
 */
export const createAuthorityCheck = (): ((kubeconfig: Stored<Secret>, authority: Stored<Secret>) => Promise<boolean>) => {
  const known = new WeakMap<Stored<Secret>, { readonly authority: Stored<Secret>; readonly fits: boolean }>();
  return async (secret, authority) => {
    const before = known.get(secret);
    if (before?.authority === authority) return before.fits;
    const { certificatePem, privateKeyPem } = readCertificateSecret(authority);
    // Who keeps the key elsewhere renews the kubeconfig as well.
    const fits = privateKeyPem === "" || (await speaksOf(readKubeconfigSecret(secret), certificatePem));
    known.set(secret, { authority, fits });
    return fits;
  };
};

const speaksOf = async (kubeconfig: string, authorityPem: string): Promise<boolean> => {
  const { certificateAuthorityPem, clientCertificatePem } = readKubeconfig(kubeconfig);
  if (certificateAuthorityPem === undefined || !isSameTrust(certificateAuthorityPem, authorityPem)) return false;
  return clientCertificatePem === undefined || (await isSignedBy(clientCertificatePem, authorityPem));
};

/** Renewal keeps the server that is in the file: a user may have pointed it elsewhere. */
export const serverOfKubeconfig = (kubeconfig: string, cluster: string): string => {
  const { server } = inspectKubeconfig(kubeconfig, cluster);
  if (server === undefined) throw new Error(`the kubeconfig has no cluster "${cluster}" with a server`);
  return server;
};
