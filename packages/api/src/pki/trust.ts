import { isSignedBy, publicKeyPins } from "./certificates.ts";
import { hex, parsePem, readPrivateKey, toPem } from "./pem.ts";

/** Several authorities in one text: who of them is believed, and who signs. While an authority is rotated there are two. */

/** Each certificate of a bundle as a text of its own, in order and once. */
export const certificatesOf = (bundlePem: string): readonly string[] => [
  ...new Set(
    parsePem(bundlePem)
      .filter(({ label }) => label === "CERTIFICATE")
      .map(({ label, der }) => toPem(label, der)),
  ),
];

/** True when one of the authorities in the bundle signed the certificate. */
export const isTrustedBy = async (certificatePem: string, bundlePem: string): Promise<boolean> =>
  (await signerOf(certificatePem, bundlePem)) !== undefined;

/** The authority of a bundle that signed a certificate. */
export const signerOf = async (certificatePem: string, bundlePem: string): Promise<string | undefined> => {
  for (const authority of certificatesOf(bundlePem)) if (await isSignedBy(certificatePem, authority)) return authority;
  return undefined;
};

/** The same certificates, whatever their order and whatever stands around them. */
export const isSameTrust = (a: string, b: string): boolean => {
  const [those, these] = [certificatesOf(a), certificatesOf(b)];
  return those.length === these.length && those.every((certificate) => these.includes(certificate));
};

/** Pins of everything in a text that has a public key: certificates, and bare keys as service accounts have them. */
export const keyPins = async (pem: string): Promise<readonly string[]> =>
  (
    await Promise.all(
      parsePem(pem).map(async ({ label, der }) => {
        if (label === "CERTIFICATE") return publicKeyPins(toPem(label, der));
        return label === "PUBLIC KEY" ? [`sha256:${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", der)))}`] : [];
      }),
    )
  ).flat();

/** The public half of a private key, in PEM. */
export const publicKeyOf = async (privateKeyPem: string): Promise<string> => {
  const { der, kind } = readPrivateKey(privateKeyPem);
  const algorithm =
    kind.type === "rsa" ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "ECDSA", namedCurve: kind.curve };
  const key = await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  // WebCrypto derives no public key; a JWK without its private part is one.
  const { kty, n, e, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
  const half = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined));
  const imported = await crypto.subtle.importKey("jwk", half as JsonWebKey, algorithm, true, ["verify"]);
  return toPem("PUBLIC KEY", new Uint8Array(await crypto.subtle.exportKey("spki", imported)));
};

/** True when the first key or certificate of a text is of this private key: the one that signs comes first. */
export const isKeyOf = async (privateKeyPem: string, pem: string): Promise<boolean> =>
  (await keyPins(pem))[0] === (await keyPins(await publicKeyOf(privateKeyPem)))[0];
