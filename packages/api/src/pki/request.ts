import "reflect-metadata"; // @peculiar/x509 declares its ASN.1 types with decorators and throws without it
import * as x509 from "@peculiar/x509";
import { keyPairFromDer } from "./keys.ts";

/** A request for a certificate, and the private key that belongs to it. */
export interface CertificateSigningRequest {
  readonly requestPem: string;
  readonly privateKeyPem: string;
}

/** PKCS#10 with a fresh ECDSA P-256 key: what `openstack coe cluster config` sends, with a cheaper key. */
export const createCertificateRequest = async (subject: {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames?: readonly string[];
}): Promise<CertificateSigningRequest> => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [subject.commonName] }, ...subject.organizations.map((organization) => ({ O: [organization] }))],
    keys,
    signingAlgorithm: algorithm,
    ...(subject.dnsNames === undefined
      ? {}
      : {
          extensions: [
            new x509.SubjectAlternativeNameExtension(subject.dnsNames.map((value) => ({ type: "dns" as const, value }))),
          ],
        }),
  });
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", keys.privateKey),
    crypto.subtle.exportKey("spki", keys.publicKey),
  ]);
  return {
    requestPem: `${request.toString("pem").trim()}\n`,
    privateKeyPem: keyPairFromDer(new Uint8Array(pkcs8), new Uint8Array(spki)).privateKeyPem,
  };
};
