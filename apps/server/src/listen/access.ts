import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Client, SubjectAccessReview, TokenReview } from "@slipway/api";
import { peerOf } from "@slipway/apiserver/http/wireexchange.node.ts";

/** Whether the one who sent a request may have what it asks for; why not is an answer's status and text. */
export type Access = (request: IncomingMessage, path: string) => Promise<Verdict>;
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly status: 401 | 403; readonly message: string };

interface User {
  readonly username: string;
  readonly groups: readonly string[];
}

/** Answers are believed this long: a scrape every second asks once in ten, and a right that is taken away is soon gone. */
const believedMilliseconds = 10_000;
const mostRemembered = 256;

/**
 * Lets in whom the management API lets `get` a non-resource URL, as every Kubernetes component guards its metrics: a client
 * certificate of our authority says who it is by itself, a bearer token is shown to a TokenReview, and a SubjectAccessReview
 * decides. Nobody who shows neither comes in.
 */
export const delegatedAccess = (options: { readonly client: Pick<Client, "create">; readonly now: () => Date }): Access => {
  const { client } = options;
  const now = () => options.now().getTime();
  const users = remembering<User | undefined>(now);
  const verdicts = remembering<{ readonly allowed: boolean; readonly reason: string }>(now);

  const userOf = (token: string): Promise<User | undefined> =>
    users(createHash("sha256").update(token).digest("hex"), async () => {
      const { status } = await client.create(TokenReview, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        metadata: {},
        spec: { token },
      });
      if (status?.authenticated !== true || status.user?.username === undefined) return undefined;
      return { username: status.user.username, groups: status.user.groups ?? [] };
    });

  const mayHave = ({ username, groups }: User, verb: string, path: string) =>
    verdicts(JSON.stringify([username, groups, verb, path]), async () => {
      const { status } = await client.create(SubjectAccessReview, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        metadata: {},
        spec: { user: username, groups, nonResourceAttributes: { path, verb } },
      });
      return { allowed: status?.allowed === true, reason: status?.reason ?? "" };
    });

  return async (request, path) => {
    const { certificate } = peerOf(request.socket);
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization?.trim() ?? "")?.[1];
    const user: User | undefined =
      certificate !== undefined && certificate.commonName !== ""
        ? { username: certificate.commonName, groups: [...certificate.organizations, "system:authenticated"] }
        : token === undefined
          ? undefined
          : await userOf(token);
    if (user === undefined)
      return {
        allowed: false,
        status: 401,
        message: "Show a bearer token or a client certificate that the management API knows.\n",
      };
    const verb = request.method?.toLowerCase() ?? "get";
    const { allowed, reason } = await mayHave(user, verb, path);
    if (allowed) return { allowed: true };
    return {
      allowed: false,
      status: 403,
      message: `User ${JSON.stringify(user.username)} may not ${verb} path ${JSON.stringify(path)}${reason === "" ? "" : `: ${reason}`}. Bind it to a ClusterRole with nonResourceURLs [${JSON.stringify(path)}] and verbs ["get"].\n`,
    };
  };
};

/** For a plain loopback port that an operator asked for. */
export const openAccess: Access = async () => ({ allowed: true });

/** The answers of the last seconds, the oldest given up first. A question that failed is asked again. */
const remembering = <T>(now: () => number) => {
  const known = new Map<string, { readonly until: number; readonly answer: Promise<T> }>();
  return (key: string, ask: () => Promise<T>): Promise<T> => {
    const found = known.get(key);
    if (found !== undefined && found.until > now()) return found.answer;
    known.delete(key);
    const answer = ask();
    answer.catch(() => known.delete(key));
    known.set(key, { until: now() + believedMilliseconds, answer });
    for (const oldest of known.keys()) {
      if (known.size <= mostRemembered) break;
      known.delete(oldest);
    }
    return answer;
  };
};
