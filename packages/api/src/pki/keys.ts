import { readPrivateKey, toPem, writePrivateKey } from "./pem.ts";

export type KeyAlgorithm = "rsa-2048" | "ecdsa-p256";

export interface KeyPair {
  /** `RSA PRIVATE KEY` (PKCS#1) for RSA, `PRIVATE KEY` (PKCS#8) for ECDSA. */
  readonly privateKeyPem: string;
  /** `PUBLIC KEY` (PKIX). */
  readonly publicKeyPem: string;
}

/** Where fresh key pairs come from. Each is handed out once. RSA keys are dear, so an implementation makes some ahead of need. */
export interface KeyPool {
  take(algorithm?: KeyAlgorithm): Promise<KeyPair>;
}

/** Makes every key when it is asked for. Off the event loop where the engine's WebCrypto is (Node's is). */
export const freshKeys = (defaultAlgorithm: KeyAlgorithm = "rsa-2048"): KeyPool => ({
  take: (algorithm) => generateKeyPair(algorithm ?? defaultAlgorithm),
});

export const generateKeyPair = async (algorithm: KeyAlgorithm): Promise<KeyPair> => {
  const pair = await crypto.subtle.generateKey(generation[algorithm], true, ["sign", "verify"]);
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  return keyPairFromDer(new Uint8Array(pkcs8), new Uint8Array(spki));
};

export const keyPairFromDer = (pkcs8: Uint8Array<ArrayBuffer>, spki: Uint8Array): KeyPair => ({
  privateKeyPem: writePrivateKey(pkcs8),
  publicKeyPem: toPem("PUBLIC KEY", spki),
});

/** The key as WebCrypto signs with it, and how. */
export const importSigningKey = async (privateKeyPem: string) => {
  const { der, kind } = readPrivateKey(privateKeyPem);
  const [importing, signing] =
    kind.type === "rsa"
      ? [rsa, rsa]
      : [
          { name: "ECDSA", namedCurve: kind.curve },
          { name: "ECDSA", hash: hashOfCurve[kind.curve] },
        ];
  return { key: await crypto.subtle.importKey("pkcs8", der, importing, false, ["sign"]), signing };
};

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const hashOfCurve = { "P-256": "SHA-256", "P-384": "SHA-384", "P-521": "SHA-512" };
const generation: { readonly [A in KeyAlgorithm]: RsaHashedKeyGenParams | EcKeyGenParams } = {
  "rsa-2048": { ...rsa, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
  "ecdsa-p256": { name: "ECDSA", namedCurve: "P-256" },
};
