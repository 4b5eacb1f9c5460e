import { generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";
import type { Home } from "../home/home.ts";

/** PEM. `clientCa` signs client certificates. */
export interface ServingCertificate {
  readonly key: string;
  readonly cert: string;
  readonly clientCa: string;
}

const renewBeforeDays = 30;
const certificateDays = 90;

export interface CertificateOptions {
  readonly commonName: string;
  /** Names and addresses that it is good for. */
  readonly names: readonly string[];
  readonly now: () => Date;
}

/** A serving certificate of the home's authority, good for 90 days. */
export const issueServing = async (home: Home, { commonName, names, now }: CertificateOptions): Promise<ServingCertificate> => {
  const authority = home.secrets.certificateAuthority;
  const issued = await issueCertificate(
    authority,
    { commonName, sans: [...new Set(names)], usages: ["serverAuth"], days: certificateDays },
    { keys: await generateKeyPair("ecdsa-p256"), now: now() },
  );
  return { key: issued.privateKeyPem, cert: issued.certificatePem, clientCa: authority.certificatePem };
};

/** Issues it again in good time while the program runs. Returns how to end that. */
export const renewServing = (
  home: Home,
  options: CertificateOptions,
  use: (certificate: ServingCertificate) => void,
): (() => void) => {
  const renewal = setInterval(
    () => void issueServing(home, options).then(use),
    Math.min((certificateDays - renewBeforeDays) * 86_400_000, 2 ** 31 - 1),
  );
  renewal.unref();
  return () => clearInterval(renewal);
};
