import { parseJson } from "../json/parse.ts";
import { jsonText } from "../json/text.ts";
import type { UnstructuredObject } from "../meta/object.ts";

/** Where the older version's object keeps what it has no fields for (CAPI's name for it). */
export const dataAnnotation = "cluster.x-k8s.io/conversion-data";

/** A part of an object that is kept as it was while nobody changed it in the other version. */
export interface RestoredPart {
  readonly get: (object: UnstructuredObject) => unknown;
  /** The converted object with the part as it was before. */
  readonly set: (object: UnstructuredObject, before: unknown) => UnstructuredObject;
  /** Without what has a life of its own: it is neither kept nor compared. */
  readonly filter?: (part: unknown) => unknown;
  /** Kept whatever happens in the other version, which knows nothing of it. */
  readonly always?: true;
}

export interface RestoredParts {
  readonly [name: string]: RestoredPart;
}

type Convert = (object: UnstructuredObject) => UnstructuredObject;

interface Kept {
  /** Of the part after there and back again, base64: equal means nobody changed it. */
  readonly h?: string;
  readonly d?: unknown;
}

/**
 * Converts without loss: what the other version cannot say travels in an annotation, together with a hash of what it can say; on the
 * way back the original takes the place of every part that is still as it was converted.
 */
export const convertWithRestore = (
  object: UnstructuredObject,
  there: Convert,
  back: Convert,
  parts: { readonly from: RestoredParts; readonly to: RestoredParts },
): UnstructuredObject => {
  const bare = withoutData(object);
  const converted = there(bare);
  const restored = Object.entries(keptBy(object)).reduce((made, [name, kept]) => {
    const part = parts.to[name];
    if (part === undefined) return made;
    if (part.always) return part.set(made, kept);
    const { h, d } = (kept ?? {}) as Kept;
    return hashOf(filtered(part, part.get(made))) === h ? part.set(made, d) : made;
  }, converted);
  // What will be seen on the way back, if nobody changes it meanwhile.
  const again = back(restored);
  const lost = Object.entries(parts.from).flatMap(([name, part]): (readonly [string, unknown])[] => {
    const before = filtered(part, part.get(bare));
    if (part.always) return before === undefined ? [] : [[name, before]];
    const after = filtered(part, part.get(again));
    return canonical(before) === canonical(after) ? [] : [[name, { h: hashOf(after), d: before }]];
  });
  return lost.length === 0 ? restored : withData(restored, jsonText(Object.fromEntries(lost)));
};

const filtered = (part: RestoredPart, value: unknown): unknown => (part.filter === undefined ? value : part.filter(value));

const keptBy = ({ metadata }: UnstructuredObject): { readonly [name: string]: unknown } => {
  const text = metadata.annotations?.[dataAnnotation];
  if (text === undefined) return {};
  try {
    const data: unknown = parseJson(text);
    return typeof data === "object" && data !== null && !Array.isArray(data) ? (data as { [name: string]: unknown }) : {};
  } catch {
    return {}; // somebody else wrote it: then there is nothing to put back
  }
};

const withoutData = (object: UnstructuredObject): UnstructuredObject => {
  const { annotations } = object.metadata;
  if (annotations?.[dataAnnotation] === undefined) return object;
  const { [dataAnnotation]: _data, ...others } = annotations;
  const { annotations: _all, ...metadata } = object.metadata;
  return { ...object, metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others } };
};

const withData = (object: UnstructuredObject, text: string): UnstructuredObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [dataAnnotation]: text } },
});

/** JSON with its keys in order. */
const canonical = (value: unknown): string => jsonText(sorted(value ?? null));

const sorted = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
};

/** CRC64 (ECMA), base64 of its eight bytes. */
const hashOf = (value: unknown): string => {
  let crc = ~0n & mask;
  for (const byte of new TextEncoder().encode(canonical(value))) {
    crc = (table[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (crc >> 8n);
  }
  const sum = ~crc & mask;
  const bytes = Array.from({ length: 8 }, (_, index) => Number((sum >> BigInt(56 - index * 8)) & 0xffn));
  return btoa(String.fromCharCode(...bytes));
};

const mask = 0xffffffffffffffffn;
const polynomial = 0xc96c5795d7870f42n;
const table: readonly bigint[] = Array.from({ length: 256 }, (_, index) => {
  let crc = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  return crc;
});
