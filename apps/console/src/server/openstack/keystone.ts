import type { Transport } from "@slipway/openstack";
import type { ProjectRef, SignIn } from "../../contract/index.ts";
import { Fault, isFault } from "../http/fault.ts";
import { type Call, type CallAnswer, callService, inside, type Json, list, refusalOf, textOf } from "./call.ts";

/** A token as Keystone issued it, and what the console needs to know of it. */
export interface Issued {
  readonly token: string;
  readonly expiresAt: number;
  readonly user: { readonly id: string; readonly name: string; readonly domainId: string; readonly domainName: string };
  readonly project: ProjectRef | null;
  readonly roles: readonly string[];
  readonly restricted: boolean;
  readonly endpoints: { readonly [serviceType: string]: string };
}

/** Keystone v3 as a browser's sign-in needs it. Passwords pass through and are kept nowhere. */
export interface Keystone {
  /** @throws Fault badCredentials, oneTimeCodeNeeded, passwordExpired, unavailable */
  signIn(how: SignIn): Promise<Issued>;
  /** The same person, again. */
  signInAgain(userId: string, password: string, oneTimeCode: string | undefined): Promise<Issued>;
  /** @throws Fault sessionExpired, forbidden */
  rescope(token: string, projectId: string): Promise<Issued>;
  projects(token: string): Promise<readonly ProjectRef[]>;
  /** Whether Keystone still knows it. */
  isGood(token: string): Promise<boolean>;
  /** Best effort: a token that is gone already is as good. */
  revoke(token: string): Promise<void>;
}

export interface KeystoneOptions {
  readonly transport: Transport;
  /** With or without `/v3`. */
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly interface: "public" | "internal";
}

export const createKeystone = (options: KeystoneOptions): Keystone => {
  const { transport } = options;
  const base = identityUrl(options.authUrl);
  const ask = (call: Omit<Call, "service" | "url"> & { readonly path: string }): Promise<CallAnswer> =>
    callService(transport, { ...call, service: "identity", url: `${base}${call.path}` });

  const issue = async (identity: object, scope: object | undefined): Promise<Issued> => {
    const answer = await ask({
      method: "POST",
      path: "/auth/tokens",
      body: { auth: { identity, ...(scope === undefined ? {} : { scope }) } },
    });
    if (answer.status !== 201 && answer.status !== 200) throw refusedSignIn(answer);
    return readIssued(answer, options);
  };

  const rescope = async (token: string, projectId: string): Promise<Issued> => {
    const identity = { methods: ["token"], token: { id: token } };
    try {
      return await issue(identity, { project: { id: projectId } });
    } catch (error) {
      // Keystone says 401 both to a token that ended and to a project one is not in.
      if (!isFault(error, "badCredentials")) throw error;
      const good = await isGood(token);
      throw good
        ? new Fault("forbidden", "You are in no such project.", { service: "identity" })
        : new Fault("sessionExpired", "The token has ended.", { service: "identity" });
    }
  };

  const isGood = async (token: string): Promise<boolean> => {
    const answer = await ask({
      method: "GET",
      path: "/auth/tokens?nocatalog",
      token,
      headers: { "x-subject-token": token, "openstack-identity-access-rules": "1.0" },
    });
    if (answer.status >= 500) throw refusalOf("identity", answer);
    return answer.status === 200;
  };

  const projects = async (token: string): Promise<readonly ProjectRef[]> => {
    const [answer, domainAnswer, own] = await Promise.all([
      ask({ method: "GET", path: "/auth/projects", token }),
      ask({ method: "GET", path: "/auth/domains", token }),
      ask({ method: "GET", path: "/auth/tokens?nocatalog", token, headers: { "x-subject-token": token } }),
    ]);
    if (answer.status !== 200) throw refusalOf("identity", answer);
    // Names of domains are told of those where one has a role, and of one's own.
    const domains = new Map(list(domainAnswer.json, "domains").map((domain) => [textOf(domain, "id"), textOf(domain, "name")]));
    for (const owner of ["user", "project"] as const) {
      const { domainId, domainName } = domainIn(inside(inside(own.json, "token"), owner));
      if (domainId !== "") domains.set(domainId, domainName);
    }
    return list(answer.json, "projects")
      .filter((project) => project["enabled"] !== false)
      .map((project) => {
        const domainId = textOf(project, "domain_id");
        return {
          id: textOf(project, "id"),
          name: textOf(project, "name"),
          domainId,
          domainName: domains.get(domainId) ?? domainId,
        };
      })
      .sort((a, b) => a.domainName.localeCompare(b.domainName) || a.name.localeCompare(b.name));
  };

  return {
    signIn: async (how) => {
      const first = await issue(identityOf(how), undefined);
      if (how.method !== "password" || how.project === undefined || how.project === "") return first;
      const mine = await projects(first.token);
      const domain = how.projectDomain ?? how.domain;
      const wanted =
        mine.find(({ id }) => id === how.project) ??
        mine.find((one) => one.name === how.project && (one.domainName === domain || one.domainId === domain));
      if (wanted !== undefined) return wanted.id === first.project?.id ? first : rescope(first.token, wanted.id);
      await ask({ method: "DELETE", path: "/auth/tokens", token: first.token, headers: { "x-subject-token": first.token } });
      throw new Fault("forbidden", `You are in no project ${how.project}.`, { service: "identity", field: "project" });
    },
    signInAgain: (userId, password, oneTimeCode) => issue(passwordIdentity({ id: userId }, password, oneTimeCode), undefined),
    rescope,
    projects,
    isGood,
    revoke: async (token) => {
      await ask({ method: "DELETE", path: "/auth/tokens", token, headers: { "x-subject-token": token } }).catch(() => undefined);
    },
  };
};

