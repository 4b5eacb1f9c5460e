import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { coversSecrets, type Sealer, SealingError, sealedPrefix, sealedWith } from "./sealing.ts";

/** 32 bytes for AES-256. */
export interface SealingKey {
  /** Lower case letters, digits and dashes: it stands in every value that is sealed with it. */
  readonly name: string;
  readonly secret: Uint8Array;
}

export interface KeyedSealer extends Sealer {
  /** From now on: the first key seals, all of them open. No keys: new values are written as they are. */
  use(keys: readonly SealingKey[]): void;
  readonly keyNames: () => readonly string[];
}

const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/**
 * Envelopes of AES-256-GCM: each value has a key of its own, and that is what the named key seals. However many values there are, a
 * named key seals only 32 random bytes at a time, and no nonce is ever used twice with a value's key.
 *
 * Without `seals`, keys only open what was sealed before: how encryption is switched off.
 *
 * After the prefix, in base64: nonce, value's key and tag under the named key; nonce, value and tag under the value's key. Both are
 * bound to the store and the key of the value.
 */
export const createSealer = (
  keys: readonly SealingKey[],
  covers: (store: string, key: string) => boolean = coversSecrets,
  { seals = true }: { readonly seals?: boolean } = {},
): KeyedSealer => {
  let ring = checked(keys);
  return {
    covers,
    current: () => (seals ? ring[0]?.name : undefined),
    keyNames: () => ring.map(({ name }) => name),
    use: (next) => {
      ring = checked(next);
    },
    seal: (store, key, text) => {
      const [named] = ring;
      if (named === undefined) throw new SealingError(`there is no key to seal ${key} with`);
      const place = placeOf(store, key);
      const own = randomBytes(keyBytes);
      const envelope = Buffer.concat([encrypt(named.secret, place, own), encrypt(own, place, Buffer.from(text))]);
      return `${sealedPrefix}${named.name}:${envelope.toString("base64")}`;
    },
    open: (store, key, sealed) => {
      const name = sealedWith(sealed);
      if (name === undefined) throw new SealingError(`${key} in the store ${store} is not sealed in a way this program knows`);
      const named = ring.find((one) => one.name === name);
      if (named === undefined) {
        const known = ring.length === 0 ? "there is no key" : `there are only ${ring.map((one) => one.name).join(", ")}`;
        throw new SealingError(
          `${key} in the store ${store} was encrypted with the key "${name}", and ${known}. Put that key back into the file of keys (it is in every copy of the home and in snapshots); it may stand last.`,
        );
      }
      const place = placeOf(store, key);
      const envelope = Buffer.from(sealed.slice(sealedPrefix.length + name.length + 1), "base64");
      const wrapped = nonceBytes + keyBytes + tagBytes;
      try {
        const own = decrypt(named.secret, place, envelope.subarray(0, wrapped));
        return decrypt(own, place, envelope.subarray(wrapped)).toString();
      } catch (cause) {
        throw new SealingError(
          `${key} in the store ${store} cannot be decrypted with the key "${name}": either that is another key of the same name, or the data was changed. Put the right key back, or restore a snapshot.`,
          { cause },
        );
      }
    },
  };
};

const placeOf = (store: string, key: string): Buffer => Buffer.from(`${store}\0${key}`);

const encrypt = (secret: Uint8Array, place: Uint8Array, plain: Uint8Array): Buffer => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", secret, nonce).setAAD(place);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const decrypt = (secret: Uint8Array, place: Uint8Array, sealed: Uint8Array): Buffer => {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", secret, nonce, { authTagLength: tagBytes }).setAAD(place);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()]);
};

const checked = (keys: readonly SealingKey[]): readonly SealingKey[] => {
  for (const { name, secret } of keys) {
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
      throw new SealingError(`the key name "${name}" must be lower case letters, digits and dashes`);
    }
    if (secret.length !== keyBytes)
      throw new SealingError(`the key "${name}" has ${secret.length} bytes; AES-256 needs ${keyBytes}`);
  }
  const twice = keys.find(({ name }, index) => keys.findIndex((other) => other.name === name) < index);
  if (twice !== undefined) throw new SealingError(`there are two keys named "${twice.name}"`);
  return keys;
};
