import type { UserInfo } from "../../registry/registry.ts";

/** Someone wants to do something. Exactly one of `resource` and `path` is there. */
export interface AccessReview {
  readonly user: UserInfo;
  readonly verb: string;
  readonly resource?: ReviewedResource;
  /** A path that is no resource: `/metrics`. */
  readonly path?: string;
}

export interface ReviewedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** "" for cluster-scoped resources and across namespaces. */
  readonly namespace: string;
  readonly name: string;
  /** What a list or watch is narrowed to, as the client wrote it. */
  readonly fieldSelector?: string;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Why: which binding allows it, or what could not be resolved. */
  readonly reason?: string;
}

export interface Authorizer {
  authorize(review: AccessReview): Verdict | Promise<Verdict>;
}

/** `authorization: "always"`: for a program whose only clients are its own. */
export const allowAlways: Authorizer = { authorize: () => ({ allowed: true }) };
