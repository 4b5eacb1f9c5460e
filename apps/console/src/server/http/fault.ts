import type { ApiFault, ErrorBody, ErrorCode } from "../../contract/index.ts";

const statusOf: { readonly [Code in ErrorCode]: number } = {
  signedOut: 401,
  sessionExpired: 401,
  badCredentials: 401,
  oneTimeCodeNeeded: 401,
  passwordExpired: 403,
  notFromHere: 403,
  roleMissing: 403,
  forbidden: 403,
  restrictedCredential: 403,
  notFound: 404,
  invalid: 400,
  conflict: 409,
  changedMeanwhile: 409,
  quotaExceeded: 409,
  notReady: 409,
  tooLarge: 413,
  tooManyRequests: 429,
  unavailable: 502,
  unsupported: 501,
  internal: 500,
};

type More = Partial<Omit<ApiFault, "code" | "detail" | "requestId">>;

/** An answer that is not a success: thrown by whoever finds out, written by one place. `detail` never holds a secret. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: ErrorCode;
  readonly more: More;

  constructor(code: ErrorCode, detail: string, more: More = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

export const isFault = (error: unknown, ...codes: readonly ErrorCode[]): error is Fault =>
  error instanceof Fault && (codes.length === 0 || codes.includes(error.code));

export const invalid = (field: string, detail: string): Fault => new Fault("invalid", detail, { field });

export const faultBody = (error: Fault, requestId: string): { readonly status: number; readonly body: ErrorBody } => {
  const status = error.more.status ?? statusOf[error.code];
  return { status, body: { error: { ...error.more, code: error.code, status, detail: error.message, requestId } } };
};
