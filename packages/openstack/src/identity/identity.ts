import { refusal } from "../transport/error.ts";
import { object, optionalText, text } from "../transport/json.ts";
import { createService } from "../transport/service.ts";
import type { Session } from "./session.ts";
import { parseToken, type Token } from "./tokens.ts";

/** Keystone, as far as we use it beyond our own token. */
export interface Identity {
  /** What somebody else's token is good for; undefined when it is not (any more). Needs the right to validate tokens. */
  findToken(id: string): Promise<Token | undefined>;
  /** As the session's own user. @throws CloudError conflict for a name in use, forbidden for credentials that may not make others */
  createApplicationCredential(input: NewApplicationCredential): Promise<ApplicationCredential>;
  findApplicationCredential(id: string): Promise<Pick<ApplicationCredential, "id" | "name" | "projectId"> | undefined>;
  /** False when it was gone already. */
  deleteApplicationCredential(id: string): Promise<boolean>;
}

export interface NewApplicationCredential {
  readonly name: string;
  readonly description?: string;
  readonly roles?: readonly { readonly name: string }[];
  /** True: it may make and delete other credentials and trusts. */
  readonly unrestricted?: boolean;
  /** RFC 3339. */
  readonly expires_at?: string;
  /** Keystone makes one up when absent. */
  readonly secret?: string;
}

export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  /** Only in the answer to its creation. */
  readonly secret: string;
  readonly projectId: string;
  readonly expiresAt: string | undefined;
}

export const createIdentity = (session: Session): Identity => {
  const service = createService(session, "identity", { base: session.identityUrl });
  const credentials = async () => `/users/${(await session.token()).user.id}/application_credentials`;
  return {
    findToken: async (id) => {
      const response = await session.send({
        call: "token_get",
        asked: "GET /auth/tokens of identity",
        method: "GET",
        url: `${await session.identityUrl()}/auth/tokens`,
        headers: { "x-subject-token": id },
        absent: "undefined",
      });
      if (response === undefined) return undefined;
      if (response.status > 203) throw await refusal("GET /auth/tokens of identity", response);
      return parseToken(id, await response.text());
    },
    createApplicationCredential: async (input) => {
      const answer = await service.post("application_credential_create", await credentials(), { application_credential: input });
      const made = object(answer["application_credential"], "application_credential");
      return {
        id: text(made, "id"),
        name: text(made, "name"),
        secret: text(made, "secret"),
        projectId: text(made, "project_id"),
        expiresAt: optionalText(made, "expires_at"),
      };
    },
    findApplicationCredential: async (id) => {
      const answer = await service.find("application_credential_get", `${await credentials()}/${id}`);
      if (answer === undefined) return undefined;
      const found = object(answer["application_credential"], "application_credential");
      return { id: text(found, "id"), name: text(found, "name"), projectId: text(found, "project_id") };
    },
    deleteApplicationCredential: async (id) => service.delete("application_credential_delete", `${await credentials()}/${id}`),
  };
};
