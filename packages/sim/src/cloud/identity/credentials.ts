import type { CloudContext } from "../context.ts";
import { type Call, created, noContent, ok, Refusal } from "../http/call.ts";
import { isObject, listOf, objectOf, textOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { ApplicationCredential, Trust } from "./records.ts";
import { duplicate, forbidden, missing, notFound } from "./refusals.ts";
import { hashSecret } from "./secrets.ts";
import type { Tokens } from "./tokens.ts";
import type { Views } from "./views.ts";

/** Rights that a user hands on: application credentials (to programs) and trusts (to services that act later). */
export const credentialRoutes = (context: CloudContext, tokens: Tokens, views: Views): Routes => {
  const { state, settings, ids, clock } = context;

  const delegates = (call: Call): void => {
    if (call.scope.applicationCredential?.restricted) {
      throw forbidden("Using method 'application_credential' is not allowed for managing additional application credentials.");
    }
  };
  const ownOrAdmin = (call: Call, userId: string, action: string): void => {
    if (call.scope.userId !== userId && !call.scope.admin) throw forbidden(action);
  };
  /** The roles named, or all that the token has: nobody hands on what they do not have. */
  const rolesGiven = (call: Call, given: unknown): readonly string[] => {
    const held = state.tokens.get(call.scope.tokenId)?.role_ids ?? [];
    if (listOf(given).length === 0) return held;
    return listOf(given).map((item) => {
      const { id, name } = objectOf(item);
      const role = typeof id === "string" ? state.roles.get(id) : state.roles.by("name", textOf(name) ?? "")[0];
      if (!role) throw notFound("role", textOf(id) ?? textOf(name) ?? "");
      if (!held.includes(role.id)) throw forbidden(`the role ${role.name} is not held on this project`);
      return role.id;
    });
  };
  const expiry = (value: unknown): string | null => {
    const text = textOf(value);
    if (text === undefined) return null;
    const at = Date.parse(/[zZ+]/.test(text.slice(10)) ? text : `${text}Z`);
    if (Number.isNaN(at)) throw new Refusal(400, `'${text}' is not a valid date and time`);
    if (at <= clock.now().getTime()) throw new Refusal(400, "The expiration time is in the past.");
    return `${new Date(at).toISOString().slice(0, 19)}.000000Z`;
  };

  const findCredential = (call: Call): ApplicationCredential => {
    const id = call.params["id"] ?? "";
    const credential = state.applicationCredentials.get(id);
    if (!credential || credential.user_id !== call.params["user"]) throw notFound("Application Credential", id);
    return credential;
  };
  const createCredential = async (call: Call) => {
    const userId = call.params["user"] ?? "";
    if (call.scope.userId !== userId) throw forbidden("identity:create_application_credential");
    delegates(call);
    if (call.scope.projectId === "") throw new Refusal(400, "An application credential needs a token of a project.");
    const given = objectOf(objectOf(call.body)["application_credential"]);
    const name = textOf(given["name"]);
    if (!name) throw missing("name");
    const taken = () => state.applicationCredentials.by("user", userId).some((one) => one.name === name);
    if (taken()) throw duplicate("application_credential", name);
    const secret = textOf(given["secret"]) ?? ids.secret() + ids.secret().slice(0, 22);
    const hashed = await hashSecret(secret, settings.passwordHashIterations);
    if (taken()) throw duplicate("application_credential", name); // somebody else's may have come in meanwhile
    const credential = state.applicationCredentials.put({
      id: ids.hex(),
      name,
      description: textOf(given["description"]) ?? null,
      user_id: userId,
      project_id: call.scope.projectId,
      role_ids: rolesGiven(call, given["roles"]),
      expires_at: expiry(given["expires_at"]),
      unrestricted: given["unrestricted"] === true,
      secret: hashed,
    });
    return created({ application_credential: views.applicationCredential(credential, secret) });
  };

  const findTrust = (call: Call): Trust => {
    const id = call.params["id"] ?? "";
    const trust = state.trusts.get(id);
    const mine = trust && [trust.trustor_user_id, trust.trustee_user_id].includes(call.scope.userId);
    if (!trust || !(mine || call.scope.admin)) throw notFound("trust", id);
    return trust;
  };
  const createTrust = (call: Call) => {
    const given = objectOf(call.body)["trust"];
    if (!isObject(given)) throw missing("trust");
    for (const needed of ["trustee_user_id", "trustor_user_id", "impersonation"]) {
      if (given[needed] === undefined) throw missing(needed);
    }
    delegates(call);
    const trustor = textOf(given["trustor_user_id"]) ?? "";
    const trustee = textOf(given["trustee_user_id"]) ?? "";
    if (trustor !== call.scope.userId) throw forbidden("The trustor must be the user of the token");
    if (call.scope.trustId) throw forbidden("identity:create_trust");
    if (!state.users.get(trustee)) throw notFound("user", trustee);
    const project = textOf(given["project_id"]) ?? "";
    if (project && project !== call.scope.projectId && !call.scope.admin) throw forbidden("identity:create_trust");
    if (project && listOf(given["roles"]).length === 0) throw forbidden("At least one role should be specified");
    const uses = given["remaining_uses"];
    const trust = state.trusts.put({
      id: ids.hex(),
      trustor_user_id: trustor,
      trustee_user_id: trustee,
      project_id: project,
      impersonation: given["impersonation"] === true,
      role_ids: rolesGiven(call, given["roles"]),
      expires_at: expiry(given["expires_at"]),
      remaining_uses: typeof uses === "number" ? uses : null,
    });
    return created({ trust: views.trust(trust) });
  };

  return {
    "/v3/users/:user/application_credentials": {
      GET: (call) => {
        const userId = call.params["user"] ?? "";
        ownOrAdmin(call, userId, "identity:list_application_credentials");
        const name = call.query.get("name");
        const found = state.applicationCredentials.by("user", userId).filter((one) => name === undefined || one.name === name);
        return ok(
          views.list(
            "application_credentials",
            `users/${userId}/application_credentials`,
            found.map((one) => views.applicationCredential(one)),
          ),
        );
      },
      POST: createCredential,
    },
    "/v3/users/:user/application_credentials/:id": {
      GET: (call) => {
        ownOrAdmin(call, call.params["user"] ?? "", "identity:get_application_credential");
        return ok({ application_credential: views.applicationCredential(findCredential(call)) });
      },
      DELETE: (call) => {
        ownOrAdmin(call, call.params["user"] ?? "", "identity:delete_application_credential");
        delegates(call);
        const credential = findCredential(call);
        state.applicationCredentials.remove(credential.id);
        tokens.revoke(state.tokens.by("credential", credential.id));
        return noContent;
      },
    },
    "/v3/OS-TRUST/trusts": {
      GET: (call) => {
        const mine = [...state.trusts.all()].filter(
          (one) => call.scope.admin || one.trustor_user_id === call.scope.userId || one.trustee_user_id === call.scope.userId,
        );
        return ok(views.list("trusts", "OS-TRUST/trusts", mine.map(views.trust)));
      },
      POST: createTrust,
    },
    "/v3/OS-TRUST/trusts/:id": {
      GET: (call) => ok({ trust: views.trust(findTrust(call)) }),
      DELETE: (call) => {
        const trust = findTrust(call);
        if (trust.trustor_user_id !== call.scope.userId && !call.scope.admin) throw forbidden("identity:delete_trust");
        state.trusts.remove(trust.id);
        tokens.revoke(state.tokens.by("trust", trust.id));
        return noContent;
      },
    },
    "/v3/OS-TRUST/trusts/:id/roles": {
      GET: (call) =>
        ok(views.list("roles", `OS-TRUST/trusts/${call.params["id"]}/roles`, listOf(views.trust(findTrust(call))["roles"]))),
    },
  };
};
