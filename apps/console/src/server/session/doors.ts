import type { ProjectList, SessionState, SignedIn, SignIn, SignInOptions } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import type { SignedVisit } from "../http/exchange.ts";
import { Fault, invalid, isFault } from "../http/fault.ts";
import type { Limiter } from "../http/limits.ts";
import type { Issued, Keystone } from "../openstack/keystone.ts";
import type { Session, Sessions } from "./sessions.ts";

export interface SessionDoorOptions {
  readonly keystone: Keystone;
  readonly sessions: Sessions;
  readonly signIn: SignInOptions;
  readonly region: string | undefined;
  readonly now: () => number;
  /** Failed tries, by account and by address. */
  readonly tries: { readonly account: Limiter; readonly address: Limiter };
  readonly cookie: { set(secret: string): string; clear(): string };
  readonly features: (session: Session) => Promise<SignedIn["features"]>;
  readonly links: SignedIn["links"];
}

/** Sign in, look, renew, choose a project, sign out. */
export const sessionDoors = (
  options: SessionDoorOptions,
): Pick<
  Doors,
  | "POST /api/session"
  | "POST /api/session/renew"
  | "DELETE /api/session"
  | "GET /api/session/projects"
  | "POST /api/session/project"
> => {
  const { keystone, sessions, tries, cookie } = options;

  /** Wrong guesses cost; right ones do not. @throws Fault tooManyRequests */
  const guarded = async <T>(account: string, remote: string, work: () => Promise<T>): Promise<T> => {
    const wait = Math.max(tries.account.look(account), tries.address.look(remote));
    if (wait > 0) throw new Fault("tooManyRequests", "Too many failed sign-ins: wait a little.", { retryAfterSeconds: wait });
    try {
      return await work();
    } catch (error) {
      if (isFault(error, "badCredentials", "oneTimeCodeNeeded")) {
        tries.account.take(account);
        tries.address.take(remote);
      }
      throw error;
    }
  };

  const open = async (how: SignIn, issued: Issued) => {
    const chosen = issued.project === null && how.method !== "token" ? await onlyProject(issued) : issued;
    return sessions.open({
      ...held(chosen),
      method: how.method,
      baseToken: issued.token,
      user: issued.user,
      restricted: issued.restricted,
      region: options.region ?? null,
    });
  };

  /** With exactly one project there is nothing to choose. */
  const onlyProject = async (issued: Issued): Promise<Issued> => {
    const [first, ...others] = await keystone.projects(issued.token);
    return first === undefined || others.length > 0 ? issued : keystone.rescope(issued.token, first.id);
  };

  const view = (session: Session): Promise<SignedIn> => signedIn(session, sessions, options);

  return {
    "POST /api/session": async (visit) => {
      const how = readSignIn(visit.json);
      const issued = await guarded(accountOf(how), visit.incoming.remote, () => keystone.signIn(how));
      const { session, secret } = await open(how, issued);
      visit.cookie(cookie.set(secret));
      return view(session);
    },
    "POST /api/session/renew": async (visit) => {
      const fields = createFields(visit.json);
      const { session } = visit;
      if (session.method !== "password") throw new Fault("conflict", "This sign-in was not by password: sign in anew.");
      const password = fields.needText("password");
      const code = fields.text("oneTimeCode", 20);
      const issued = await guarded(session.user.id, visit.incoming.remote, () =>
        keystone.signInAgain(session.user.id, password, code),
      );
      const project = session.project;
      const scoped =
        project === null || project.id === issued.project?.id ? issued : await keystone.rescope(issued.token, project.id);
      const old = [session.token, session.baseToken];
      const renewed = await sessions.change(session.id, { ...held(scoped), baseToken: issued.token });
      if (renewed === undefined) throw new Fault("signedOut", "The session has ended: sign in anew.");
      await revokeAll(keystone, old);
      return view(renewed);
    },
    "DELETE /api/session": async (visit) => {
      const ended = await sessions.end(visit.session.id, "signedOut");
      await revokeAll(keystone, [ended?.token, ended?.baseToken]);
      visit.cookie(cookie.clear());
      return undefined;
    },
    "GET /api/session/projects": async (visit): Promise<ProjectList> => {
      const { session } = visit;
      // An application credential is for one project and can be made into nothing else.
      if (session.method === "applicationCredential") return { projects: session.project === null ? [] : [session.project] };
      return { projects: await keystone.projects(tokenOf(session)) };
    },
    "POST /api/session/project": async (visit) => {
      const projectId = createFields(visit.json).needText("projectId", 64);
      const { session } = visit;
      if (session.project?.id === projectId) return view(session);
      if (session.method === "applicationCredential")
        throw new Fault("forbidden", "An application credential is for one project: sign in with a password to change it.");
      const scoped = await keystone.rescope(session.baseToken ?? tokenOf(session), projectId);
      const old = session.token === session.baseToken ? undefined : session.token;
      const changed = await sessions.change(session.id, held(scoped));
      if (changed === undefined) throw new Fault("signedOut", "The session has ended: sign in anew.");
      await revokeAll(keystone, [old]);
      return view(changed);
    },
  };
};

