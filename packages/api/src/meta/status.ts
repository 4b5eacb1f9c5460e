/** Kubernetes' `Status` object, and the one error that every client and server of ours throws. */

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  /** `continue`: where an expired list may go on, at another revision. */
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export type StatusReason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Invalid"
  | "Expired"
  | "ServerTimeout"
  | "Timeout"
  | "TooManyRequests"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "InternalError"
  | "ServiceUnavailable"
  | "StoreReadError"
  | "";

export const codeOf: { readonly [R in StatusReason]: number } = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  Expired: 410,
  ServerTimeout: 500,
  Timeout: 504,
  TooManyRequests: 429,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  ServiceUnavailable: 503,
  StoreReadError: 500,
  "": 500,
};

/** What a Kubernetes API refused, and why. `reason` is what callers branch on; `message` is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails | undefined;
  /** Of an expired list: a token that goes on at the present revision. */
  readonly continueToken: string | undefined;

  constructor(
    reason: StatusReason,
    message: string,
    options: { code?: number; details?: StatusDetails; continueToken?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.code = options.code ?? codeOf[reason];
    this.details = options.details;
    this.continueToken = options.continueToken;
  }

  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: "Failure",
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }

  static fromStatus(status: Status): ApiError {
    return new ApiError(status.reason ?? "", status.message ?? "unknown", {
      ...(status.code === undefined ? {} : { code: status.code }),
      ...(status.details === undefined ? {} : { details: status.details }),
      ...(status.metadata?.continue === undefined ? {} : { continueToken: status.metadata.continue }),
    });
  }
}

const hasReason = (error: unknown, ...reasons: StatusReason[]): error is ApiError =>
  error instanceof ApiError && reasons.includes(error.reason);

export const isNotFound = (error: unknown): error is ApiError => hasReason(error, "NotFound");
export const isConflict = (error: unknown): error is ApiError => hasReason(error, "Conflict");
export const isAlreadyExists = (error: unknown): error is ApiError => hasReason(error, "AlreadyExists");
export const isInvalid = (error: unknown): error is ApiError => hasReason(error, "Invalid");
/** The revision asked for is compacted: list again. */
export const isExpired = (error: unknown): error is ApiError => hasReason(error, "Expired", "Gone");
