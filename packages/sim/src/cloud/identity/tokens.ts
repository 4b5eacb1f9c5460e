import type { CloudContext } from "../context.ts";
import { Refusal } from "../http/call.ts";
import { type Json, listOf, objectOf, textOf, textsOf } from "../http/json.ts";
import { time } from "../ids.ts";
import { baseUrl } from "../settings.ts";
import { catalogOf } from "./catalog.ts";
import { withImplied } from "./impliedroles.ts";
import type { ApplicationCredential, Token, Trust, User } from "./records.ts";
import { missing, notFound, unauthorized } from "./refusals.ts";
import type { Scope } from "./scope.ts";
import { fingerprint, matchesSecret } from "./secrets.ts";

/** Logging in, and knowing again who logged in. */
export interface Tokens {
  issue(auth: unknown): Promise<{ readonly secret: string; readonly token: Token }>;
  authenticate(secret: string): Scope | undefined | Promise<Scope | undefined>;
  find(secret: string): Promise<Token | undefined>;
  view(token: Token, withCatalog: boolean): Json;
  revoke(tokens: Iterable<Token>): void;
  scopeOf(token: Token): Scope;
}

interface Claim {
  readonly user: User;
  readonly methods: readonly string[];
  readonly credential?: ApplicationCredential;
  /** The token that is being exchanged for one of another scope. */
  readonly token?: Token;
}
type Target =
  | { readonly kind: "unscoped" }
  | { readonly kind: "project"; readonly projectId: string; readonly roleIds: readonly string[] }
  | { readonly kind: "domain"; readonly domainId: string; readonly roleIds: readonly string[] }
  | { readonly kind: "system"; readonly roleIds: readonly string[] }
  | { readonly kind: "trust"; readonly trust: Trust };

const keptFingerprints = 20_000;

