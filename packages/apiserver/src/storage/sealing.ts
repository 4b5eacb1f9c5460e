/**
 * Makes values unreadable on disk. What the storage hands out and what watchers see is never sealed; only the record that is written
 * down is. A sealed value names the key that opens it, so that several keys can be in use while one takes over from another.
 */
export interface Sealer {
  /** Whether values under this key are to be sealed, or may have been when sealing was on. */
  covers(store: string, key: string): boolean;
  /** The name of the key that new values are sealed with; undefined writes them as they are. */
  current(): string | undefined;
  /** The text, unreadable. It opens only under the same store and key: a sealed value cannot be moved elsewhere. */
  seal(store: string, key: string, text: string): string;
  /** @throws SealingError when its key is not there, or when it was changed or moved */
  open(store: string, key: string, sealed: string): string;
}

export class SealingError extends Error {
  override readonly name = "SealingError";
}

/** `slipway:enc:aesgcm:v1:<key>:<base64>`, in the manner of kube-apiserver's `k8s:enc:aesgcm:v1:<key>:`. */
export const sealedPrefix = "slipway:enc:aesgcm:v1:";

/** The name of the key that a sealed value was sealed with. */
export const sealedWith = (sealed: string): string | undefined => {
  if (!sealed.startsWith(sealedPrefix)) return undefined;
  const end = sealed.indexOf(":", sealedPrefix.length);
  return end < 0 ? undefined : sealed.slice(sealedPrefix.length, end);
};

/** Secrets of every API, the management cluster's and the simulated tenants', and the simulated cloud's records, which hold user data. */
export const coversSecrets = (store: string, key: string): boolean =>
  key.startsWith("/registry/core/secrets/") || store === "cloud" || store === "guests";
