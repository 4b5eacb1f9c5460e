import type { ObjectRef } from "@slipway/api";
import type { ReconcileResult } from "@slipway/runtime";

/**
 * Clouds tell nobody what happens in them, so even what is at rest is looked at from time to time: every ten minutes, as upstream's
 * resync does, not all in the same minute.
 */
export const withResync = (result: ReconcileResult, ref: ObjectRef, seconds = 600): ReconcileResult =>
  result.recheckSeconds === undefined ? { recheckSeconds: seconds + (spread(ref.name) * seconds) / 10 } : result;

/** 0 up to 1, always the same for one name. */
const spread = (name: string): number => [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) / 997;
