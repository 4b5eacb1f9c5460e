import { load } from "js-yaml";
import { CloudError } from "../transport/error.ts";

/** How to prove who we are, and for which project: exactly one of the ways that Keystone's v3 tokens know. */
export type Credentials =
  | { readonly method: "password"; readonly user: UserRef; readonly password: string; readonly scope: Scope }
  | { readonly method: "token"; readonly token: string; readonly scope: Scope }
  | { readonly method: "applicationCredential"; readonly id: string; readonly secret: string }
  | { readonly method: "applicationCredential"; readonly name: string; readonly user: UserRef; readonly secret: string };

export type DomainRef = { readonly id: string } | { readonly name: string };
export type UserRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef };
export type Scope =
  | { readonly kind: "unscoped" }
  | { readonly kind: "system" }
  | { readonly kind: "domain"; readonly domain: DomainRef }
  | { readonly kind: "project"; readonly id: string }
  | { readonly kind: "project"; readonly name: string; readonly domain: DomainRef };

/** One entry of a `clouds.yaml`, understood. */
export interface CloudConfig {
  readonly authUrl: string;
  readonly credentials: Credentials;
  /** Undefined: the first endpoint of the catalog, whatever its region. */
  readonly region: string | undefined;
  readonly interface: "public" | "internal" | "admin";
  /** False: the cloud's certificates are not checked. */
  readonly verify: boolean;
}

/**
 * The entry `cloudName`, taken as it stands: no vendor profiles, no `secure.yaml`, no environment. `interface`, `auth_type`,
 * `identity_api_version` and the paths `cacert`, `cert`, `key` have no effect, as in upstream's provider.
 */
export const cloudConfig = (cloudsYaml: string, cloudName: string, region?: string): CloudConfig => {
  const entry = entryOf(cloudsYaml, cloudName);
  const auth = fields(entry["auth"]);
  const authUrl = value(auth, "auth_url");
  if (authUrl === undefined) throw wrong(cloudName, "auth.auth_url is missing");
  return {
    authUrl,
    credentials: credentialsIn(auth, cloudName),
    region: region !== undefined && region !== "" ? region : value(entry, "region_name"),
    interface: interfaceOf(value(entry, "endpoint_type")),
    verify: entry["verify"] !== false,
  };
};

type Fields = { readonly [name: string]: unknown };

const entryOf = (cloudsYaml: string, cloudName: string): Fields => {
  let document: unknown;
  try {
    document = load(cloudsYaml);
  } catch (cause) {
    // The parser's own message would quote the line, and with it perhaps a password.
    throw new CloudError("invalid", "clouds.yaml is not YAML", { cause: cause instanceof Error ? cause.name : undefined });
  }
  const clouds = fields(fields(document)["clouds"]);
  if (clouds[cloudName] === undefined) {
    const known = Object.keys(clouds).join(", ");
    throw new CloudError("invalid", `clouds.yaml has no cloud "${cloudName}"; it has: ${known === "" ? "none" : known}`);
  }
  return fields(clouds[cloudName]);
};

const fields = (something: unknown): Fields =>
  typeof something === "object" && something !== null && !Array.isArray(something) ? (something as Fields) : {};

/** Ids and passwords of digits only are numbers to YAML. */
const value = (of: Fields, name: string): string | undefined => {
  const found = of[name];
  if (typeof found === "number") return String(found);
  return typeof found === "string" && found !== "" ? found : undefined;
};

const interfaceOf = (endpointType: string | undefined): CloudConfig["interface"] => {
  if (endpointType === "internal" || endpointType === "internalURL") return "internal";
  return endpointType === "admin" || endpointType === "adminURL" ? "admin" : "public";
};

const wrong = (cloudName: string, what: string): CloudError =>
  new CloudError("invalid", `clouds.yaml, cloud "${cloudName}": ${what}`);

const credentialsIn = (auth: Fields, cloudName: string): Credentials => {
  const appId = value(auth, "application_credential_id");
  const appName = value(auth, "application_credential_name");
  if (appId !== undefined || appName !== undefined) {
    const secret = value(auth, "application_credential_secret");
    if (secret === undefined) throw wrong(cloudName, "auth.application_credential_secret is missing");
    if (appId !== undefined) return { method: "applicationCredential", id: appId, secret };
    return { method: "applicationCredential", name: appName ?? "", user: userIn(auth, cloudName), secret };
  }
  const token = value(auth, "token");
  if (token !== undefined) return { method: "token", token, scope: scopeIn(auth, cloudName) };
  const password = value(auth, "password");
  if (password === undefined) throw wrong(cloudName, "auth needs a password, a token or an application credential");
  return { method: "password", user: userIn(auth, cloudName), password, scope: scopeIn(auth, cloudName) };
};

const userIn = (auth: Fields, cloudName: string): UserRef => {
  const id = value(auth, "user_id");
  const name = value(auth, "username");
  if (id !== undefined && name !== undefined) throw wrong(cloudName, "auth has both user_id and username; keep one");
  if (id !== undefined) return { id };
  if (name === undefined) throw wrong(cloudName, "auth.username (or user_id) is missing");
  const domain = domainIn(auth, "user_domain");
  if (domain === undefined) throw wrong(cloudName, "auth.user_domain_name (or user_domain_id) is missing");
  return { name, domain };
};

const scopeIn = (auth: Fields, cloudName: string): Scope => {
  if (value(auth, "system_scope") !== undefined) return { kind: "system" };
  const id = value(auth, "project_id") ?? value(auth, "tenant_id");
  if (id !== undefined) return { kind: "project", id };
  const name = value(auth, "project_name") ?? value(auth, "tenant_name");
  if (name !== undefined) {
    const domain = domainIn(auth, "project_domain");
    if (domain === undefined) throw wrong(cloudName, "auth.project_domain_name (or project_domain_id) is missing");
    return { kind: "project", name, domain };
  }
  const domain = exactDomain(auth, "domain");
  return domain === undefined ? { kind: "unscoped" } : { kind: "domain", domain };
};

/** The user's or the project's domain: its own fields, else `domain_id`/`domain_name` for both, else `default_domain`. */
const domainIn = (auth: Fields, prefix: "user_domain" | "project_domain"): DomainRef | undefined => {
  const byDefault = value(auth, "default_domain");
  return exactDomain(auth, prefix) ?? exactDomain(auth, "domain") ?? (byDefault === undefined ? undefined : { id: byDefault });
};

const exactDomain = (auth: Fields, prefix: string): DomainRef | undefined => {
  const id = value(auth, `${prefix}_id`);
  if (id !== undefined) return { id };
  const name = value(auth, `${prefix}_name`);
  return name === undefined ? undefined : { name };
};
