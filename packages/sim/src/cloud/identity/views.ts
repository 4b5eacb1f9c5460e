import type { Json } from "../http/json.ts";
import type { State } from "../state/state.ts";
import type { ApplicationCredential, Domain, Project, Role, Trust, User } from "./records.ts";

/** Keystone's objects as its API shows them; `base` is the service's URL with `/v3`. */
export const createViews = (state: State, base: string) => {
  const self = (path: string) => ({ self: `${base}/${path}` });
  const role = (record: Role) => ({
    id: record.id,
    name: record.name,
    domain_id: null,
    description: null,
    options: record.immutable ? { immutable: true } : {},
  });
  const rolesOf = (ids: readonly string[]): readonly Role[] => ids.flatMap((id) => state.roles.get(id) ?? []);
  return {
    role: (record: Role): Json => ({ ...role(record), links: self(`roles/${record.id}`) }),
    domain: (record: Domain): Json => ({
      id: record.id,
      name: record.name,
      description: "",
      enabled: true,
      tags: [],
      options: {},
      links: self(`domains/${record.id}`),
    }),
    project: (record: Project): Json => ({
      id: record.id,
      name: record.name,
      domain_id: record.domain_id,
      description: record.description,
      enabled: record.enabled,
      parent_id: record.domain_id,
      is_domain: false,
      tags: [],
      options: {},
      links: self(`projects/${record.id}`),
    }),
    user: (record: User): Json => ({
      id: record.id,
      name: record.name,
      domain_id: record.domain_id,
      enabled: record.enabled,
      password_expires_at: null,
      options: {},
      ...(record.email !== null && { email: record.email }),
      ...(record.default_project_id !== null && { default_project_id: record.default_project_id }),
      links: self(`users/${record.id}`),
    }),
    applicationCredential: (record: ApplicationCredential, secret?: string): Json => ({
      id: record.id,
      name: record.name,
      description: record.description,
      user_id: record.user_id,
      project_id: record.project_id,
      system: null,
      expires_at: record.expires_at,
      unrestricted: record.unrestricted,
      roles: rolesOf(record.role_ids).map(role),
      ...(secret !== undefined && { secret }),
      links: self(`application_credentials/${record.id}`),
    }),
    trust: (record: Trust): Json => ({
      id: record.id,
      trustor_user_id: record.trustor_user_id,
      trustee_user_id: record.trustee_user_id,
      project_id: record.project_id,
      impersonation: record.impersonation,
      expires_at: record.expires_at,
      remaining_uses: record.remaining_uses,
      deleted_at: null,
      redelegated_trust_id: null,
      redelegation_count: 0,
      roles: rolesOf(record.role_ids).map((one) => ({ ...role(one), links: self(`roles/${one.id}`) })),
      roles_links: { self: `${base}/${record.id}/roles`, next: null, previous: null },
      links: self(`OS-TRUST/trusts/${record.id}`),
    }),
    list: (name: string, path: string, items: readonly unknown[]): Json => ({
      [name]: items,
      links: { next: null, self: `${base}/${path}`, previous: null },
    }),
  };
};
export type Views = ReturnType<typeof createViews>;
