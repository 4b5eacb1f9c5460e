import type {
  Comparison,
  KeyValue,
  Operation,
  RangeRequest,
  RangeResult,
  TxnRequest,
  TxnResult,
  WatchEvent,
  WatchRequest,
} from "./client.ts";
import {
  decodeFields,
  encodeInside,
  encodeMessage,
  type Field,
  type FieldToWrite,
  joined,
  messagesField,
  numberField,
} from "./protobuf.ts";

/** Messages about keys, by their fields' numbers in etcd's `rpc.proto` and `kv.proto`. */

export const keyMethods = {
  range: "/etcdserverpb.KV/Range",
  txn: "/etcdserverpb.KV/Txn",
  compact: "/etcdserverpb.KV/Compact",
  watch: "/etcdserverpb.Watch/Watch",
} as const;

const text = new TextDecoder();

/** The first key behind all that begin with `prefix`. */
export const endOfPrefix = (prefix: string): string => {
  const bytes = new TextEncoder().encode(prefix);
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    const byte = bytes[at] ?? 0xff;
    // Prefixes end in ASCII here, so that the next byte is a character, too.
    if (byte < 0x7f) return text.decode(Uint8Array.from([...bytes.subarray(0, at), byte + 1]));
  }
  throw new RangeError(`there is no end to the keys that begin with ${JSON.stringify(prefix)}`);
};

export const rangeRequest = ({ key, end, limit, revision }: RangeRequest): Uint8Array =>
  encodeMessage([
    [1, key],
    [2, end ?? ""],
    [3, limit ?? 0],
    [4, revision ?? 0],
  ]);

export const readRange = (response: Uint8Array): RangeResult => {
  const fields = decodeFields(response);
  return { kvs: messagesField(fields, 2).map(readKeyValue), more: numberField(fields, 3) === 1n, revision: revisionOf(fields) };
};

export const compactRequest = (revision: number): Uint8Array => encodeMessage([[1, revision]]);

export const txnRequest = ({ compare, success, failure }: TxnRequest): Uint8Array =>
  joined(
    ...compare.map((one) => encodeInside(1, comparison(one))),
    ...success.map((one) => encodeInside(2, operation(one))),
    ...failure.map((one) => encodeInside(3, operation(one))),
  );

/** `result`: EQUAL 0, NOT_EQUAL 3; `target`: CREATE 1, MOD 2; a revision of zero is written, or nothing would be compared. */
const comparison = ({ key, target, is, revision }: Comparison): Uint8Array =>
  joined(
    encodeMessage([
      [1, is === "equal" ? 0 : 3],
      [2, target === "create" ? 1 : 2],
      [3, key],
    ]),
    revision === 0
      ? Uint8Array.of(((target === "create" ? 5 : 6) << 3) | 0, 0)
      : encodeMessage([[target === "create" ? 5 : 6, revision]]),
  );

const operation = (one: Operation): Uint8Array => {
  switch (one.op) {
    case "range":
      return encodeInside(1, encodeMessage([[1, one.key]]));
    case "put":
      return encodeInside(
        2,
        encodeMessage([
          [1, one.key],
          [2, one.value],
          [4, true],
        ]),
      );
    case "delete": {
      // What a whole range held is not told: it may be everything.
      const fields: FieldToWrite[] = [
        [1, one.key],
        [2, one.end ?? ""],
        [3, one.end === undefined],
      ];
      return encodeInside(3, encodeMessage(fields));
    }
  }
};

export const readTxn = (response: Uint8Array): TxnResult => {
  const fields = decodeFields(response);
  return {
    succeeded: numberField(fields, 2) === 1n,
    revision: revisionOf(fields),
    results: messagesField(fields, 3).map((message) => {
      const [answer] = decodeFields(message);
      if (answer?.type !== "bytes") return [];
      const inside = decodeFields(answer.value);
      // RangeResponse.kvs and PutResponse.prev_kv are field 2, DeleteRangeResponse.prev_kvs is field 3.
      return messagesField(inside, answer.number === 3 ? 3 : 2).map(readKeyValue);
    }),
  };
};

export const watchRequest = ({ key, end, startRevision }: WatchRequest): Uint8Array =>
  encodeInside(
    1,
    encodeMessage([
      [1, key],
      [2, end],
      [3, startRevision],
    ]),
  );

export interface WatchAnswer {
  readonly events: readonly WatchEvent[];
  readonly canceled: boolean;
  /** Not zero: the start is compacted, this is the oldest that is left. */
  readonly compactRevision: number;
  readonly reason: string;
}

export const readWatch = (response: Uint8Array): WatchAnswer => {
  const fields = decodeFields(response);
  return {
    canceled: numberField(fields, 4) === 1n,
    compactRevision: Number(numberField(fields, 5)),
    reason: text.decode(messagesField(fields, 6).at(-1) ?? new Uint8Array()),
    events: messagesField(fields, 11).map((message) => {
      const event = decodeFields(message);
      return {
        type: numberField(event, 1) === 1n ? "delete" : "put",
        kv: readKeyValue(messagesField(event, 2)[0] ?? new Uint8Array()),
      };
    }),
  };
};

const readKeyValue = (message: Uint8Array): KeyValue => {
  const fields = decodeFields(message);
  return {
    key: text.decode(messagesField(fields, 1)[0] ?? new Uint8Array()),
    createRevision: Number(numberField(fields, 2)),
    modRevision: Number(numberField(fields, 3)),
    value: messagesField(fields, 5)[0] ?? new Uint8Array(),
  };
};

/** ResponseHeader is field 1 of every answer; `revision` is its field 3. */
const revisionOf = (fields: readonly Field[]): number =>
  Number(numberField(decodeFields(messagesField(fields, 1)[0] ?? new Uint8Array()), 3));
