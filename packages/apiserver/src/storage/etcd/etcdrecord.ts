import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { type Sealer, SealingError } from "../sealing.ts";

/** How an item is written down in etcd, which keeps its revisions itself: JSON, the value sealed where it is to be. */
interface EtcdRecord {
  /** Expires, in milliseconds since 1970. */
  readonly e?: number;
  /** The value; a text is a value that was sealed. */
  readonly v: unknown;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface EtcdCodec {
  encode(store: string, key: string, plain: object, expiresAt: number | undefined): Uint8Array;
  /** @throws SealingError, SyntaxError */
  decode(store: string, key: string, bytes: Uint8Array): { readonly value: object; readonly expiresAt: number | undefined };
}

export const createEtcdCodec = (sealer: Sealer | undefined): EtcdCodec => ({
  encode: (store, key, plain, expiresAt) => {
    const seals = sealer?.current() !== undefined && sealer.covers(store, key);
    const record: EtcdRecord = {
      ...(expiresAt === undefined ? {} : { e: expiresAt }),
      v: seals ? sealer.seal(store, key, jsonText(plain)) : plain,
    };
    return encoder.encode(jsonText(record));
  },
  decode: (store, key, bytes) => {
    const { e, v } = parseJson(decoder.decode(bytes)) as EtcdRecord;
    if (typeof v !== "string") return { value: v as object, expiresAt: e };
    if (sealer === undefined) throw new SealingError(`${key} in the store ${store} is encrypted, and no keys were given`);
    return { value: parseJson(sealer.open(store, key, v)) as object, expiresAt: e };
  },
});
