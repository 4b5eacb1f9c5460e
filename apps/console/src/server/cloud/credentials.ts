import type { ApplicationCredential, CreatedApplicationCredential } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import { Fault, invalid } from "../http/fault.ts";
import { inside, type Json, list, textOf, textOrNull } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";

type CredentialDoors = Pick<Doors, "GET /api/credentials" | "POST /api/credentials" | "DELETE /api/credentials/:id">;

/** The user's application credentials in the chosen project: for Terraform, CI and command lines. */
export const credentialDoors = (options: {
  readonly services: Services;
  /** Keystone as the user's own tools reach it. */
  readonly publicAuthUrl: string;
  readonly now: () => number;
}): CredentialDoors => {
  const { ask } = options.services;
  return {
    "GET /api/credentials": async ({ session }) => {
      const answer = await ask(session, "identity", "GET", `/users/${session.user.id}/application_credentials`);
      const credentials = list(answer, "application_credentials").map(credentialOf);
      return { credentials: credentials.filter(({ projectId }) => projectId === session.project?.id) };
    },
    "POST /api/credentials": async ({ session, json }): Promise<CreatedApplicationCredential> => {
      if (session.restricted)
        throw new Fault(
          "restrictedCredential",
          "A restricted application credential cannot make another: sign in with a password.",
        );
      const fields = createFields(json);
      const name = fields.needText("name", 255);
      const expiresAt = fields.text("expiresAt", 40);
      if (expiresAt !== undefined && !(Date.parse(expiresAt) > options.now()))
        throw invalid("expiresAt", "Must be a time in the future.");
      const roles = fields.texts("roles", 50);
      const description = fields.text("description", 255);
      const made = await ask(session, "identity", "POST", `/users/${session.user.id}/application_credentials`, {
        body: {
          application_credential: {
            name,
            ...(description === undefined ? {} : { description }),
            ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "") }),
            ...(roles === undefined ? {} : { roles: roles.map((role) => ({ name: role })) }),
            unrestricted: fields.flag("unrestricted") ?? false,
          },
        },
      });
      const credential = inside(made, "application_credential");
      const secret = textOf(credential, "secret");
      const where = { authUrl: options.publicAuthUrl, region: session.region };
      return { ...credentialOf(credential), secret, ...where, snippets: snippetsOf(textOf(credential, "id"), secret, where) };
    },
    "DELETE /api/credentials/:id": async ({ session, params }) => {
      await ask(session, "identity", "DELETE", `/users/${session.user.id}/application_credentials/${params["id"] ?? ""}`);
      return undefined;
    },
  };
};

const credentialOf = (credential: Json): ApplicationCredential => {
  const name = textOf(credential, "name");
  const expires = textOrNull(credential, "expires_at");
  return {
    id: textOf(credential, "id"),
    name,
    description: textOf(credential, "description"),
    projectId: textOf(credential, "project_id"),
    roles: list(credential, "roles").map((role) => textOf(role, "name")),
    expiresAt: expires === null ? null : expires.endsWith("Z") ? expires : `${expires}Z`,
    unrestricted: credential["unrestricted"] === true,
    // Magnum names a cluster's credential by the cluster's uuid.
    clusterId: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(name)?.[0] ?? null,
  };
};

const snippetsOf = (
  id: string,
  secret: string,
  { authUrl, region }: { readonly authUrl: string; readonly region: string | null },
): CreatedApplicationCredential["snippets"] => ({
  cloudsYaml: [
    "clouds:",
    "  slipway:",
    "    auth_type: v3applicationcredential",
    "    auth:",
    `      auth_url: ${JSON.stringify(authUrl)}`,
    `      application_credential_id: ${JSON.stringify(id)}`,
    `      application_credential_secret: ${JSON.stringify(secret)}`,
    ...(region === null ? [] : [`    region_name: ${JSON.stringify(region)}`]),
    "    interface: public",
    "    identity_api_version: 3",
    "",
  ].join("\n"),
  openrc: [
    "export OS_AUTH_TYPE=v3applicationcredential",
    `export OS_AUTH_URL=${quoted(authUrl)}`,
    `export OS_APPLICATION_CREDENTIAL_ID=${quoted(id)}`,
    `export OS_APPLICATION_CREDENTIAL_SECRET=${quoted(secret)}`,
    ...(region === null ? [] : [`export OS_REGION_NAME=${quoted(region)}`]),
    "export OS_INTERFACE=public",
    "export OS_IDENTITY_API_VERSION=3",
    "",
  ].join("\n"),
  terraform: [
    'provider "openstack" {',
    `  auth_url                      = ${JSON.stringify(authUrl)}`,
    `  application_credential_id     = ${JSON.stringify(id)}`,
    `  application_credential_secret = ${JSON.stringify(secret)}`,
    ...(region === null ? [] : [`  region                        = ${JSON.stringify(region)}`]),
    "}",
    "",
  ].join("\n"),
});

const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
