import {
  type CertificateAuthority,
  inspectKubeconfig,
  issueCertificate,
  type KeyPool,
  readCertificate,
  writeKubeconfig,
} from "@slipway/api/pki/index.ts";

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

/** @throws when a user of it has no certificate to look at: whether a token expires cannot be seen from outside */
export const kubeconfigNeedsRenewal = (kubeconfig: string, cluster: string, now: Date): boolean =>
  inspectKubeconfig(kubeconfig, cluster).clients.some(({ user, certificatePem }) => {
    if (certificatePem === undefined) {
      throw new Error(`user "${user}" of the kubeconfig has no client certificate, so its expiry cannot be checked`);
    }
    return readCertificate(certificatePem).notAfter.getTime() - now.getTime() < renewBeforeMilliseconds;
  });

/** Renewal keeps the server that is in the file: a user may have pointed it elsewhere. */
export const serverOfKubeconfig = (kubeconfig: string, cluster: string): string => {
  const { server } = inspectKubeconfig(kubeconfig, cluster);
  if (server === undefined) throw new Error(`the kubeconfig has no cluster "${cluster}" with a server`);
  return server;
};
