import { md5 } from "./md5.ts";

/** `ae:ce:1e:…`, the MD5 of the key itself; undefined when the text is no public key. */
export const fingerprintOf = (publicKey: string): string | undefined => {
  const [kind, blob] = publicKey.trim().split(/\s+/);
  if (kind?.startsWith("-----")) return pairs(md5(new TextEncoder().encode(publicKey)));
  if (!kind || !blob || !/^(ssh|ecdsa|sk)-/.test(kind) || !/^[A-Za-z0-9+/]+=*$/.test(blob)) return undefined;
  try {
    return pairs(md5(Uint8Array.from(atob(blob), (char) => char.charCodeAt(0))));
  } catch {
    return undefined;
  }
};

const pairs = (hex: string): string => hex.match(/../g)?.join(":") ?? hex;

/** For a user who has no key yet. */
export const newSshKey = async (comment: string): Promise<{ publicKey: string; privateKey: string }> => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { n = "", e = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const blob = join(sshString(new TextEncoder().encode("ssh-rsa")), sshNumber(e), sshNumber(n));
  const lines = toBase64(pkcs8).match(/.{1,64}/g) ?? [];
  return {
    publicKey: `ssh-rsa ${toBase64(blob)} ${comment}`,
    privateKey: `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`,
  };
};

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const join = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
const sshString = (bytes: Uint8Array): Uint8Array => {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return join(length, bytes);
};
/** A leading zero keeps a number with its highest bit set from looking negative. */
const sshNumber = (base64url: string): Uint8Array => {
  const bytes = Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return sshString((bytes[0] ?? 0) > 127 ? join(new Uint8Array([0]), bytes) : bytes);
};