export const tokenOf = (session: Session): string => {
  if (session.token === undefined) throw new Fault("sessionExpired", "The sign-in has ended: sign in again.");
  return session.token;
};

const held = (issued: Issued) => ({
  token: issued.token,
  tokenExpiresAt: issued.expiresAt,
  project: issued.project,
  roles: issued.roles,
  endpoints: issued.endpoints,
});

const revokeAll = async (keystone: Keystone, tokens: readonly (string | undefined)[]): Promise<void> => {
  for (const token of new Set(tokens)) if (token !== undefined) await keystone.revoke(token);
};

/** What the browser may know of a session: never the token. */
export const signedIn = async (
  session: Session,
  sessions: Pick<Sessions, "endOf">,
  options: Pick<SessionDoorOptions, "features" | "links">,
): Promise<SignedIn> => {
  const has = (...roles: readonly string[]) => roles.some((role) => session.roles.includes(role));
  return {
    signedIn: true,
    user: { id: session.user.id, name: session.user.name, domain: session.user.domainName },
    project: session.project,
    roles: session.roles,
    may: { see: has("reader", "member", "admin"), change: has("member", "admin"), administer: has("admin") },
    method: session.method,
    restricted: session.restricted,
    expiresAt: new Date(Math.min(session.tokenExpiresAt, sessions.endOf(session))).toISOString(),
    csrfToken: session.csrfToken,
    region: session.region,
    features: await options.features(session),
    links: options.links,
  };
};

export const signedOut = (signIn: SignInOptions, expired: boolean): SessionState => ({
  signedIn: false,
  ...(expired ? { reason: "expired" as const } : {}),
  signIn,
});

const accountOf = (how: SignIn): string => {
  if (how.method === "password") return `user ${how.domain}/${how.user}`;
  if (how.method === "token") return "token";
  return "id" in how ? `credential ${how.id}` : `credential ${how.domain}/${how.user}/${how.name}`;
};

/** @throws Fault invalid */
const readSignIn = (json: unknown): SignIn => {
  const fields = createFields(json);
  const method = fields.needText("method", 40);
  switch (method) {
    case "password": {
      const [project, projectDomain, oneTimeCode] = [
        fields.text("project"),
        fields.text("projectDomain"),
        fields.text("oneTimeCode", 20),
      ];
      return {
        method,
        user: fields.needText("user", 255),
        password: fields.needText("password"),
        domain: fields.needText("domain", 255),
        ...(project === undefined ? {} : { project }),
        ...(projectDomain === undefined ? {} : { projectDomain }),
        ...(oneTimeCode === undefined || oneTimeCode === "" ? {} : { oneTimeCode }),
      };
    }
    case "applicationCredential": {
      const secret = fields.needText("secret");
      const id = fields.text("id", 64);
      if (id !== undefined && id !== "") return { method, id, secret };
      return {
        method,
        name: fields.needText("name", 255),
        user: fields.needText("user", 255),
        domain: fields.needText("domain", 255),
        secret,
      };
    }
    case "token":
      return { method, token: fields.needText("token", 16_384) };
    default:
      throw invalid("method", "Must be password, applicationCredential or token.");
  }
};

export type { SignedVisit };
