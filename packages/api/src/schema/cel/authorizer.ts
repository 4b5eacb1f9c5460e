import type { Environment } from "@marcbachmann/cel-js";

/** What `authorizer` asks about: a resource or a path, for the requester or for a ServiceAccount. */
export interface AuthorizerQuestion {
  readonly verb: string;
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly path?: string;
  readonly resource?: {
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  };
}

export interface AuthorizerVerdict {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly error?: string;
}

type Ask = (question: AuthorizerQuestion) => AuthorizerVerdict;

/** `authorizer.group("apps").resource("deployments").namespace("x").check("get").allowed()` in expressions. */
export class Authorizer {
  readonly ask: Ask;
  readonly account: AuthorizerQuestion["serviceAccount"];
  readonly requestResource: ResourceCheck | null;

  constructor(
    ask: Ask,
    options: { account?: AuthorizerQuestion["serviceAccount"]; request?: AuthorizerQuestion["resource"] } = {},
  ) {
    this.ask = ask;
    this.account = options.account;
    this.requestResource = options.request === undefined ? null : new ResourceCheck(this, options.request);
  }
}

class PathCheck {
  readonly of: Authorizer;
  readonly path: string;
  constructor(of: Authorizer, path: string) {
    this.of = of;
    this.path = path;
  }
}

class GroupCheck {
  readonly of: Authorizer;
  readonly group: string;
  constructor(of: Authorizer, group: string) {
    this.of = of;
    this.group = group;
  }
}

class ResourceCheck {
  readonly of: Authorizer;
  readonly resource: NonNullable<AuthorizerQuestion["resource"]>;
  constructor(of: Authorizer, resource: NonNullable<AuthorizerQuestion["resource"]>) {
    this.of = of;
    this.resource = resource;
  }
  with(changes: Partial<NonNullable<AuthorizerQuestion["resource"]>>): ResourceCheck {
    return new ResourceCheck(this.of, { ...this.resource, ...changes });
  }
}

class Decision {
  readonly verdict: AuthorizerVerdict;
  constructor(verdict: AuthorizerVerdict) {
    this.verdict = verdict;
  }
}

const verdictOf = (of: Authorizer, question: AuthorizerQuestion): Decision =>
  new Decision(of.ask(of.account === undefined ? question : { ...question, serviceAccount: of.account }));

export const registerAuthorizer = (environment: Environment): void => {
  environment
    .registerType("kubernetes.authorization.Decision", { ctor: Decision, fields: {} })
    .registerType("kubernetes.authorization.PathCheck", { ctor: PathCheck, fields: {} })
    .registerType("kubernetes.authorization.ResourceCheck", { ctor: ResourceCheck, fields: {} })
    .registerType("kubernetes.authorization.GroupCheck", { ctor: GroupCheck, fields: {} })
    .registerType("kubernetes.authorization.Authorizer", {
      ctor: Authorizer,
      fields: { requestResource: "kubernetes.authorization.ResourceCheck" },
    })
    .registerFunction(
      "kubernetes.authorization.Authorizer.path(string): kubernetes.authorization.PathCheck",
      (of: Authorizer, path: string) => new PathCheck(of, path),
    )
    .registerFunction(
      "kubernetes.authorization.Authorizer.group(string): kubernetes.authorization.GroupCheck",
      (of: Authorizer, group: string) => new GroupCheck(of, group),
    )
    .registerFunction(
      "kubernetes.authorization.Authorizer.serviceAccount(string, string): kubernetes.authorization.Authorizer",
      (of: Authorizer, namespace: string, name: string) => new Authorizer(of.ask, { account: { namespace, name } }),
    )
    .registerFunction(
      "kubernetes.authorization.GroupCheck.resource(string): kubernetes.authorization.ResourceCheck",
      (group: GroupCheck, resource: string) =>
        new ResourceCheck(group.of, { group: group.group, resource, subresource: "", namespace: "", name: "" }),
    )
    .registerFunction(
      "kubernetes.authorization.ResourceCheck.subresource(string): kubernetes.authorization.ResourceCheck",
      (check: ResourceCheck, subresource: string) => check.with({ subresource }),
    )
    .registerFunction(
      "kubernetes.authorization.ResourceCheck.namespace(string): kubernetes.authorization.ResourceCheck",
      (check: ResourceCheck, namespace: string) => check.with({ namespace }),
    )
    .registerFunction(
      "kubernetes.authorization.ResourceCheck.name(string): kubernetes.authorization.ResourceCheck",
      (check: ResourceCheck, name: string) => check.with({ name }),
    )
    .registerFunction(
      "kubernetes.authorization.PathCheck.check(string): kubernetes.authorization.Decision",
      (check: PathCheck, verb: string) => verdictOf(check.of, { verb, path: check.path }),
    )
    .registerFunction(
      "kubernetes.authorization.ResourceCheck.check(string): kubernetes.authorization.Decision",
      (check: ResourceCheck, verb: string) => verdictOf(check.of, { verb, resource: check.resource }),
    )
    .registerFunction("kubernetes.authorization.Decision.allowed(): bool", ({ verdict }: Decision) => verdict.allowed)
    .registerFunction("kubernetes.authorization.Decision.reason(): string", ({ verdict }: Decision) => verdict.reason ?? "")
    .registerFunction("kubernetes.authorization.Decision.errored(): bool", ({ verdict }: Decision) => verdict.error !== undefined)
    .registerFunction("kubernetes.authorization.Decision.error(): string", ({ verdict }: Decision) => verdict.error ?? "");
};