export const identityUrl = (authUrl: string): string => {
  const base = authUrl.replace(/\/+$/, "");
  return base.endsWith("/v3") ? base : `${base}/v3`;
};

const passwordIdentity = (user: object, password: string, oneTimeCode: string | undefined): object => ({
  methods: oneTimeCode === undefined ? ["password"] : ["password", "totp"],
  password: { user: { ...user, password } },
  ...(oneTimeCode === undefined ? {} : { totp: { user: { ...user, passcode: oneTimeCode } } }),
});

const identityOf = (how: SignIn): object => {
  if (how.method === "token") return { methods: ["token"], token: { id: how.token } };
  if (how.method === "password")
    return passwordIdentity({ name: how.user, domain: domainRef(how.domain) }, how.password, how.oneTimeCode);
  const credential =
    "id" in how
      ? { id: how.id, secret: how.secret }
      : { name: how.name, secret: how.secret, user: { name: how.user, domain: domainRef(how.domain) } };
  return { methods: ["application_credential"], application_credential: credential };
};

/** People type names; what looks like an id is one. */
const domainRef = (domain: string): object =>
  /^[0-9a-f]{32}$/.test(domain) || domain === "default" ? { id: domain } : { name: domain };

const refusedSignIn = (answer: CallAnswer): Fault => {
  const fault = refusalOf("identity", answer);
  if (answer.headers["openstack-auth-receipt"] !== undefined)
    return new Fault("oneTimeCodeNeeded", "This account needs a one-time code beside its password.", fault.more);
  if (/password is expired/i.test(fault.message)) return new Fault("passwordExpired", fault.message, fault.more);
  // 404 is an application credential that is no more, 400 a malformed name: to somebody who signs in it is all the same.
  if (answer.status === 401 || answer.status === 404 || answer.status === 400)
    return new Fault("badCredentials", "Keystone does not accept these credentials.", fault.more);
  return fault;
};

const readIssued = ({ headers, json }: CallAnswer, { region, interface: wanted }: KeystoneOptions): Issued => {
  const token = inside(json, "token");
  const id = headers["x-subject-token"];
  const expiresAt = Date.parse(textOf(token, "expires_at"));
  const user = inside(token, "user");
  if (id === undefined || textOf(user, "id") === "" || !Number.isFinite(expiresAt))
    throw new Fault("unavailable", "Keystone's answer is not a token.", { service: "identity" });
  const project = inside(token, "project");
  const credential = inside(token, "application_credential");
  return {
    token: id,
    expiresAt,
    user: { id: textOf(user, "id"), name: textOf(user, "name"), ...domainIn(user) },
    project:
      textOf(project, "id") === "" ? null : { id: textOf(project, "id"), name: textOf(project, "name"), ...domainIn(project) },
    roles: list(token, "roles").map((role) => textOf(role, "name")),
    restricted: textOf(credential, "id") !== "" && credential["restricted"] !== false,
    endpoints: endpointsIn(list(token, "catalog"), region, wanted),
  };
};

const domainIn = (owner: Json) => {
  const domain = inside(owner, "domain");
  return { domainId: textOf(domain, "id"), domainName: textOf(domain, "name") };
};

const endpointsIn = (catalog: readonly Json[], region: string | undefined, wanted: string) => {
  const found: { [type: string]: string } = {};
  for (const service of catalog) {
    const endpoint = list(service, "endpoints").find(
      (one) =>
        textOf(one, "interface") === wanted &&
        (region === undefined || textOf(one, "region") === region || textOf(one, "region_id") === region),
    );
    if (endpoint !== undefined) found[textOf(service, "type")] ??= textOf(endpoint, "url").replace(/\/+$/, "");
  }
  return found;
};
