/** Stable words for what went wrong: only the browser translates them (CON-075). */
export type ErrorCode =
  /** 401: nobody is signed in. */
  | "signedOut"
  /** 401: somebody was; the session or its token ended. Sign in again (`POST /api/session/renew` or `/api/session`); keep what was typed. */
  | "sessionExpired"
  /** 401 to a sign-in: Keystone refused. */
  | "badCredentials"
  /** 401 to a sign-in: the account asks for a one-time code as well. */
  | "oneTimeCodeNeeded"
  /** 403: the password is too old; it is changed with Keystone's own tools. */
  | "passwordExpired"
  /** 403: not sent by this console's own page. Load the page again. */
  | "notFromHere"
  /** 403: a role is missing: `neededRole` says which. */
  | "roleMissing"
  /** 403: refused by the cloud for another reason. */
  | "forbidden"
  /** 403: the sign-in was with a restricted application credential, which cannot make another. */
  | "restrictedCredential"
  /** 404: not there, or somebody else's. */
  | "notFound"
  /** 400: `field` says where, when that is known. */
  | "invalid"
  /** 409: the state forbids it now: `detail` says why. */
  | "conflict"
  /** 409: somebody changed it after `If-Match` was read: `changed` says who and when. */
  | "changedMeanwhile"
  /** 409: the project would have too much: `shortfalls` says of what. */
  | "quotaExceeded"
  /** 409: offered only once the cluster is ACTIVE. */
  | "notReady"
  /** 413 */
  | "tooLarge"
  /** 429: try after `retryAfterSeconds`. */
  | "tooManyRequests"
  /** 502, 503: Keystone, Magnum or another service does not answer: `service` says which. */
  | "unavailable"
  /** 501: this cloud, or this Magnum, does not have it. */
  | "unsupported"
  /** 500: the console's own fault; quote `requestId`. */
  | "internal";

/** The body of every answer that is not a success. */
export interface ErrorBody {
  readonly error: ApiFault;
}

export interface ApiFault {
  readonly code: ErrorCode;
  readonly status: number;
  /** English, for logs and as "technical details": what the service itself said. */
  readonly detail: string;
  /** To quote to an operator. */
  readonly requestId: string;
  /** Dotted path in the request's body: `nodeGroups.0.nodeCount`. */
  readonly field?: string;
  readonly neededRole?: "reader" | "member" | "admin";
  readonly service?: ServiceName;
  readonly retryAfterSeconds?: number;
  readonly changed?: { readonly by: string | null; readonly at: string };
  readonly shortfalls?: readonly QuotaShortfall[];
  /** Request id of the service that refused. */
  readonly upstreamRequestId?: string;
}

export type ServiceName = "identity" | "compute" | "network" | "image" | "loadbalancer" | "volume" | "containerInfra";

export interface QuotaShortfall {
  readonly resource: QuotaName;
  readonly needed: number;
  readonly free: number;
  readonly limit: number;
}

/** `ram` is in MiB, `gigabytes` in GiB, the others count. */
export type QuotaName =
  | "clusters"
  | "instances"
  | "cores"
  | "ram"
  | "keyPairs"
  | "serverGroups"
  | "serverGroupMembers"
  | "volumes"
  | "gigabytes"
  | "networks"
  | "subnets"
  | "routers"
  | "ports"
  | "floatingIps"
  | "securityGroups"
  | "securityGroupRules"
  | "loadBalancers";
