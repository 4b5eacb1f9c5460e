import type { KubeObject } from "../meta/object.ts";
import { defineBuiltin } from "./kind.ts";

/** Questions put as objects: POST asks, the answer is in `status`, nothing is stored. */

export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

export interface TokenReview extends KubeObject {
  readonly spec: { readonly token?: string; readonly audiences?: readonly string[] };
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: Partial<UserInfo>;
    readonly audiences?: readonly string[];
    readonly error?: string;
  };
}

export interface SelfSubjectReview extends KubeObject {
  readonly status?: { readonly userInfo?: UserInfo };
}

export interface ResourceAttributes {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
}

export interface NonResourceAttributes {
  readonly path?: string;
  readonly verb?: string;
}

export interface SubjectAccessReviewStatus {
  readonly allowed: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
}

export interface SubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly resourceAttributes?: ResourceAttributes;
    readonly nonResourceAttributes?: NonResourceAttributes;
    readonly user?: string;
    readonly groups?: readonly string[];
    readonly uid?: string;
    readonly extra?: { readonly [key: string]: readonly string[] };
  };
  readonly status?: SubjectAccessReviewStatus;
}

export interface SelfSubjectRulesReview extends KubeObject {
  readonly spec: { readonly namespace?: string };
  readonly status?: {
    readonly resourceRules: readonly object[];
    readonly nonResourceRules: readonly object[];
    readonly incomplete: boolean;
  };
}

const authentication = { group: "authentication.k8s.io", version: "v1", scope: "Cluster", virtual: true } as const;
const authorization = { group: "authorization.k8s.io", version: "v1", scope: "Cluster", virtual: true } as const;

export const TokenReview = defineBuiltin<TokenReview>({ ...authentication, kind: "TokenReview", plural: "tokenreviews" });
export const SelfSubjectReview = defineBuiltin<SelfSubjectReview>({
  ...authentication,
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
});
export const SubjectAccessReview = defineBuiltin<SubjectAccessReview>({
  ...authorization,
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
});
export const SelfSubjectAccessReview = defineBuiltin<SubjectAccessReview>({
  ...authorization,
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
});
export const LocalSubjectAccessReview = defineBuiltin<SubjectAccessReview>({
  ...authorization,
  scope: "Namespaced",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
});
export const SelfSubjectRulesReview = defineBuiltin<SelfSubjectRulesReview>({
  ...authorization,
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
});
