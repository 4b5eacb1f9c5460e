import type { CloudContext } from "../context.ts";
import type { SeedUser } from "../settings.ts";
import { hashSecret, matchesSecret } from "./secrets.ts";

const roles = ["admin", "manager", "member", "reader", "service", "load-balancer_member", "creator"];
const immutable = ["admin", "manager", "member", "reader"];

/** The domain, projects, users and roles of the settings; run at every start, it changes only what the settings changed. */
export const seedIdentity = async (context: CloudContext): Promise<void> => {
  const { state, settings, ids } = context;
  if (!state.domains.get("default")) state.domains.put({ id: "default", name: "Default" });
  for (const name of roles) {
    if (state.roles.by("name", name).length === 0) state.roles.put({ id: ids.hex(), name, immutable: immutable.includes(name) });
  }
  for (const { name, description } of settings.projects) {
    if (state.projects.by("name", name).length > 0) continue;
    state.projects.put({ id: ids.hex(), name, description, domain_id: "default", enabled: true });
  }
  for (const user of settings.users) await seedUser(context, user);
};

const seedUser = async ({ state, settings, ids }: CloudContext, seed: SeedUser): Promise<void> => {
  const old = state.users.by("name", seed.name)[0];
  const same = old && (await matchesSecret(seed.password, old.password));
  const user = same
    ? old
    : state.users.put({
        id: old?.id ?? ids.hex(),
        name: seed.name,
        domain_id: "default",
        enabled: old?.enabled ?? true,
        password: await hashSecret(seed.password, settings.passwordHashIterations),
        default_project_id: null,
        email: null,
      });
  for (const grant of seed.grants) {
    const project = state.projects.by("name", grant.project)[0];
    if (!project) throw new Error(`the settings give ${seed.name} roles on project ${grant.project}, which they do not create`);
    for (const name of grant.roles) {
      const role = state.roles.by("name", name)[0] ?? state.roles.put({ id: ids.hex(), name, immutable: false });
      const id = `${project.id}/${user.id}/${role.id}`;
      if (!state.grants.get(id)) state.grants.put({ id, user_id: user.id, project_id: project.id, role_id: role.id });
    }
  }
};
