import type { Transport } from "@slipway/openstack";

/** Who asks, as Keystone says. */
export interface ValidToken {
  readonly userId: string;
  readonly userName: string;
  readonly projectId: string | undefined;
  readonly projectName: string | undefined;
  readonly roles: readonly string[];
  readonly expiresAt: Date;
  readonly system: boolean;
  readonly applicationCredential:
    | { readonly id: string; readonly restricted: boolean; readonly accessRules: readonly AccessRule[] | undefined }
    | undefined;
}

/** What an application credential may be used for. */
export interface AccessRule {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export class KeystoneUnavailable extends Error {
  override readonly name = "KeystoneUnavailable";
}

/** Asks Keystone what this token is good for; undefined when it is not (any more). @throws KeystoneUnavailable */
export type ValidateToken = (token: string) => Promise<ValidToken | undefined>;

/**
 * The token vouches for itself: Keystone lets its bearer ask about it, so no service account is needed for this. `authUrl` may end in
 * `/v3` or not.
 */
export const createValidateToken =
  (transport: Transport, authUrl: string): ValidateToken =>
  async (token) => {
    const response = await transport({
      method: "GET",
      url: `${identityUrl(authUrl)}/auth/tokens`,
      headers: {
        accept: "application/json",
        "x-auth-token": token,
        "x-subject-token": token,
        // Without it Keystone denies knowing a token that has access rules, because we might not heed them.
        "openstack-identity-access-rules": "1.0",
      },
    }).catch((cause: unknown) => {
      throw new KeystoneUnavailable(`Keystone at ${authUrl} cannot be reached to check a token`, { cause });
    });
    if (response.status === 401 || response.status === 404 || response.status === 403) return undefined;
    const text = await response.text();
    if (response.status !== 200)
      throw new KeystoneUnavailable(`Keystone at ${authUrl} answered ${response.status} to a token check`);
    return readToken(text, authUrl);
  };

export const identityUrl = (authUrl: string): string => {
  const base = authUrl.replace(/\/+$/, "");
  return base.endsWith("/v3") ? base : `${base}/v3`;
};

interface TokenBody {
  readonly token?: {
    readonly user?: { readonly id?: string; readonly name?: string };
    readonly project?: { readonly id?: string; readonly name?: string };
    readonly roles?: readonly { readonly name: string }[];
    readonly expires_at?: string;
    readonly system?: object;
    readonly application_credential?: {
      readonly id?: string;
      readonly restricted?: boolean;
      readonly access_rules?: readonly AccessRule[];
    };
  };
}

const readToken = (text: string, authUrl: string): ValidToken => {
  let body: TokenBody;
  try {
    body = JSON.parse(text) as TokenBody;
  } catch (cause) {
    throw new KeystoneUnavailable(`Keystone at ${authUrl} answered a token check with something that is not JSON`, { cause });
  }
  const token = body.token;
  if (token?.user?.id === undefined || token.expires_at === undefined)
    throw new KeystoneUnavailable(`Keystone at ${authUrl} answered a token check without a user or an end of its life`);
  const credential = token.application_credential;
  return {
    userId: token.user.id,
    userName: token.user.name ?? token.user.id,
    projectId: token.project?.id,
    projectName: token.project?.name,
    roles: (token.roles ?? []).map(({ name }) => name),
    expiresAt: new Date(token.expires_at),
    system: token.system !== undefined,
    applicationCredential:
      credential?.id === undefined
        ? undefined
        : { id: credential.id, restricted: credential.restricted ?? true, accessRules: credential.access_rules },
  };
};