export const createTokens = ({ state, settings, clock, ids }: CloudContext): Tokens => {
  const refuse = (): Refusal => unauthorized(baseUrl(settings, "identity"));
  const fingerprints = new Map<string, string>(); // of tokens seen lately: hashing each time would cost more than the call
  const scopes = new WeakMap<Token, Scope>();
  const catalogs = new Map<string, ReturnType<typeof catalogOf>>();

  const remember = (secret: string, id: string): string => {
    if (fingerprints.size >= keptFingerprints) fingerprints.clear();
    fingerprints.set(secret, id);
    return id;
  };
  const live = (token: Token | undefined): Token | undefined =>
    token && token.expires_at > clock.now().getTime() ? token : undefined;

  const findUser = (given: Json): User => {
    const id = textOf(given["id"]);
    const name = textOf(given["name"]);
    const user = id ? state.users.get(id) : name === undefined ? undefined : state.users.by("name", name)[0];
    const domain = objectOf(given["domain"]);
    if (!id && domain["id"] === undefined && domain["name"] === undefined) throw missing("domain");
    if (!user?.enabled || (!id && findDomain(domain) !== user.domain_id)) throw refuse();
    return user;
  };
  const findDomain = (given: Json): string | undefined =>
    textOf(given["id"]) ?? state.domains.by("name", textOf(given["name"]) ?? "")[0]?.id;

  const byPassword = async (identity: Json): Promise<Claim> => {
    const given = objectOf(objectOf(identity["password"])["user"]);
    const password = textOf(given["password"]);
    if (password === undefined) throw missing("password");
    const user = findUser(given);
    if (!(await matchesSecret(password, user.password))) throw refuse();
    return { user, methods: ["password"] };
  };
  const byToken = async (identity: Json): Promise<Claim> => {
    const secret = textOf(objectOf(identity["token"])["id"]);
    if (secret === undefined) throw missing("token");
    const token = live(await find(secret));
    const user = token && state.users.get(token.user_id);
    if (!token || !user?.enabled) throw refuse();
    if (token.application_credential_id || token.trust_id) {
      throw new Refusal(403, "You are not authorized to perform the requested action: rescope a scoped token.");
    }
    return { user, token, methods: token.methods.includes("token") ? token.methods : [...token.methods, "token"] };
  };
  const byApplicationCredential = async (identity: Json): Promise<Claim> => {
    const given = objectOf(identity["application_credential"]);
    const secret = textOf(given["secret"]);
    if (secret === undefined) throw missing("secret");
    const id = textOf(given["id"]);
    const name = textOf(given["name"]);
    const credential = id
      ? state.applicationCredentials.get(id)
      : state.applicationCredentials.by("user", findUser(objectOf(given["user"])).id).find((one) => one.name === name);
    if (!credential) throw notFound("Application Credential", id ?? name ?? "");
    const user = state.users.get(credential.user_id);
    const expired = credential.expires_at !== null && Date.parse(credential.expires_at) <= clock.now().getTime();
    if (!user?.enabled || expired || !(await matchesSecret(secret, credential.secret))) throw refuse();
    return { user, credential, methods: ["application_credential"] };
  };

  const rolesOn = (userId: string, projectId: string): readonly string[] =>
    withImplied(
      state,
      state.grants
        .by("user", userId)
        .filter((grant) => grant.project_id === projectId)
        .map((grant) => grant.role_id),
    );
  const administers = (userId: string): readonly string[] => {
    const admin = state.roles.by("name", "admin")[0]?.id;
    return state.grants.by("user", userId).some((grant) => grant.role_id === admin) && admin ? withImplied(state, [admin]) : [];
  };

  const toProject = (user: User, given: Json): Target => {
    const id = textOf(given["id"]);
    const domain = findDomain(objectOf(given["domain"]));
    const project = id
      ? state.projects.get(id)
      : state.projects.by("name", textOf(given["name"]) ?? "").find((one) => one.domain_id === domain);
    const roleIds = project ? rolesOn(user.id, project.id) : [];
    if (!project?.enabled || roleIds.length === 0) throw refuse(); // the same answer for all: it must not tell what exists
    return { kind: "project", projectId: project.id, roleIds };
  };
  const toTrust = (user: User, id: string): Target => {
    const trust = state.trusts.get(id);
    const expired = trust?.expires_at && Date.parse(trust.expires_at) <= clock.now().getTime();
    if (!trust || expired || trust.trustee_user_id !== user.id || trust.remaining_uses === 0) throw refuse();
    if (!state.users.get(trust.trustor_user_id)?.enabled) throw refuse();
    return { kind: "trust", trust };
  };
  const targetOf = (claim: Claim, auth: Json): Target => {
    const { user, credential } = claim;
    const scope = auth["scope"];
    if (credential) {
      if (scope !== undefined) throw new Refusal(401, "Application credentials cannot request a scope.");
      const roles = rolesOn(user.id, credential.project_id);
      return {
        kind: "project",
        projectId: credential.project_id,
        roleIds: credential.role_ids.filter((id) => roles.includes(id)),
      };
    }
    const given = objectOf(scope);
    const trustId = textOf(objectOf(given["OS-TRUST:trust"])["id"]);
    if (trustId) return toTrust(user, trustId);
    if (given["project"] !== undefined) return toProject(user, objectOf(given["project"]));
    const roleIds = administers(user.id);
    if (given["domain"] !== undefined || given["system"] !== undefined) {
      if (roleIds.length === 0) throw refuse();
      return given["system"] === undefined
        ? { kind: "domain", domainId: findDomain(objectOf(given["domain"])) ?? "default", roleIds }
        : { kind: "system", roleIds };
    }
    if (scope === undefined && user.default_project_id && rolesOn(user.id, user.default_project_id).length > 0) {
      return { kind: "project", projectId: user.default_project_id, roleIds: rolesOn(user.id, user.default_project_id) };
    }
    return { kind: "unscoped" };
  };

  const claimOf = async (identity: Json): Promise<Claim> => {
    const methods = textsOf(identity["methods"]);
    if (listOf(identity["methods"]).length === 0) throw missing("methods");
    let claim: Claim | undefined;
    for (const method of methods) {
      if (method === "password") claim = await byPassword(identity);
      else if (method === "token") claim = await byToken(identity);
      else if (method === "application_credential") claim = await byApplicationCredential(identity);
      else throw refuse();
    }
    if (!claim) throw refuse();
    return claim;
  };

  const forgetExpired = (now: number): void => {
    let looked = 0; // a few at each login keep the collection from growing
    for (const token of state.tokens.all()) {
      if (looked++ >= 4 || token.expires_at > now) return;
      state.tokens.remove(token.id);
    }
  };

  const issue: Tokens["issue"] = async (given) => {
    const auth = objectOf(given);
    if (auth["identity"] === undefined) throw missing("identity");
    const claim = await claimOf(objectOf(auth["identity"]));
    const target = targetOf(claim, auth);
    const now = clock.now().getTime();
    forgetExpired(now);
    const trust = target.kind === "trust" ? target.trust : undefined;
    if (trust?.remaining_uses) state.trusts.put({ ...trust, remaining_uses: trust.remaining_uses - 1 });
    const secret = `gAAAAAB${ids.secret()}${ids.secret()}${ids.secret()}`.slice(0, 183);
    const token = state.tokens.put({
      id: remember(secret, await fingerprint(secret)),
      audit_id: ids.secret().slice(0, 22),
      methods: claim.methods,
      user_id: trust?.impersonation ? trust.trustor_user_id : claim.user.id,
      project_id: trust ? trust.project_id : target.kind === "project" ? target.projectId : null,
      domain_scope: target.kind === "domain" ? target.domainId : null,
      system: target.kind === "system",
      role_ids: trust ? withImplied(state, trust.role_ids) : "roleIds" in target ? target.roleIds : [],
      application_credential_id: claim.credential?.id ?? null,
      trust_id: trust?.id ?? null,
      issued_at: now,
      // A token got with a token lives no longer than the first.
      expires_at: Math.min(claim.token?.expires_at ?? Number.POSITIVE_INFINITY, now + settings.tokenLifetimeSeconds * 1000),
    });
    return { secret, token };
  };

  const find = async (secret: string): Promise<Token | undefined> =>
    state.tokens.get(fingerprints.get(secret) ?? remember(secret, await fingerprint(secret)));

  const scopeOf = (token: Token): Scope => {
    const known = scopes.get(token);
    if (known) return known;
    const user = state.users.get(token.user_id);
    const roles = token.role_ids.flatMap((id) => state.roles.get(id)?.name ?? []);
    const credential = token.application_credential_id
      ? state.applicationCredentials.get(token.application_credential_id)
      : undefined;
    const scope: Scope = {
      tokenId: token.id,
      userId: token.user_id,
      userName: user?.name ?? "",
      projectId: token.project_id ?? "",
      projectName: state.projects.get(token.project_id ?? "")?.name ?? "",
      domainId: user?.domain_id ?? "default",
      roles,
      admin: roles.includes("admin"),
      methods: token.methods,
      applicationCredential: credential && { id: credential.id, restricted: !credential.unrestricted },
      trustId: token.trust_id ?? undefined,
    };
    scopes.set(token, scope);
    return scope;
  };

  const domainView = (id: string) => ({ id, name: state.domains.get(id)?.name ?? id });
  const catalog = (projectId: string) => {
    const known = catalogs.get(projectId) ?? catalogOf(settings, projectId);
    catalogs.set(projectId, known);
    return known;
  };
  const view: Tokens["view"] = (token, withCatalog) => {
    const user = state.users.get(token.user_id);
    const project = token.project_id === null ? undefined : state.projects.get(token.project_id);
    const trust = token.trust_id === null ? undefined : state.trusts.get(token.trust_id);
    const credential = token.application_credential_id && state.applicationCredentials.get(token.application_credential_id);
    const scoped = project || token.domain_scope || token.system;
    return {
      methods: token.methods,
      user: { domain: domainView(user?.domain_id ?? ""), id: token.user_id, name: user?.name ?? "", password_expires_at: null },
      audit_ids: [token.audit_id],
      expires_at: time.microZulu(new Date(token.expires_at)),
      issued_at: time.microZulu(new Date(token.issued_at)),
      ...(project && {
        project: { domain: domainView(project.domain_id), id: project.id, name: project.name },
        is_domain: false,
      }),
      ...(token.domain_scope && { domain: domainView(token.domain_scope) }),
      ...(token.system && { system: { all: true } }),
      ...(trust && {
        "OS-TRUST:trust": {
          id: trust.id,
          impersonation: trust.impersonation,
          trustor_user: { id: trust.trustor_user_id },
          trustee_user: { id: trust.trustee_user_id },
        },
      }),
      ...(credential && {
        application_credential: { id: credential.id, name: credential.name, restricted: !credential.unrestricted },
      }),
      ...(scoped && { roles: token.role_ids.flatMap((id) => ({ id, name: state.roles.get(id)?.name ?? "" })) }),
      ...(scoped && withCatalog && { catalog: catalog(token.project_id ?? "") }),
    };
  };

  return {
    issue,
    find: async (secret) => live(await find(secret)),
    authenticate: (secret) => {
      const id = fingerprints.get(secret);
      if (id === undefined) return find(secret).then((token) => (live(token) ? scopeOf(token as Token) : undefined));
      const token = live(state.tokens.get(id));
      return token && scopeOf(token);
    },
    view,
    scopeOf,
    revoke: (tokens) => {
      for (const token of [...tokens]) state.tokens.remove(token.id);
    },
  };
};
