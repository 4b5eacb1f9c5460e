/** PEM and the little DER that private keys need: which container a key came in, and the same key as PKCS#8. */

export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array<ArrayBuffer>;
}

const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+?)-----END \1-----/g;

/** Every block of a PEM text, in order; text around blocks is ignored, as OpenSSL does. */
export const parsePem = (text: string): readonly PemBlock[] =>
  [...text.matchAll(blockPattern)].map(([, label = "", body = ""]) => ({ label, der: fromBase64(body.replace(/\s+/g, "")) }));

export const toPem = (label: string, der: Uint8Array): string => {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
};

export const toBase64 = (bytes: Uint8Array): string => {
  const chunks: string[] = [];
  // String.fromCharCode takes its bytes as arguments, and engines limit how many a call may have.
  for (let at = 0; at < bytes.length; at += 8192) chunks.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(chunks.join(""));
};

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
};

export const textToBase64 = (text: string): string => toBase64(new TextEncoder().encode(text));
export const textFromBase64 = (base64: string): string => new TextDecoder().decode(fromBase64(base64));

const tag = { integer: 0x02, octetString: 0x04, objectId: 0x06, sequence: 0x30, context0: 0xa0 } as const;
const oidRsa = Uint8Array.of(tag.objectId, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);
const oidEc = Uint8Array.of(tag.objectId, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
const derNull = Uint8Array.of(0x05, 0x00);
const versionZero = Uint8Array.of(tag.integer, 1, 0);
const curves: readonly { readonly oid: string; readonly curve: Curve }[] = [
  { oid: "06082a8648ce3d030107", curve: "P-256" },
  { oid: "06052b81040022", curve: "P-384" },
  { oid: "06052b81040023", curve: "P-521" },
];

export type Curve = "P-256" | "P-384" | "P-521";

export interface Pkcs8Key {
  readonly der: Uint8Array<ArrayBuffer>;
  readonly kind: { readonly type: "rsa" } | { readonly type: "ec"; readonly curve: Curve };
}

/** Reads `RSA PRIVATE KEY`, `EC PRIVATE KEY` and `PRIVATE KEY` blocks. */
export const readPrivateKey = (pem: string): Pkcs8Key => {
  // OpenSSL writes `EC PARAMETERS` before an EC key; it says nothing that the key itself does not.
  const block = parsePem(pem).find(({ label }) => label.endsWith("PRIVATE KEY"));
  switch (block?.label) {
    case "PRIVATE KEY":
      return { der: block.der, kind: kindOfPkcs8(block.der) };
    case "RSA PRIVATE KEY":
      return {
        der: sequence(versionZero, sequence(oidRsa, derNull), element(tag.octetString, block.der)),
        kind: { type: "rsa" },
      };
    case "EC PRIVATE KEY": {
      const parameters = children(block.der).find((child) => child.tag === tag.context0);
      if (parameters === undefined) throw new Error("the EC private key does not name its curve");
      return {
        der: sequence(versionZero, sequence(oidEc, parameters.body), element(tag.octetString, block.der)),
        kind: { type: "ec", curve: curveOf(parameters.body) },
      };
    }
    default:
      throw new Error(
        `no readable private key: ${block === undefined ? "there is no PRIVATE KEY block" : `"${block.label}" is not supported`}`,
      );
  }
};

/** `RSA PRIVATE KEY` for RSA, which every Kubernetes component reads; `PRIVATE KEY` for the rest. */
export const writePrivateKey = (pkcs8: Uint8Array<ArrayBuffer>): string => {
  if (kindOfPkcs8(pkcs8).type === "ec") return toPem("PRIVATE KEY", pkcs8);
  const inner = children(pkcs8).find((child) => child.tag === tag.octetString);
  if (inner === undefined) throw new Error("the PKCS#8 key has no key in it");
  return toPem("RSA PRIVATE KEY", inner.body);
};

const kindOfPkcs8 = (der: Uint8Array<ArrayBuffer>): Pkcs8Key["kind"] => {
  const algorithm = children(der).find((child) => child.tag === tag.sequence);
  const [oid, parameters] = algorithm === undefined ? [] : elements(algorithm.body);
  if (oid !== undefined && hex(oid.whole) === hex(oidRsa)) return { type: "rsa" };
  if (oid !== undefined && parameters !== undefined && hex(oid.whole) === hex(oidEc)) {
    return { type: "ec", curve: curveOf(parameters.whole) };
  }
  throw new Error("only RSA and EC private keys are supported");
};

const curveOf = (oid: Uint8Array): Curve => {
  const known = curves.find((candidate) => candidate.oid === hex(oid));
  if (known === undefined) throw new Error("the curve of the EC private key is not supported: use P-256, P-384 or P-521");
  return known.curve;
};

interface Element {
  readonly tag: number;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly whole: Uint8Array<ArrayBuffer>;
}

const children = (der: Uint8Array<ArrayBuffer>): readonly Element[] => {
  const [outer] = elements(der);
  if (outer?.tag !== tag.sequence) throw new Error("broken DER: a sequence was expected");
  return elements(outer.body);
};

const elements = (der: Uint8Array<ArrayBuffer>): readonly Element[] => {
  const found: Element[] = [];
  for (let at = 0; at < der.length; ) {
    const first = der[at + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    let length = first < 0x80 ? first : 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (der[at + 2 + i] ?? 0);
    const start = at + 2 + lengthBytes;
    if (start + length > der.length) throw new Error("broken DER: it ends too early");
    found.push({ tag: der[at] ?? 0, body: der.slice(start, start + length), whole: der.slice(at, start + length) });
    at = start + length;
  }
  return found;
};

const element = (elementTag: number, body: Uint8Array): Uint8Array<ArrayBuffer> => {
  const lengthBytes: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) lengthBytes.unshift(rest % 256);
  const head = body.length < 0x80 ? [elementTag, body.length] : [elementTag, 0x80 | lengthBytes.length, ...lengthBytes];
  return concat(Uint8Array.from(head), body);
};

const sequence = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => element(tag.sequence, concat(...parts));

const concat = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
