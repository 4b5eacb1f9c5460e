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
