import { ApiError } from "@slipway/api";
import { isStorageError } from "../storage/storage.ts";

/** What the store itself refuses, in words for a client of the API. */
export const asApiError = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (cause) {
    if (!isStorageError(cause)) throw cause;
    switch (cause.kind) {
      case "closed":
        throw new ApiError("ServiceUnavailable", "the server is shutting down", { cause });
      // Of a full disk the operator hears as from etcd, in a Status: nothing of ours is broken, and reads go on.
      case "full":
        throw new ApiError("InternalError", cause.message);
      case "unavailable":
        throw new ApiError("ServiceUnavailable", cause.message, { details: { retryAfterSeconds: 1 } });
      // No hint to try again: clients would repeat by themselves what may have happened.
      case "unknown":
        throw new ApiError("Timeout", cause.message);
      default:
        throw new ApiError("InternalError", `Internal error occurred: ${cause.message}`, { cause });
    }
  }
};
