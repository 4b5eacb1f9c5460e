import "reflect-metadata"; // @peculiar/x509 declares its ASN.1 types with decorators and throws without it
import * as x509 from "@peculiar/x509";
import ipaddr from "ipaddr.js";
import { importSigningKey, type KeyPair } from "./keys.ts";
import { hex, parsePem, toPem } from "./pem.ts";

/** A certificate that signs others, and the key it signs with. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses, mixed. */
  readonly sans?: readonly string[];
  readonly usages: readonly ("clientAuth" | "serverAuth")[];
  readonly days: number;
}

const dayMilliseconds = 86_400_000;
/** How far back a fresh authority is valid, so that machines whose clocks are a little behind accept it. */
const clockSkewMilliseconds = 5 * 60_000;

/** Self-signed, path length 0, ten years: what kubeadm expects to find as its CAs. */
export const createCertificateAuthority = async (
  keys: KeyPair,
  options: { readonly now: Date; readonly commonName?: string; readonly days?: number },
): Promise<CertificateAuthority> => {
  const { key, signing } = await importSigningKey(keys.privateKeyPem);
  const subject = nameOf(options.commonName ?? "kubernetes", []);
  const publicKey = new x509.PublicKey(spkiOf(keys.publicKeyPem));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: subject,
    notBefore: wholeSeconds(options.now.getTime() - clockSkewMilliseconds),
    notAfter: wholeSeconds(options.now.getTime() + (options.days ?? 3650) * dayMilliseconds),
    publicKey,
    signingKey: key,
    signingAlgorithm: signing,
    extensions: [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.BasicConstraintsExtension(true, 0, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificatePem: toPem("CERTIFICATE", new Uint8Array(certificate.rawData)), privateKeyPem: keys.privateKeyPem };
};

/** Signs a certificate for `keys`. It is valid from when the authority is, so that no node's clock can be too early for it. */
export const issueCertificate = async (
  authority: CertificateAuthority,
  request: CertificateRequest,
  { keys, now }: { readonly keys: KeyPair; readonly now: Date },
): Promise<IssuedCertificate> => {
  const issuer = new x509.X509Certificate(firstCertificate(authority.certificatePem));
  const { key, signing } = await importSigningKey(authority.privateKeyPem);
  const publicKey = new x509.PublicKey(spkiOf(keys.publicKeyPem));
  const sans = (request.sans ?? []).map((value) => ({ type: ipaddr.isValid(value) ? "ip" : "dns", value }) as const);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: nameOf(request.commonName, request.organizations ?? []),
    issuer: issuer.subjectName,
    notBefore: issuer.notBefore,
    notAfter: wholeSeconds(now.getTime() + request.days * dayMilliseconds),
    publicKey,
    signingKey: key,
    signingAlgorithm: signing,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((usage) => x509.ExtendedKeyUsage[usage])),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(sans.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(sans)]),
    ],
  });
  return { certificatePem: toPem("CERTIFICATE", new Uint8Array(certificate.rawData)), privateKeyPem: keys.privateKeyPem };
};

export interface CertificateFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly sans: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  /** Hexadecimal. */
  readonly serialNumber: string;
}

/** The facts of every certificate in a PEM text, in order. @throws when one cannot be read */
export const readCertificates = (pem: string): readonly CertificateFacts[] =>
  parsePem(pem)
    .filter(({ label }) => label === "CERTIFICATE")
    .map(({ der }) => factsOf(new x509.X509Certificate(der)));

export const readCertificate = (pem: string): CertificateFacts => factsOf(new x509.X509Certificate(firstCertificate(pem)));

const factsOf = (certificate: x509.X509Certificate): CertificateFacts => ({
  commonName: certificate.subjectName.getField("CN")[0] ?? "",
  organizations: certificate.subjectName.getField("O"),
  sans: certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? [],
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
  isAuthority: certificate.getExtension(x509.BasicConstraintsExtension)?.ca ?? false,
  serialNumber: certificate.serialNumber,
});

/** `sha256:<hex>` of each certificate's public key: kubeadm's `discovery-token-ca-cert-hash`. */
export const publicKeyPins = (certificatesPem: string): Promise<readonly string[]> =>
  Promise.all(
    parsePem(certificatesPem)
      .filter(({ label }) => label === "CERTIFICATE")
      .map(async ({ der }) => {
        const { publicKey } = new x509.X509Certificate(der);
        return `sha256:${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey.rawData)))}`;
      }),
  );

/** True when `certificate` was signed by `authority`'s key. */
export const isSignedBy = async (certificatePem: string, authorityPem: string): Promise<boolean> =>
  new x509.X509Certificate(firstCertificate(certificatePem)).verify({
    publicKey: new x509.X509Certificate(firstCertificate(authorityPem)).publicKey,
    signatureOnly: true,
  });

const firstCertificate = (pem: string): Uint8Array<ArrayBuffer> => {
  const block = parsePem(pem).find(({ label }) => label === "CERTIFICATE");
  if (block === undefined) throw new Error("there is no CERTIFICATE block in the PEM text");
  return block.der;
};

const spkiOf = (publicKeyPem: string): Uint8Array<ArrayBuffer> => {
  const block = parsePem(publicKeyPem).find(({ label }) => label === "PUBLIC KEY");
  if (block === undefined) throw new Error("there is no PUBLIC KEY block in the PEM text");
  return block.der;
};

/** Organisations before the common name, as Go's crypto/x509 writes a subject. */
const nameOf = (commonName: string, organizations: readonly string[]): x509.Name =>
  new x509.Name([...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }]);

/** RFC 5280 allows 20 bytes and wants a positive number. */
const randomSerial = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return hex(Uint8Array.of(((bytes[0] ?? 0) & 0x7f) | 0x01, ...bytes.subarray(1)));
};

/** X.509 times have no fractions. */
const wholeSeconds = (milliseconds: number): Date => new Date(Math.floor(milliseconds / 1000) * 1000);
