import type { CloudContext } from "../context.ts";
import { type Answer, type Call, noContent, ok, Refusal } from "../http/call.ts";
import { objectOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import type { ServiceDefinition } from "../http/service.ts";
import { baseUrl } from "../settings.ts";
import { credentialRoutes } from "./credentials.ts";
import { directoryRoutes } from "./directory.ts";
import { impliedRoleRoutes } from "./impliedroles.ts";
import type { Token } from "./records.ts";
import { forbidden, identityRefusal, unauthorized } from "./refusals.ts";
import type { Tokens } from "./tokens.ts";
import { createViews } from "./views.ts";

/** Keystone v3. */
export const identityService = (context: CloudContext, tokens: Tokens): ServiceDefinition => {
  const url = baseUrl(context.settings, "identity");
  const version = {
    id: "v3.14",
    status: "stable",
    updated: "2020-04-07T00:00:00Z",
    links: [{ rel: "self", href: `${url}/v3/` }],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.identity-v3+json" }],
  };
  const views = createViews(context.state, `${url}/v3`);

  const login = async (call: Call): Promise<Answer> => {
    const auth = objectOf(call.body)["auth"];
    if (auth === undefined) throw new Refusal(400, "'auth' is a required property");
    const { secret, token } = await tokens.issue(auth);
    return {
      status: 201,
      body: { token: tokens.view(token, !call.query.has("nocatalog")) },
      headers: { "x-subject-token": secret },
    };
  };
  /** Services ask about their callers' tokens; users only about their own. */
  const subject = async (call: Call): Promise<{ secret: string; token: Token }> => {
    const secret = call.headers["x-subject-token"];
    if (!secret) throw new Refusal(400, "The X-Subject-Token header is missing.");
    const token = await tokens.find(secret);
    if (!token) throw new Refusal(404, "Could not recognize Fernet token");
    const { scope } = call;
    if (token.user_id !== scope.userId && !scope.admin && !scope.roles.includes("service"))
      throw forbidden("identity:validate_token");
    return { secret, token };
  };

  const routes: Routes = {
    "/v3/auth/tokens": {
      GET: async (call) => {
        const { secret, token } = await subject(call);
        return { ...ok({ token: tokens.view(token, !call.query.has("nocatalog")) }), headers: { "x-subject-token": secret } };
      },
      HEAD: async (call) => {
        const { secret } = await subject(call);
        return { status: 200, headers: { "x-subject-token": secret } };
      },
      DELETE: async (call) => {
        const { token } = await subject(call);
        tokens.revoke([token]);
        return noContent;
      },
    },
    ...directoryRoutes(context, tokens, views),
    ...impliedRoleRoutes(context.state, `${url}/v3`),
    ...credentialRoutes(context, tokens, views),
  };

  return {
    name: "identity",
    open: {
      "/": { GET: () => ({ status: 300, body: { versions: { values: [version] } }, headers: { location: `${url}/v3/` } }) },
      "/v3": { GET: () => ok({ version }) },
      "/v3/auth/tokens": { POST: login },
    },
    routes,
    unauthorized: () => identityRefusal(unauthorized(url)),
    refused: identityRefusal,
    headers: (requestId) => ({ vary: "X-Auth-Token", "x-openstack-request-id": requestId }),
  };
};
