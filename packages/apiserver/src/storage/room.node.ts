import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { freeBytes } from "./freebytes.node.ts";
import { type LmdbFile, type LmdbSize, sizeOf, storeFileOf } from "./lmdbfile.node.ts";

/**
 * Room on the disk, taken before it is needed. LMDB must never meet a full disk: it harms its own process then. So the file always has
 * an end that no page is in yet, written with zeros by us, long enough for the next write in the worst case; a disk that is full shows
 * when that end cannot be made longer, and what is left of it serves deletes.
 */

/** Kept for deletes, and for a start on a full disk. */
const reserveBytes = 8 * 1024 * 1024;
/** What the end is made longer by, if there is so much. */
const stepBytes = 8 * 1024 * 1024;
/** The pages of the tree that each record may change at most, and those that every write changes. */
const pagesForEach = 6;
const pagesForAll = 64;

/** Bytes that a write of these texts may add to the file at most; of a removal the text is undefined. */
export const needOf = (texts: Iterable<string | undefined>, pageSize: number): number => {
  let pages = pagesForAll;
  // A character of UTF-16 takes at most three bytes.
  for (const text of texts) pages += pagesForEach + (text === undefined ? 0 : Math.ceil((text.length * 3) / pageSize));
  return pages * pageSize;
};

export type Room = "free" | "reserve" | "none";

/**
 * Makes the file's end long enough. "reserve": it is only with what is kept for deletes, and cannot be made longer; "none": not even so.
 */
export const makeRoom = (file: LmdbFile, path: string, needBytes: number): Room => {
  const { tailBytes } = sizeOf(file, path);
  const missing = needBytes + reserveBytes - tailBytes;
  if (missing <= 0) return "free";
  if (lengthen(path, missing + stepBytes) || lengthen(path, missing)) return "free";
  return sizeOf(file, path).tailBytes >= needBytes ? "reserve" : "none";
};

/** Whether so much was deleted that the file has room within itself. */
export const hasHoles = ({ fileBytes, usedBytes, tailBytes }: LmdbSize, needBytes: number): boolean =>
  fileBytes - tailBytes - usedBytes > reserveBytes / 4 + 4 * needBytes;

const zeros = Buffer.alloc(1024 * 1024);

const lengthen = (path: string, bytes: number): boolean => {
  if (freeBytes(path) < bytes) return false;
  const descriptor = openSync(storeFileOf(path), "r+");
  try {
    const { size } = fstatSync(descriptor);
    for (let done = 0; done < bytes; ) done += writeSync(descriptor, zeros, 0, Math.min(zeros.length, bytes - done), size + done);
    return true;
  } catch {
    // What was written of it stays as part of the end.
    return false;
  } finally {
    closeSync(descriptor);
  }
};
