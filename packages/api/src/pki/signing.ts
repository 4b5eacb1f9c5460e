import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { CertificateAuthority } from "./certificates.ts";
import { importSigningKey } from "./keys.ts";
import { parsePem, toPem } from "./pem.ts";

/** What a certificate signing request (PKCS#10) asks for. */
export interface RequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** E-mail addresses, URIs and the like. */
  readonly otherNames: readonly string[];
}

/** @throws Error that says what is wrong with the text; its signature is not checked */
export const readCertificateRequest = (pem: string): RequestFacts => {
  const request = parsed(pem);
  const names = namesOf(request);
  const of = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField("CN")[0] ?? "",
    organizations: request.subjectName.getField("O"),
    dnsNames: of("dns"),
    ipAddresses: of("ip"),
    otherNames: names.filter(({ type }) => type !== "dns" && type !== "ip").map(({ value }) => value),
  };
};

export interface SigningWish {
  readonly usages: readonly ("clientAuth" | "serverAuth")[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate for the key, the subject and the DNS and IP names of a request. @throws Error when its signature is wrong */
export const signCertificateRequest = async (
  authority: CertificateAuthority,
  pem: string,
  { usages, notBefore, notAfter }: SigningWish,
): Promise<string> => {
  const request = parsed(pem);
  if (!(await request.verify())) throw new Error("the signature of the request is not by the key in it");
  const [block] = parsePem(authority.certificatePem);
  if (block === undefined) throw new Error("the authority has no certificate");
  const issuer = new x509.X509Certificate(block.der);
  const { key, signing } = await importSigningKey(authority.privateKeyPem);
  const names = namesOf(request).filter(({ type }) => type === "dns" || type === "ip");
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: request.subject,
    issuer: issuer.subjectName,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    publicKey: request.publicKey,
    signingKey: key,
    signingAlgorithm: signing,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage])),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return toPem("CERTIFICATE", new Uint8Array(certificate.rawData));
};

const parsed = (pem: string): x509.Pkcs10CertificateRequest => {
  const block = parsePem(pem)[0];
  if (block?.label !== "CERTIFICATE REQUEST") throw new Error("PEM block type must be CERTIFICATE REQUEST");
  return new x509.Pkcs10CertificateRequest(block.der);
};

const namesOf = (request: x509.Pkcs10CertificateRequest) =>
  request.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => (extension as x509.SubjectAlternativeNameExtension).names.items);

const serial = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};
