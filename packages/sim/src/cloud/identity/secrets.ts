import type { HashedSecret } from "./records.ts";

/** Passwords and secrets are kept as salted hashes: nobody who reads the store can log in. */
export const hashSecret = async (secret: string, iterations: number): Promise<HashedSecret> => {
  const salt = toHex(crypto.getRandomValues(new Uint8Array(16)));
  return { salt, iterations, hash: await derive(secret, salt, iterations) };
};

export const matchesSecret = async (secret: string, hashed: HashedSecret): Promise<boolean> => {
  const hash = await derive(secret, hashed.salt, hashed.iterations);
  let difference = hash.length ^ hashed.hash.length; // all characters are compared, so that the time taken tells nothing
  for (let i = 0; i < hash.length; i += 1) difference |= hash.charCodeAt(i) ^ (hashed.hash.charCodeAt(i) || 0);
  return difference === 0;
};

const derive = async (secret: string, salt: string, iterations: number): Promise<string> => {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt: new TextEncoder().encode(salt), iterations },
    key,
    256,
  );
  return toHex(new Uint8Array(bits));
};

/** What a token is filed under. */
export const fingerprint = async (token: string): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))));

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
