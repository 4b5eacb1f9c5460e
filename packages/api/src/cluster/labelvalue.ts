import { labelValueErrors } from "../meta/labels.ts";

/** A name as a label's value: names may be longer than values, so those that are become a hash. */
export const labelValueOf = (name: string): string => (labelValueErrors(name).length === 0 ? name : `hash_${hashOf(name)}_z`);

/** 32 bits of FNV-1a. */
export const fnv1a = (text: string): number =>
  new TextEncoder().encode(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);

const hashOf = (name: string): string => {
  const hash = fnv1a(name);
  const bytes = String.fromCharCode((hash >>> 24) & 255, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255);
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
