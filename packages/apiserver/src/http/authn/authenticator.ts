import { ApiError } from "@slipway/api";
import type { UserInfo } from "../../registry/registry.ts";
import type { AccessReview } from "../authz/authorizer.ts";
import type { Exchange } from "../exchange.ts";

/** Says who is asking; undefined: shown credentials are wrong (401). Nobody shown at all is `anonymous`. */
export type Authenticator = (exchange: Exchange) => Promise<UserInfo | undefined>;

/** Takes a bearer token; undefined: not one of its own, ask the next. */
export type TokenAuthenticator = (token: string) => Promise<AuthenticatedToken | undefined>;
export interface AuthenticatedToken {
  readonly user: UserInfo;
  readonly audiences?: readonly string[];
}

export const anonymous: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

export const createAuthenticator = (options: {
  readonly tokens?: readonly TokenAuthenticator[];
  /** Without it a request that shows nothing is refused. */
  readonly allowAnonymous?: boolean;
}): Authenticator => {
  const tokens = options.tokens ?? [];
  return async (exchange) => {
    const { certificate, untrusted } = exchange.peer;
    if (certificate !== undefined && certificate.commonName !== "") {
      return authenticated({
        name: certificate.commonName,
        groups: certificate.organizations,
        ...(certificate.sha256 === undefined
          ? {}
          : { extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${certificate.sha256}`] } }),
      });
    }
    const token = bearerToken(exchange);
    if (token !== undefined) return (await authenticateToken(tokens, token))?.user;
    if (untrusted === true) return undefined;
    return options.allowAnonymous === false ? undefined : anonymous;
  };
};

export const authenticateToken = async (
  authenticators: readonly TokenAuthenticator[],
  token: string,
): Promise<AuthenticatedToken | undefined> => {
  for (const authenticator of authenticators) {
    const found = await authenticator(token);
    if (found !== undefined) return { ...found, user: authenticated(found.user) };
  }
  return undefined;
};

const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes("system:authenticated") ? user : { ...user, groups: [...user.groups, "system:authenticated"] };

const bearerToken = (exchange: Exchange): string | undefined => {
  const header = exchange.header("authorization");
  if (header !== undefined) {
    const match = /^bearer\s+(.+)$/i.exec(header.trim());
    return match === null ? undefined : match[1];
  }
  return webSocketToken(exchange.header("sec-websocket-protocol"));
};

const webSocketPrefix = "base64url.bearer.authorization.k8s.io.";

/** Browsers cannot set headers on a WebSocket: the token comes as a subprotocol. */
const webSocketToken = (protocols: string | undefined): string | undefined => {
  const found = protocols
    ?.split(",")
    .map((each) => each.trim())
    .find((each) => each.startsWith(webSocketPrefix));
  if (found === undefined) return undefined;
  try {
    return atob(found.slice(webSocketPrefix.length).replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
};

/** Acting as someone else: what is asked for, and what it takes to be allowed to. */
export interface Impersonation {
  readonly user: UserInfo;
  readonly reviews: readonly Omit<AccessReview, "user">[];
}

export const impersonationOf = (exchange: Exchange): Impersonation | undefined => {
  const name = exchange.header("impersonate-user");
  const groups = listHeader(exchange.header("impersonate-group"));
  const uid = exchange.header("impersonate-uid");
  if (name === undefined) {
    if (groups.length > 0 || uid !== undefined)
      throw new ApiError(
        "BadRequest",
        `requested [${groups.map((group) => `{Group ${group}}`).join(" ")}] without impersonating a user`,
      );
    return undefined;
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const review = (resource: string, target: string, namespace = "", group = ""): Omit<AccessReview, "user"> => ({
    verb: "impersonate",
    resource: { group, version: "v1", resource, subresource: "", namespace, name: target },
  });
  return {
    user: {
      name,
      ...(uid === undefined ? {} : { uid }),
      groups: groups.length > 0 || account === null ? groups : ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`],
    },
    reviews: [
      account === null ? review("users", name) : review("serviceaccounts", account[2] ?? "", account[1]),
      ...groups.map((group) => review("groups", group)),
      ...(uid === undefined ? [] : [review("uids", uid, "", "authentication.k8s.io")]),
    ],
  };
};

export const impersonated = ({ user }: Impersonation): UserInfo =>
  user.name === anonymous.name ? { ...user, groups: ["system:unauthenticated"] } : authenticated(user);

const listHeader = (value: string | undefined): readonly string[] =>
  value === undefined
    ? []
    : value
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== "");
