/** As much of the protobuf wire format as etcd's messages need: varints and length-delimited fields. */

export type Field =
  | { readonly number: number; readonly type: "varint"; readonly value: bigint }
  | { readonly number: number; readonly type: "bytes"; readonly value: Uint8Array };

const wireVarint = 0;
const wireFixed64 = 1;
const wireBytes = 2;
const wireFixed32 = 5;

/** Fields in the order they came; those of types that etcd does not use are stepped over. @throws when the message is cut off */
export const decodeFields = (message: Uint8Array): readonly Field[] => {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    // Most numbers are small: those are read without big integers.
    let small = 0;
    for (let index = 0, scale = 1; index < 6; index += 1, scale *= 128) {
      const byte = message[at + index];
      if (byte === undefined) break;
      small += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        at += index + 1;
        return BigInt(small);
      }
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at];
      if (byte === undefined) break;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Error("broken protobuf message: it ends within a number");
  };
  const skip = (bytes: number): Uint8Array => {
    if (at + bytes > message.length) throw new Error("broken protobuf message: it ends too early");
    at += bytes;
    return message.subarray(at - bytes, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = key >>> 3;
    switch (key & 7) {
      case wireVarint:
        fields.push({ number, type: "varint", value: varint() });
        break;
      case wireBytes:
        fields.push({ number, type: "bytes", value: skip(Number(varint())) });
        break;
      case wireFixed64:
        skip(8);
        break;
      case wireFixed32:
        skip(4);
        break;
      default:
        throw new Error(`broken protobuf message: wire type ${key & 7}`);
    }
  }
  return fields;
};

/** A message of unsigned numbers; zero is the default and not written. */
export const encodeNumbers = (fields: { readonly [number: number]: bigint }): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    Object.entries(fields).flatMap(([number, value]) =>
      value === 0n ? [] : [...varintBytes(BigInt(number) << 3n), ...varintBytes(value)],
    ),
  );

export type FieldToWrite = readonly [number: number, value: bigint | number | boolean | Uint8Array | string];

/** A message of these fields in this order; zero, false and empty are the default and not written. */
export const encodeMessage = (fields: readonly FieldToWrite[]): Uint8Array<ArrayBuffer> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array): void => {
    parts.push(part);
    length += part.length;
  };
  for (const [number, value] of fields) {
    if (typeof value === "object" || typeof value === "string") {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      if (bytes.length === 0) continue;
      add(Uint8Array.from([...varintBytes(BigInt((number << 3) | wireBytes)), ...varintBytes(BigInt(bytes.length))]));
      add(bytes);
    } else if (BigInt(value) !== 0n) {
      add(Uint8Array.from([...varintBytes(BigInt(number) << 3n), ...varintBytes(BigInt(value))]));
    }
  }
  const message = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
};

/** A message within a message: written also when it is empty, because that it is there says something. */
export const encodeInside = (number: number, message: Uint8Array): Uint8Array<ArrayBuffer> => {
  const head = [...varintBytes(BigInt((number << 3) | wireBytes)), ...varintBytes(BigInt(message.length))];
  const whole = new Uint8Array(head.length + message.length);
  whole.set(head);
  whole.set(message, head.length);
  return whole;
};

export const joined = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const varintBytes = (value: bigint): readonly number[] => {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
};

export const numberField = (fields: readonly Field[], number: number): bigint => {
  const found = fields.findLast((field) => field.number === number && field.type === "varint");
  return found?.type === "varint" ? found.value : 0n;
};

export const messagesField = (fields: readonly Field[], number: number): readonly Uint8Array[] =>
  fields.flatMap((field) => (field.number === number && field.type === "bytes" ? [field.value] : []));

export const textField = (fields: readonly Field[], number: number): string =>
  new TextDecoder().decode(messagesField(fields, number).at(-1) ?? new Uint8Array());
