export interface Domain {
  readonly id: string;
  readonly name: string;
}
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domain_id: string;
  readonly description: string;
  readonly enabled: boolean;
}
export interface User {
  readonly id: string;
  readonly name: string;
  readonly domain_id: string;
  readonly enabled: boolean;
  readonly password: HashedSecret;
  readonly default_project_id: string | null;
  readonly email: string | null;
}
export interface Role {
  readonly id: string;
  readonly name: string;
  readonly immutable: boolean;
}
/** A user's role on a project; its id is the three ids joined. */
export interface Grant {
  readonly id: string;
  readonly user_id: string;
  readonly project_id: string;
  readonly role_id: string;
}
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly user_id: string;
  readonly project_id: string;
  readonly role_ids: readonly string[];
  readonly expires_at: string | null;
  readonly unrestricted: boolean;
  readonly secret: HashedSecret;
}
export interface Trust {
  readonly id: string;
  readonly trustor_user_id: string;
  readonly trustee_user_id: string;
  readonly project_id: string;
  readonly impersonation: boolean;
  readonly role_ids: readonly string[];
  readonly expires_at: string | null;
  readonly remaining_uses: number | null;
}
/** `id` is the token's fingerprint: whoever reads the store cannot use it. */
export interface Token {
  readonly id: string;
  readonly audit_id: string;
  readonly methods: readonly string[];
  readonly user_id: string;
  readonly project_id: string | null;
  readonly domain_scope: string | null;
  readonly system: boolean;
  readonly role_ids: readonly string[];
  readonly application_credential_id: string | null;
  readonly trust_id: string | null;
  readonly issued_at: number;
  readonly expires_at: number;
}
export interface HashedSecret {
  readonly salt: string;
  readonly hash: string;
  readonly iterations: number;
}
