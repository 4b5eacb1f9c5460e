import type { TransportResponse } from "./transport.ts";

/**
 * What a cloud refused, in the few words that callers branch on. Above the adapters nobody sees a status code.
 *  quota         a limit of the project or the cloud is reached; someone may raise it or free something without telling us
 *  conflict      the thing is busy, in use, or was there first; true for now
 *  invalid       the request itself is wrong; asking again gives the same answer
 *  unauthorized  credentials are not (or no longer) good, a fresh token included
 *  forbidden     credentials are good, the policy says no
 *  notFound      something that the command refers to is not there (a look-up answers `undefined` instead)
 *  unsupported   this cloud does not offer it (microversion, extension, provider feature)
 *  unavailable   the cloud did not answer, or not sensibly; try later
 */
export type CloudErrorKind =
  | "quota"
  | "conflict"
  | "invalid"
  | "unauthorized"
  | "forbidden"
  | "notFound"
  | "unsupported"
  | "unavailable";

export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly kind: CloudErrorKind;
  readonly retryAfterSeconds: number | undefined;
  /** `X-Openstack-Request-Id`: with it the cloud's operator finds the request in the logs. */
  readonly requestId: string | undefined;

  constructor(
    kind: CloudErrorKind,
    message: string,
    options: { retryAfterSeconds?: number | undefined; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.requestId = options.requestId;
  }
}

export const isCloudError = (error: unknown, ...kinds: readonly CloudErrorKind[]): error is CloudError =>
  error instanceof CloudError && (kinds.length === 0 || kinds.includes(error.kind));

/** Every answer that is not a success becomes one of these. `asked` says what was asked: `POST /servers of compute`. */
export const refusal = async (asked: string, response: TransportResponse): Promise<CloudError> => {
  const text = await response.text().catch(() => "");
  const { type, message } = reasonIn(text);
  const retryAfter = Number(response.headers["retry-after"]);
  const requestId = response.headers["x-openstack-request-id"] ?? response.headers["x-compute-request-id"];
  return new CloudError(
    kindOf(response.status, type, message),
    `${message === "" ? `HTTP ${response.status}` : message} (${asked}, HTTP ${response.status})`,
    { retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined, requestId },
  );
};

/** Neutron answers 409 to an exceeded quota, Nova and Octavia 403, Cinder 413: what it is called tells, not the code. */
const exhausted = /OverQuota|AddressExhausted|IpAddressGenerationFailure|OverLimit/i;

const kindOf = (status: number, type: string, message: string): CloudErrorKind => {
  if (exhausted.test(type)) return "quota";
  switch (status) {
    case 400:
    case 405:
    case 415:
    case 422:
      return "invalid";
    case 401:
      return "unauthorized";
    case 403:
      return /quota/i.test(message) ? "quota" : "forbidden";
    case 404:
    case 410:
      return "notFound";
    case 406:
    case 501:
      return "unsupported";
    case 409:
      return /quota exceeded/i.test(message) ? "quota" : "conflict";
    case 413:
      return "quota";
    default:
      return "unavailable";
  }
};

/**
 * The services wrap their reasons differently: `{"badRequest":{message}}`, `{"NeutronError":{type,message}}`, `{"faultstring"}`,
 * `{"error":{message}}`, `{"message"}` with HTML in it, or no JSON at all from a proxy in between.
 */
const reasonIn = (text: string): { type: string; message: string } => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { type: "", message: plain(text) };
  }
  if (typeof body !== "object" || body === null) return { type: "", message: plain(text) };
  const fields = body as { readonly [name: string]: unknown };
  if (typeof fields["faultstring"] === "string") return { type: "", message: fields["faultstring"] };
  if (typeof fields["message"] === "string") return { type: "", message: plain(fields["message"]) };
  const errors = fields["errors"];
  const wrapped = Array.isArray(errors) ? { error: errors[0] as unknown } : fields;
  for (const [name, value] of Object.entries(wrapped)) {
    if (typeof value === "string") return { type: name, message: plain(value) };
    if (typeof value !== "object" || value === null) continue;
    const inner = value as { readonly [name: string]: unknown };
    const message = inner["message"] ?? inner["detail"] ?? inner["title"];
    if (typeof message === "string") {
      return { type: typeof inner["type"] === "string" ? inner["type"] : name, message: plain(message) };
    }
  }
  return { type: "", message: plain(text) };
};

const plain = (text: string): string =>
  text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 1024);
