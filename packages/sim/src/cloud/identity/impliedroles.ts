import { type Call, ok } from "../http/call.ts";
import type { Json } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { State } from "../state/state.ts";
import type { Role } from "./records.ts";
import { forbidden, notFound } from "./refusals.ts";

/** What `keystone-manage bootstrap` sets up: whoever has the first has the second as well. */
const implications: { readonly [prior: string]: string } = { admin: "manager", manager: "member", member: "reader" };

const byName = (state: State, name: string): Role | undefined => state.roles.by("name", name)[0];

const impliedBy = (state: State, { name }: Role): Role | undefined => {
  const implied = Object.hasOwn(implications, name) ? implications[name] : undefined;
  return implied === undefined ? undefined : byName(state, implied);
};

/** The roles and all that they imply, each once: what a token lists. */
export const withImplied = (state: State, ids: readonly string[]): readonly string[] => {
  const found = new Set(ids);
  // A set that grows while it is walked: what is implied implies in its turn.
  for (const id of found) {
    const role = state.roles.get(id);
    const implied = role && impliedBy(state, role);
    if (implied) found.add(implied.id);
  }
  return [...found];
};

/** Which role implies which, for administrators to read. */
export const impliedRoleRoutes = (state: State, base: string): Routes => {
  const link = (path: string) => ({ self: `${base}/${path}` });
  const shown = (role: Role): Json => ({ id: role.id, name: role.name, links: link(`roles/${role.id}`) });
  const inference = (role: Role): Json => ({
    prior_role: shown(role),
    implies: [impliedBy(state, role)].flatMap((implied) => (implied ? [shown(implied)] : [])),
  });
  const admin = (call: Call, action: string): void => {
    if (!call.scope.admin) throw forbidden(`identity:${action}`);
  };
  return {
    "/v3/role_inferences": {
      GET: (call) => {
        admin(call, "list_role_inference_rules");
        const priors = [...state.roles.all()].filter((role) => impliedBy(state, role) !== undefined);
        return ok({ role_inferences: priors.map(inference), links: link("role_inferences") });
      },
    },
    "/v3/roles/:id/implies": {
      GET: (call) => {
        admin(call, "list_implied_roles");
        const id = call.params["id"] ?? "";
        const role = state.roles.get(id);
        if (!role) throw notFound("role", id);
        return ok({ role_inference: inference(role), links: link(`roles/${id}/implies`) });
      },
    },
  };
};
