import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok } from "../http/call.ts";
import { isObject, type Json, objectOf, textOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import { catalogOf } from "./catalog.ts";
import { withImplied } from "./impliedroles.ts";
import type { Grant, Project, User } from "./records.ts";
import { duplicate, forbidden, missing, notFound } from "./refusals.ts";
import { hashSecret } from "./secrets.ts";
import type { Tokens } from "./tokens.ts";
import type { Views } from "./views.ts";

/** Projects, users, roles and who has which on what. Changing them is for admins. */
export const directoryRoutes = (context: CloudContext, tokens: Tokens, views: Views): Routes => {
  const { state, settings, ids } = context;
  const admin = (call: Call, action: string): void => {
    if (!call.scope.admin) throw forbidden(`identity:${action}`);
  };
  const bodyOf = (call: Call, name: string): Json => {
    const given = objectOf(call.body)[name];
    if (!isObject(given)) throw missing(name);
    return given;
  };
  const matching = <T extends object>(call: Call, records: Iterable<T>): readonly T[] => {
    const filters = ["name", "domain_id", "enabled", "id"].filter((name) => call.query.has(name));
    return [...records].filter((record) =>
      filters.every((name) => {
        const value = (record as { readonly [key: string]: unknown })[name];
        return (
          value === undefined || String(value) === call.query.get(name)?.replace(/^(True|False)$/, (word) => word.toLowerCase())
        );
      }),
    );
  };
  const project = (id: string | undefined): Project => {
    const found = state.projects.get(id ?? "");
    if (!found) throw notFound("project", id ?? "");
    return found;
  };
  const user = (id: string | undefined): User => {
    const found = state.users.get(id ?? "");
    if (!found) throw notFound("user", id ?? "");
    return found;
  };
  const assignment = (call: Call) => {
    const { project: projectId, user: userId, role: roleId } = call.params;
    const role = state.roles.get(roleId ?? "");
    if (!role) throw notFound("role", roleId ?? "");
    const grant = { user_id: user(userId).id, project_id: project(projectId).id, role_id: role.id };
    return { ...grant, id: `${grant.project_id}/${grant.user_id}/${grant.role_id}` };
  };
  const domain = (id: string | undefined) => ({ domain: { id: id ?? "", name: state.domains.get(id ?? "")?.name ?? "" } });
  const assignmentView = (grant: Grant, names: boolean): Json => {
    const [one, owner] = [state.users.get(grant.user_id), state.projects.get(grant.project_id)];
    const role = { id: grant.role_id, ...(names && { name: state.roles.get(grant.role_id)?.name ?? "" }) };
    const holder = { id: grant.user_id, ...(names && { name: one?.name ?? "", ...domain(one?.domain_id) }) };
    const where = { id: grant.project_id, ...(names && { name: owner?.name ?? "", ...domain(owner?.domain_id) }) };
    return { role, user: holder, scope: { project: where }, links: {} };
  };
  const projectsOf = (userId: string): readonly Project[] => {
    const found = state.grants.by("user", userId).flatMap((grant) => state.projects.get(grant.project_id) ?? []);
    return [...new Set(found)].filter((one) => one.enabled);
  };
  const removeProject = (id: string): void => {
    state.projects.remove(id);
    for (const grant of state.grants.by("project", id)) state.grants.remove(grant.id);
    tokens.revoke([...state.tokens.all()].filter((token) => token.project_id === id));
  };
  const removeUser = (id: string): void => {
    state.users.remove(id);
    tokens.revoke(state.tokens.by("user", id));
    for (const grant of state.grants.by("user", id)) state.grants.remove(grant.id);
    for (const one of state.applicationCredentials.by("user", id)) state.applicationCredentials.remove(one.id);
    for (const one of [...state.trusts.by("trustor", id), ...state.trusts.by("trustee", id)]) state.trusts.remove(one.id);
  };
  const services = () => catalogOf(settings, "%(project_id)s");

  const setPassword = async (call: Call): Promise<Answer> => {
    const given = bodyOf(call, "user");
    const one = user(call.params["user"]);
    if (call.scope.userId !== one.id) admin(call, "change_password");
    const password = textOf(given["password"]);
    if (!password) throw missing("password");
    state.users.put({ ...one, password: await hashSecret(password, settings.passwordHashIterations) });
    tokens.revoke(state.tokens.by("user", one.id));
    return noContent;
  };

  return {
    "/v3/auth/projects": {
      GET: (call) => ok(views.list("projects", "auth/projects", projectsOf(call.scope.userId).map(views.project))),
    },
    "/v3/auth/domains": {
      GET: (call) =>
        ok(views.list("domains", "auth/domains", call.scope.admin ? [...state.domains.all()].map(views.domain) : [])),
    },
    "/v3/auth/catalog": {
      GET: (call) => ok({ catalog: catalogOf(settings, call.scope.projectId), links: { self: null } }),
    },
    "/v3/projects": {
      GET: (call) => {
        admin(call, "list_projects");
        return ok(views.list("projects", "projects", matching(call, state.projects.all()).map(views.project)));
      },
      POST: (call) => {
        admin(call, "create_project");
        const given = bodyOf(call, "project");
        const name = textOf(given["name"]);
        if (!name) throw missing("name");
        if (state.projects.by("name", name).length > 0) throw duplicate("project", name);
        const record = state.projects.put({
          id: ids.hex(),
          name,
          domain_id: textOf(given["domain_id"]) ?? "default",
          description: textOf(given["description"]) ?? "",
          enabled: given["enabled"] !== false,
        });
        return created({ project: views.project(record) });
      },
    },
    "/v3/projects/:id": {
      GET: (call) => {
        if (call.params["id"] !== call.scope.projectId) admin(call, "get_project");
        return ok({ project: views.project(project(call.params["id"])) });
      },
      PATCH: (call) => {
        admin(call, "update_project");
        const { name, description, enabled } = bodyOf(call, "project");
        const old = project(call.params["id"]);
        const record = state.projects.put({
          ...old,
          name: textOf(name) ?? old.name,
          description: textOf(description) ?? old.description,
          enabled: typeof enabled === "boolean" ? enabled : old.enabled,
        });
        if (!record.enabled) tokens.revoke([...state.tokens.all()].filter((token) => token.project_id === record.id));
        return ok({ project: views.project(record) });
      },
      DELETE: (call) => {
        admin(call, "delete_project");
        removeProject(project(call.params["id"]).id);
        return noContent;
      },
    },
    "/v3/users": {
      GET: (call) => {
        admin(call, "list_users");
        return ok(views.list("users", "users", matching(call, state.users.all()).map(views.user)));
      },
      POST: async (call) => {
        admin(call, "create_user");
        const given = bodyOf(call, "user");
        const name = textOf(given["name"]);
        if (!name) throw missing("name");
        const password = await hashSecret(textOf(given["password"]) ?? ids.secret(), settings.passwordHashIterations);
        if (state.users.by("name", name).length > 0) throw duplicate("user", name);
        const record = state.users.put({
          id: ids.hex(),
          name,
          domain_id: textOf(given["domain_id"]) ?? "default",
          enabled: given["enabled"] !== false,
          password,
          default_project_id: textOf(given["default_project_id"]) ?? null,
          email: textOf(given["email"]) ?? null,
        });
        return created({ user: views.user(record) });
      },
    },
    "/v3/users/:id": {
      GET: (call) => {
        if (call.params["id"] !== call.scope.userId) admin(call, "get_user");
        return ok({ user: views.user(user(call.params["id"])) });
      },
      PATCH: async (call) => {
        admin(call, "update_user");
        const given = bodyOf(call, "user");
        const password = textOf(given["password"]);
        const hashed = password === undefined ? undefined : await hashSecret(password, settings.passwordHashIterations);
        const old = user(call.params["id"]);
        const record = state.users.put({
          ...old,
          name: textOf(given["name"]) ?? old.name,
          email: textOf(given["email"]) ?? old.email,
          enabled: typeof given["enabled"] === "boolean" ? given["enabled"] : old.enabled,
          password: hashed ?? old.password,
        });
        if (!record.enabled || hashed) tokens.revoke(state.tokens.by("user", record.id));
        return ok({ user: views.user(record) });
      },
      DELETE: (call) => {
        admin(call, "delete_user");
        removeUser(user(call.params["id"]).id);
        return noContent;
      },
    },
    "/v3/users/:user/password": { POST: setPassword },
    "/v3/users/:user/projects": {
      GET: (call) => {
        if (call.params["user"] !== call.scope.userId) admin(call, "list_user_projects");
        const found = projectsOf(user(call.params["user"]).id);
        return ok(views.list("projects", `users/${call.params["user"]}/projects`, found.map(views.project)));
      },
    },
    "/v3/projects/:project/users/:user/roles": {
      GET: (call) => {
        admin(call, "list_grants");
        const found = state.grants
          .by("user", call.params["user"] ?? "")
          .filter((grant) => grant.project_id === call.params["project"])
          .flatMap((grant) => state.roles.get(grant.role_id) ?? []);
        return ok(views.list("roles", call.path.slice(4), found.map(views.role)));
      },
    },
    "/v3/projects/:project/users/:user/roles/:role": {
      GET: (call) => {
        admin(call, "check_grant");
        const wanted = assignment(call);
        if (!state.grants.get(wanted.id)) throw notFound("role assignment with role", wanted.role_id);
        return noContent;
      },
      PUT: (call) => {
        admin(call, "create_grant");
        state.grants.put(assignment(call));
        return noContent;
      },
      DELETE: (call) => {
        admin(call, "revoke_grant");
        const grant = assignment(call);
        if (!state.grants.remove(grant.id)) throw notFound("role assignment with role", grant.role_id);
        tokens.revoke(state.tokens.by("user", grant.user_id).filter((token) => token.project_id === grant.project_id));
        return noContent;
      },
    },
    "/v3/role_assignments": {
      GET: (call) => {
        admin(call, "list_role_assignments");
        const found = [...state.grants.all()]
          .filter((grant) => !call.query.has("user.id") || call.query.get("user.id") === grant.user_id)
          .filter((grant) => !call.query.has("scope.project.id") || call.query.get("scope.project.id") === grant.project_id)
          // `effective` lists what follows from a grant as if it were granted.
          .flatMap((grant) =>
            (call.query.has("effective") ? withImplied(state, [grant.role_id]) : [grant.role_id]).map((role_id) => ({
              ...grant,
              role_id,
            })),
          )
          .map((grant) => assignmentView(grant, call.query.has("include_names")));
        return ok(views.list("role_assignments", "role_assignments", found));
      },
    },
    "/v3/roles": {
      GET: (call) => ok(views.list("roles", "roles", matching(call, state.roles.all()).map(views.role))),
      POST: (call) => {
        admin(call, "create_role");
        const name = textOf(bodyOf(call, "role")["name"]);
        if (!name) throw missing("name");
        if (state.roles.by("name", name).length > 0) throw duplicate("role", name);
        return created({ role: views.role(state.roles.put({ id: ids.hex(), name, immutable: false })) });
      },
    },
    "/v3/roles/:id": {
      GET: (call) => {
        const role = state.roles.get(call.params["id"] ?? "");
        if (!role) throw notFound("role", call.params["id"] ?? "");
        return ok({ role: views.role(role) });
      },
    },
    "/v3/domains": { GET: (call) => ok(views.list("domains", "domains", matching(call, state.domains.all()).map(views.domain))) },
    "/v3/domains/:id": {
      GET: (call) => {
        const domain = state.domains.get(call.params["id"] ?? "");
        if (!domain) throw notFound("domain", call.params["id"] ?? "");
        return ok({ domain: views.domain(domain) });
      },
    },
    "/v3/regions": {
      GET: () =>
        ok(views.list("regions", "regions", [{ id: settings.region, description: "", parent_region_id: null, links: {} }])),
    },
    "/v3/services": {
      GET: (call) => {
        admin(call, "list_services");
        const found = services()
          .filter(({ type }) => !call.query.has("type") || call.query.get("type") === type)
          .map(({ id, type, name }) => ({ id, type, name, enabled: true, description: "", links: {} }));
        return ok(views.list("services", "services", found));
      },
    },
    "/v3/endpoints": {
      GET: (call) => {
        admin(call, "list_endpoints");
        const found = services().flatMap((service) =>
          service.endpoints.map((endpoint) => ({ ...endpoint, service_id: service.id, enabled: true, links: {} })),
        );
        return ok(views.list("endpoints", "endpoints", found));
      },
    },
  };
};
