import { statfsSync } from "node:fs";

/** What this user may still write on the disk that `path` is on; endless where that cannot be told. */
export const freeBytes = (path: string): number => {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};
