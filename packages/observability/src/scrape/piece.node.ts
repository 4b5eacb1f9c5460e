import { promisify } from "node:util";
import { constants, crc32, deflateRaw, inflateRaw } from "node:zlib";
import type { Piece } from "./gzip.ts";

const deflate = promisify<Uint8Array, { level: number; finishFlush: number }, Buffer>(deflateRaw);
const inflate = promisify<Uint8Array, { finishFlush: number }, Buffer>(inflateRaw);

/** Series repeat themselves: the fastest level already makes a thirtieth of them. */
const level = constants.Z_BEST_SPEED;
/** Ends on a byte and is not the last block, so that pieces can be joined. */
const finishFlush = constants.Z_SYNC_FLUSH;

/** Deflates beside us. The same text as in `before` is `before`: most families of an object stay when it changes. */
export const pieceOf = async (text: string, before?: Piece): Promise<Piece> => {
  const bytes = Buffer.from(text);
  const crc = crc32(bytes);
  if (before !== undefined && before.crc === crc && before.size === bytes.length) return before;
  // A copy of its own size: what zlib returns can be a small part of a large buffer.
  return { deflated: Uint8Array.from(await deflate(bytes, { level, finishFlush })), crc, size: bytes.length };
};

export const textOf = (piece: Piece): Promise<Uint8Array> => inflate(piece.deflated, { finishFlush });
