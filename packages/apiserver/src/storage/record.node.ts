import { crc32 } from "node:zlib";
import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { type Sealer, SealingError, sealedWith } from "./sealing.ts";
import type { Item } from "./storage.ts";

/** How an item is written down: `#`, a CRC-32 of key and record in eight digits, then the record as JSON that any tool can read. */
export interface ItemRecord {
  /** Revision of its last write. */
  readonly m: number;
  /** Revision that made it. */
  readonly c: number;
  /** Expires, in milliseconds since 1970. */
  readonly e?: number;
  /** The value; a text is a value that was sealed. */
  readonly v: unknown;
}

/** A record that cannot be what was written. */
export class DamagedRecordError extends Error {
  override readonly name = "DamagedRecordError";
}

export interface RecordCodec {
  encode(store: string, item: Item<object>, plain: object): string;
  /** @throws DamagedRecordError, SealingError */
  decode(store: string, key: string, text: string): ItemRecord & { readonly v: object };
  /** As `decode`, with the value as text. @throws DamagedRecordError, SealingError */
  decodeText(store: string, key: string, text: string): Omit<ItemRecord, "v"> & { readonly value: string };
}

export const createRecordCodec = (sealer: Sealer | undefined): RecordCodec => {
  const opened = (store: string, key: string, sealed: string): string => {
    if (sealer !== undefined) return sealer.open(store, key, sealed);
    throw new SealingError(
      `${key} in the store ${store} was encrypted with the key "${sealedWith(sealed) ?? "?"}", and no keys were given.`,
    );
  };
  return {
    encode: (store, item, plain) => {
      const seals = sealer !== undefined && sealer.current() !== undefined && sealer.covers(store, item.key);
      const record: ItemRecord = {
        m: item.modRevision,
        c: item.createRevision,
        ...(item.expiresAt === undefined ? {} : { e: item.expiresAt }),
        v: seals ? sealer.seal(store, item.key, jsonText(plain)) : plain,
      };
      return withChecksum(item.key, jsonText(record));
    },
    decode: (store, key, text) => {
      const record = parsed(key, text);
      if (typeof record.v !== "string") return record as ItemRecord & { readonly v: object };
      return { ...record, v: parseJson(opened(store, key, record.v)) as object };
    },
    decodeText: (store, key, text) => {
      const json = withoutSum(key, text);
      const head = recordHead.exec(json);
      if (head !== null && json.endsWith("}}")) {
        const [start, m, c, e] = head;
        const value = json.slice(start.length, -1);
        return { m: Number(m), c: Number(c), ...(e === undefined ? {} : { e: Number(e) }), value };
      }
      // Sealed, or written down otherwise.
      const { v, ...rest } = parsed(key, text);
      return { ...rest, value: typeof v === "string" ? opened(store, key, v) : jsonText(v) };
    },
  };
};

/** All that stands before a value that is an object. */
const recordHead = /^\{"m":(\d+),"c":(\d+)(?:,"e":(\d+))?,"v":(?=\{)/;

/** The record without opening what is sealed. @throws DamagedRecordError */
export const parsed = (key: string, text: string): ItemRecord => {
  try {
    return parseJson(withoutSum(key, text)) as ItemRecord;
  } catch (cause) {
    if (cause instanceof DamagedRecordError) throw cause;
    throw new DamagedRecordError(`the record ${key} cannot be read`, { cause });
  }
};

/** What the first format wrote has no sum. @throws DamagedRecordError */
const withoutSum = (key: string, text: string): string => (text.startsWith("#") ? withoutChecksum(key, text) : text);

const sumDigits = 8;

export const withChecksum = (key: string, json: string): string =>
  `#${sumOf(key, json).toString(16).padStart(sumDigits, "0")}${json}`;

const withoutChecksum = (key: string, text: string): string => {
  const json = text.slice(1 + sumDigits);
  // As numbers: this is done for every record at a start.
  if (Number.parseInt(text.slice(1, 1 + sumDigits), 16) !== sumOf(key, json)) {
    throw new DamagedRecordError(`the record ${key} is not what was written: its checksum differs`);
  }
  return json;
};

const sumOf = (key: string, json: string): number => crc32(json, crc32(key));
