import "reflect-metadata"; // @peculiar/x509 declares its ASN.1 types with decorators and throws without it
import * as x509 from "@peculiar/x509";
import { importSigningKey } from "@slipway/api/pki/keys.ts";
import { badRequest } from "../errors.ts";

export interface Authority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Only these are taken over from a request; others are dropped, or refuse the request when they are critical. */
const ALLOWED_EXTENSIONS = new Set(["2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37"]);
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const ALLOWED_USAGES =
  x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.nonRepudiation;
const DAY = 86_400_000;

/**
 * Signs a certificate request with the cluster's authority. Subject and public key are the request's own: `O=system:masters` is how
 * clients become administrators of their cluster. @throws MagnumError 400
 */
export const signRequest = async (
  authority: Authority,
  csrPem: string,
  { now, days }: { readonly now: Date; readonly days: number },
): Promise<string> => {
  const request = await readRequest(csrPem);
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const { key, signing } = await importSigningKey(authority.privateKeyPem);
  const notAfter = Math.min(now.getTime() + days * DAY, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: request.subjectName,
    issuer: issuer.subjectName,
    // A node whose clock is a little behind accepts it; never earlier than the authority itself.
    notBefore: new Date(Math.max(now.getTime() - DAY, issuer.notBefore.getTime())),
    notAfter: new Date(notAfter),
    publicKey: request.publicKey,
    signingKey: key,
    signingAlgorithm: signing,
    extensions: [await x509.SubjectKeyIdentifierExtension.create(request.publicKey), ...request.extensions.flatMap(allowed)],
  });
  return certificate.toString("pem").trim();
};

const readRequest = async (pem: string): Promise<x509.Pkcs10CertificateRequest> => {
  const refused = () => badRequest(`Received invalid csr b'${pem.slice(0, 200).replace(/\n/g, "\\n")}'.`);
  let request: x509.Pkcs10CertificateRequest;
  try {
    if (!pem.includes("-----BEGIN")) throw refused();
    request = new x509.Pkcs10CertificateRequest(pem);
  } catch {
    throw refused();
  }
  // Whoever asks must hold the key: the request is signed with it.
  if (!(await request.verify().catch(() => false))) throw refused();
  return request;
};

const allowed = (extension: x509.Extension): readonly x509.Extension[] => {
  if (!ALLOWED_EXTENSIONS.has(extension.type)) {
    if (extension.critical)
      throw badRequest(`The certificate request has a critical extension that is not allowed: ${extension.type}.`);
    return [];
  }
  if (extension.type === SUBJECT_KEY_IDENTIFIER) return [];
  if (extension instanceof x509.KeyUsagesExtension) return [allowedUsages(extension)];
  if (extension instanceof x509.BasicConstraintsExtension && extension.ca) {
    if (extension.critical) throw badRequest("The certificate request asks for a certificate authority, which is not allowed.");
    return [new x509.BasicConstraintsExtension(false, undefined, extension.critical)];
  }
  return [extension];
};

const allowedUsages = (extension: x509.KeyUsagesExtension): x509.KeyUsagesExtension => {
  const extra = extension.usages & ~ALLOWED_USAGES;
  if (extra !== 0 && extension.critical)
    throw badRequest(
      "The certificate request asks for a key usage that is not allowed: only digital signature, key encipherment and non repudiation are.",
    );
  return new x509.KeyUsagesExtension(extension.usages & ALLOWED_USAGES, extension.critical);
};

const randomSerial = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte, at) => (at === 0 ? (byte & 0x7f) | 0x01 : byte).toString(16).padStart(2, "0")).join("");
};
