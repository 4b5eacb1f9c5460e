import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { createCertificateAuthority } from "@slipway/api/pki/certificates.ts";
import { generateKeyPair } from "@slipway/api/pki/keys.ts";
import { beforeAll, expect, test } from "vitest";
import { type Authority, signRequest } from "./signing.ts";

const now = new Date("2026-11-22T12:00:00Z");
let authority: Authority;
beforeAll(async () => {
  authority = await createCertificateAuthority(await generateKeyPair("rsa-2048"), { now: new Date("2026-11-22T11:00:00Z") });
});

const request = async (
  options: { name?: string; bits?: number; hash?: string; extensions?: x509.Extension[] } = {},
): Promise<string> => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: options.hash ?? "SHA-256",
    modulusLength: options.bits ?? 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: options.name ?? "CN=admin, O=system:masters",
    keys,
    signingAlgorithm: algorithm,
    ...(options.extensions && { extensions: options.extensions }),
  });
  return csr.toString("pem");
};

const sign = (csr: string) => signRequest(authority, csr, { now, days: 1825 });

test("signs with the cluster's authority and keeps the whole subject [MAG-273] [MAG-277] [MAG-278] [MCLI-021]", async () => {
  const pem = await sign(await request());
  const certificate = new X509Certificate(pem);
  expect(certificate.subject).toBe("CN=admin\nO=system:masters");
  expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
  expect(new Date(certificate.validTo).toISOString()).toBe("2031-11-21T12:00:00.000Z");
  expect(pem).toBe(pem.trim());
});

test("takes terraform's RSA 4096 with SHA-512 and an organizational unit [MCLI-048]", async () => {
  const certificate = new X509Certificate(
    await sign(await request({ bits: 4096, hash: "SHA-512", name: "CN=admin, O=system:masters, OU=terraform" })),
  );
  expect(certificate.subject).toContain("OU=terraform");
}, 30_000);

test("drops what it may drop and refuses what is critical [MAG-274] [MAG-275] [MAG-276]", async () => {
  const extensionsOf = async (...extensions: x509.Extension[]) =>
    new x509.X509Certificate(await sign(await request({ extensions })));
  const cleared = await extensionsOf(
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, false),
  );
  expect(cleared.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature);
  const rewritten = await extensionsOf(new x509.BasicConstraintsExtension(true, 1, false));
  expect(rewritten.getExtension(x509.BasicConstraintsExtension)?.ca).toBe(false);
  const dropped = await extensionsOf(new x509.Extension("1.2.3.4", false, new Uint8Array([5, 0])));
  expect(dropped.extensions.map(({ type }) => type)).toEqual(["2.5.29.14"]);
  for (const critical of [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    new x509.BasicConstraintsExtension(true, 1, true),
    new x509.Extension("1.2.3.4", true, new Uint8Array([5, 0])),
  ])
    await expect(extensionsOf(critical)).rejects.toMatchObject({ status: 400 });
});

test.each(["nope", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"])(
  "refuses %s [MAG-264]",
  async (csr) => {
    await expect(sign(csr)).rejects.toMatchObject({ status: 400 });
  },
);

test("refuses a request that its bearer cannot have made [MAG-264]", async () => {
  const csr = await request();
  const der = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ""), "base64");
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  await expect(sign(forged)).rejects.toMatchObject({ status: 400 });
});
