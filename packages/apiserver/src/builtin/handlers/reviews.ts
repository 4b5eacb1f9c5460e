import { ApiError, jsonText, type PolicyRule, type UnstructuredObject } from "@slipway/api";
import { authenticateToken, type TokenAuthenticator } from "../../http/authn/authenticator.ts";
import type { AccessReview, Authorizer, Verdict } from "../../http/authz/authorizer.ts";
import type { UserInfo } from "../../registry/registry.ts";
import type { ServedResource } from "../../registry/served.ts";

export interface ReviewOptions {
  readonly authorizer: () => Authorizer;
  /** All rules of someone; absent when everything is allowed. */
  readonly rulesFor?: (
    user: UserInfo,
    namespace: string,
  ) => { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] };
  readonly tokens: () => readonly TokenAuthenticator[];
  readonly audiences: readonly string[];
}

type Fields = { readonly [field: string]: unknown };
type Virtual = NonNullable<ServedResource["virtual"]>;

/** Reviews: who am I, may I, may they, whose token is this. */
export const createReviews = (options: ReviewOptions): { readonly [resource: string]: Virtual } => {
  const ask = async (user: UserInfo, spec: Fields): Promise<Fields> => {
    const review = reviewOf(user, spec);
    const verdict: Verdict = await options.authorizer().authorize(review);
    return {
      allowed: verdict.allowed,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    };
  };

  const subject: Virtual = async (object) => {
    const spec = fields(object.spec);
    const groups = strings(spec["groups"]);
    const name = text(spec["user"]);
    if (name === "" && groups.length === 0)
      throw invalid(object, "spec.user", 'Invalid value: "": at least one of user or group must be specified');
    return answered(object, await ask({ name, groups }, spec));
  };

  return {
    "selfsubjectaccessreviews.authorization.k8s.io": async (object, { user }) =>
      answered(object, await ask(user, fields(object.spec))),
    "subjectaccessreviews.authorization.k8s.io": subject,
    "localsubjectaccessreviews.authorization.k8s.io": async (object, context, options) => {
      const namespace = text(fields(fields(object.spec)["resourceAttributes"])["namespace"]);
      if (namespace !== object.metadata.namespace)
        throw invalid(
          object,
          "spec.resourceAttributes.namespace",
          `Invalid value: ${jsonText(namespace)}: must match metadata.namespace`,
        );
      return subject(object, context, options);
    },
    "selfsubjectrulesreviews.authorization.k8s.io": async (object, { user }) => {
      const namespace = text(fields(object.spec)["namespace"]);
      if (namespace === "") throw new ApiError("BadRequest", "no namespace on request");
      const all: readonly PolicyRule[] = [
        { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
        { verbs: ["*"], nonResourceURLs: ["*"] },
      ];
      const { rules, errors } = options.rulesFor?.(user, namespace) ?? { rules: all, errors: [] };
      return answered(object, {
        resourceRules: rules
          .filter((rule) => (rule.resources ?? []).length > 0)
          .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
            verbs,
            apiGroups,
            resources,
            ...(resourceNames === undefined ? {} : { resourceNames }),
          })),
        nonResourceRules: rules
          .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: errors.length > 0,
        ...(errors.length === 0 ? {} : { evaluationError: errors.join(", ") }),
      });
    },
    "selfsubjectreviews.authentication.k8s.io": async (object, { user }) => answered(object, { userInfo: userInfo(user) }),
    "tokenreviews.authentication.k8s.io": async (object) => {
      const spec = fields(object.spec);
      const token = text(spec["token"]);
      const wanted = strings(spec["audiences"]);
      const found = token === "" ? undefined : await authenticateToken(options.tokens(), token);
      const audiences = (found?.audiences ?? options.audiences).filter((each) => wanted.length === 0 || wanted.includes(each));
      if (found === undefined || (wanted.length > 0 && audiences.length === 0))
        return answered(object, { user: {}, ...(token === "" ? {} : { error: "invalid bearer token" }) });
      return answered(object, { authenticated: true, user: userInfo(found.user), audiences });
    },
  };
};

const userInfo = ({ name, uid, groups, extra }: UserInfo): Fields => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

const reviewOf = (user: UserInfo, spec: Fields): AccessReview => {
  const resource = spec["resourceAttributes"];
  const path = spec["nonResourceAttributes"];
  if ((resource === undefined) === (path === undefined))
    throw new ApiError(
      "Invalid",
      "spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    );
  if (path !== undefined) {
    const asked = fields(path);
    return { user, verb: text(asked["verb"]), path: text(asked["path"]) };
  }
  const asked = fields(resource);
  return {
    user,
    verb: text(asked["verb"]),
    resource: {
      group: text(asked["group"]),
      version: text(asked["version"]),
      resource: text(asked["resource"]),
      subresource: text(asked["subresource"]),
      namespace: text(asked["namespace"]),
      name: text(asked["name"]),
      ...fieldSelectorOf(asked["fieldSelector"]),
    },
  };
};

/** Either as text, or as requirements with one value each. */
const fieldSelectorOf = (asked: unknown): { readonly fieldSelector?: string } => {
  const { rawSelector, requirements } = fields(asked);
  if (typeof rawSelector === "string") return { fieldSelector: rawSelector };
  if (!Array.isArray(requirements)) return {};
  const terms = requirements.map(fields).flatMap(({ key, operator, values }) => {
    const [value, ...others] = strings(values);
    return operator === "In" && value !== undefined && others.length === 0 ? [`${text(key)}=${value}`] : [];
  });
  return { fieldSelector: terms.join(",") };
};

const answered = (object: UnstructuredObject, status: Fields): UnstructuredObject => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp: undefined },
  status,
});

const invalid = (object: UnstructuredObject, field: string, message: string): ApiError =>
  new ApiError("Invalid", `${object.kind}.authorization.k8s.io "" is invalid: ${field}: ${message}`, {
    details: {
      group: "authorization.k8s.io",
      kind: object.kind,
      causes: [{ reason: "FieldValueInvalid", message, field }],
    },
  });

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
