import { CloudError } from "../transport/error.ts";
import { type Json, object, objects, optionalText, text, textOr } from "../transport/json.ts";
import type { CatalogService } from "./catalog.ts";
import type { Credentials, Scope } from "./cloudsyaml.ts";

/** A token and what Keystone says of it. */
export interface Token {
  readonly id: string;
  readonly expiresAt: Date;
  readonly user: { readonly id: string; readonly name: string; readonly domainId: string; readonly domainName: string };
  /** Undefined for tokens of a domain, of the system, or of nothing. */
  readonly project:
    | { readonly id: string; readonly name: string; readonly domainId: string; readonly domainName: string }
    | undefined;
  readonly roles: readonly string[];
  readonly methods: readonly string[];
  readonly catalog: readonly CatalogService[];
}

/** The body of `POST /v3/auth/tokens`. */
export const tokenRequest = (credentials: Credentials): object => {
  switch (credentials.method) {
    case "password":
      return {
        auth: {
          identity: { methods: ["password"], password: { user: { ...credentials.user, password: credentials.password } } },
          ...scopeBody(credentials.scope),
        },
      };
    case "token":
      return { auth: { identity: { methods: ["token"], token: { id: credentials.token } }, ...scopeBody(credentials.scope) } };
    case "applicationCredential": {
      const { method: _, ...credential } = credentials;
      // The project comes with the credential: Keystone refuses a scope beside it.
      return { auth: { identity: { methods: ["application_credential"], application_credential: credential } } };
    }
  }
};

const scopeBody = (scope: Scope): object => {
  switch (scope.kind) {
    case "unscoped":
      return {};
    case "system":
      return { scope: { system: { all: true } } };
    case "domain":
      return { scope: { domain: scope.domain } };
    case "project":
      return { scope: { project: "id" in scope ? { id: scope.id } : { name: scope.name, domain: scope.domain } } };
  }
};

export const parseToken = (id: string, answer: string): Token => {
  let body: Json;
  try {
    body = object(object(JSON.parse(answer), "token document")["token"], "token");
  } catch (cause) {
    throw new CloudError("unavailable", "Keystone's answer is not a token", { cause });
  }
  const user = object(body["user"], "token.user");
  const project = body["project"];
  return {
    id,
    expiresAt: new Date(text(body, "expires_at")),
    user: { id: text(user, "id"), name: textOr(user, "name"), ...domainOf(user) },
    project: project === undefined ? undefined : projectOf(object(project, "token.project")),
    roles: objects(body, "roles").map((role) => text(role, "name")),
    methods: Array.isArray(body["methods"]) ? (body["methods"] as string[]) : [],
    catalog: objects(body, "catalog").map((service) => ({
      type: textOr(service, "type"),
      name: textOr(service, "name"),
      endpoints: objects(service, "endpoints").map((endpoint) => ({
        interface: textOr(endpoint, "interface"),
        region: optionalText(endpoint, "region"),
        regionId: optionalText(endpoint, "region_id"),
        url: text(endpoint, "url"),
      })),
    })),
  };
};

const projectOf = (project: Json) => ({ id: text(project, "id"), name: textOr(project, "name"), ...domainOf(project) });

const domainOf = (owner: Json) => {
  const domain = owner["domain"] === undefined ? {} : object(owner["domain"], "domain");
  return { domainId: textOr(domain, "id"), domainName: textOr(domain, "name") };
};
