import { beforeAll, describe, expect, test } from "vitest";
import { type CertificateAuthority, createCertificateAuthority, issueCertificate, publicKeyPins } from "./certificates.ts";
import { generateKeyPair, type KeyAlgorithm } from "./keys.ts";
import { certificatesOf, isKeyOf, isSameTrust, isTrustedBy, keyPins, publicKeyOf, signerOf } from "./trust.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
let old: CertificateAuthority;
let fresh: CertificateAuthority;
beforeAll(async () => {
  old = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), { now });
  fresh = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), { now, commonName: "kubernetes-new" });
});
const leafOf = async (authority: CertificateAuthority) =>
  (
    await issueCertificate(
      authority,
      { commonName: "node", usages: ["clientAuth"], days: 1 },
      { keys: await generateKeyPair("ecdsa-p256"), now },
    )
  ).certificatePem;

test("a bundle is believed for each of its authorities, and for no other", async () => {
  const bundle = `# both\n${old.certificatePem}\n${fresh.certificatePem}`;
  for (const authority of [old, fresh]) {
    const leaf = await leafOf(authority);
    expect(await signerOf(leaf, bundle)).toBe(authority.certificatePem);
    expect(await isTrustedBy(leaf, bundle)).toBe(true);
    expect(await isTrustedBy(leaf, authority === old ? fresh.certificatePem : old.certificatePem)).toBe(false);
  }
  expect(await isTrustedBy(await leafOf(old), "")).toBe(false);
});

test("bundles are the same when their certificates are, whatever their order and their surroundings", () => {
  const [a, b] = [old.certificatePem, fresh.certificatePem];
  expect(certificatesOf(`${a}${b}${a}`)).toEqual([a, b]);
  expect(isSameTrust(`${a}${b}`, `text\n${b}\r\n${a.trim()}`)).toBe(true);
  expect(isSameTrust(a, `${a}${b}`)).toBe(false);
  expect(isSameTrust(`${a}${b}`, a)).toBe(false);
  expect(isSameTrust(a, b)).toBe(false);
});

describe.each<KeyAlgorithm>(["rsa-2048", "ecdsa-p256"])("with %s keys", (algorithm) => {
  test("a private key tells its public half, and whether a certificate is its own", async () => {
    const pair = await generateKeyPair(algorithm);
    expect(await publicKeyOf(pair.privateKeyPem)).toBe(pair.publicKeyPem);
    const { certificatePem } = await createCertificateAuthority(pair, { now });
    expect(await isKeyOf(pair.privateKeyPem, certificatePem)).toBe(true);
    expect(await isKeyOf(pair.privateKeyPem, `${certificatePem}${old.certificatePem}`)).toBe(true);
    expect(await isKeyOf(pair.privateKeyPem, `${old.certificatePem}${certificatePem}`)).toBe(false);
    expect(await keyPins(`${pair.publicKeyPem}${certificatePem}`)).toEqual([
      ...(await publicKeyPins(certificatePem)),
      ...(await publicKeyPins(certificatePem)),
    ]);
  });
});
