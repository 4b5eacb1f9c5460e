import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  createCertificateAuthority,
  isSignedBy,
  issueCertificate,
  publicKeyPins,
  readCertificate,
  readCertificates,
} from "./certificates.ts";
import { freshKeys, generateKeyPair, type KeyAlgorithm } from "./keys.ts";
import { inspectKubeconfig, readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";
import { hex, parsePem, readPrivateKey } from "./pem.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const keys = freshKeys("ecdsa-p256");

describe.each<KeyAlgorithm>(["rsa-2048", "ecdsa-p256"])("with %s keys", (algorithm) => {
  test("an authority is what kubeadm expects of a CA [CERT-005]", async () => {
    const { certificatePem, privateKeyPem } = await createCertificateAuthority(await generateKeyPair(algorithm), { now });
    const seen = new X509Certificate(certificatePem);
    expect(seen.subject).toBe("CN=kubernetes");
    expect(seen.issuer).toBe("CN=kubernetes");
    // upstream writes serial 0, which RFC 5280 forbids and nothing relies on
    expect(BigInt(`0x${seen.serialNumber}`)).toBeGreaterThan(0n);
    expect(seen.ca).toBe(true);
    expect(seen.subjectAltName).toBeUndefined();
    expect(new Date(seen.validFrom).toISOString()).toBe("2026-01-02T02:59:05.000Z");
    expect(new Date(seen.validTo).toISOString()).toBe("2035-12-31T03:04:05.000Z");
    expect(seen.verify(seen.publicKey)).toBe(true);
    expect(seen.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
  });

  test("a certificate it issues has the names, the time and the use that were asked for [CERT-022]", async () => {
    const authority = await createCertificateAuthority(await generateKeyPair(algorithm), { now });
    const issued = await issueCertificate(
      authority,
      {
        commonName: "kube-apiserver",
        organizations: ["system:masters", "second"],
        sans: ["kubernetes.default.svc", "10.96.0.1", "fd00::1"],
        usages: ["serverAuth", "clientAuth"],
        days: 365,
      },
      { keys: await generateKeyPair(algorithm), now },
    );
    const seen = new X509Certificate(issued.certificatePem);
    expect(seen.subject).toBe("O=system:masters\nO=second\nCN=kube-apiserver");
    expect(seen.checkIP("10.96.0.1")).toBe("10.96.0.1");
    expect(seen.checkIP("fd00::1")).toBe("fd00::1");
    expect(seen.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
    expect(seen.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect(seen.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
    expect(seen.checkPrivateKey(createPrivateKey(issued.privateKeyPem))).toBe(true);
    expect(seen.validFrom).toBe(new X509Certificate(authority.certificatePem).validFrom);
    expect(readCertificate(issued.certificatePem)).toMatchObject({
      commonName: "kube-apiserver",
      organizations: ["system:masters", "second"],
      notAfter: new Date("2027-01-02T03:04:05.000Z"),
      isAuthority: false,
    });
    expect(await isSignedBy(issued.certificatePem, authority.certificatePem)).toBe(true);
    const other = await createCertificateAuthority(await generateKeyPair(algorithm), { now });
    expect(await isSignedBy(issued.certificatePem, other.certificatePem)).toBe(false);
  });
});

test("RSA private keys are written as PKCS#1 and public keys as PKIX [CERT-003] [CERT-004]", async () => {
  const pair = await generateKeyPair("rsa-2048");
  expect(pair.privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(pair.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  expect(createPrivateKey(pair.privateKeyPem).asymmetricKeyDetails?.modulusLength).toBe(2048);
});

test("users may bring keys as PKCS#1, PKCS#8 or EC private keys [CERT-004]", async () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  for (const [key, type] of [
    [rsa, "pkcs1"],
    [rsa, "pkcs8"],
    [ec, "sec1"],
    [ec, "pkcs8"],
  ] as const) {
    const read = readPrivateKey(key.export({ type, format: "pem" }).toString());
    const back = createPrivateKey({ key: Buffer.from(read.der), format: "der", type: "pkcs8" });
    expect(back.equals(key)).toBe(true);
  }
  expect(() => readPrivateKey("nothing")).toThrow("there is no PRIVATE KEY block");
});

test("a public key pin is the digest that kubeadm join compares, one a certificate [BOOT-089]", async () => {
  const authorities = await Promise.all([1, 2].map(async () => createCertificateAuthority(await keys.take(), { now })));
  const pem = authorities.map(({ certificatePem }) => certificatePem).join("");
  const expected = await Promise.all(
    authorities.map(async ({ certificatePem }) => {
      const spki = new X509Certificate(certificatePem).publicKey.export({ type: "spki", format: "der" });
      return `sha256:${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", spki)))}`;
    }),
  );
  expect(await publicKeyPins(pem)).toEqual(expected);
  expect(readCertificates(pem)).toHaveLength(2);
  expect(parsePem(pem)).toHaveLength(2);
});

test("a kubeconfig reads back as it was written [CERT-021]", () => {
  const access = {
    clusterName: "demo",
    server: "https://127.100.0.5:6443",
    certificateAuthorityPem: "ca\n",
    userName: "demo-admin",
    clientCertificatePem: "certificate\n",
    clientKeyPem: "key\n",
  };
  const text = writeKubeconfig(access);
  expect(text).toContain("current-context: demo-admin@demo\n");
  expect(readKubeconfig(text)).toEqual(access);
  expect(inspectKubeconfig(text, "demo")).toEqual({
    server: access.server,
    clients: [{ user: "demo-admin", certificatePem: "certificate\n" }],
  });
});

test("a kubeconfig that cannot work is refused with the reason", () => {
  expect(() => readKubeconfig("apiVersion: v1\nkind: Config\n")).toThrow(
    'current-context names the context "", which is not there',
  );
  expect(() => readKubeconfig("just text")).toThrow("it is not a map");
  const withFile = writeKubeconfig({ clusterName: "a", server: "https://a", userName: "u" }).replace(
    "server:",
    "certificate-authority: /tmp/ca.crt\n      server:",
  );
  expect(() => readKubeconfig(withFile)).toThrow('"certificate-authority" names a file');
});
