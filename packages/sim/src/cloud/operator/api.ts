import type { Cloud } from "../cloud.ts";
import type { NewRule } from "../faults/faults.ts";
import { scenarios } from "../faults/rules.ts";
import { isObject, type Json, objectOf, textOf } from "../http/json.ts";
import { parseQuery } from "../http/query.ts";
import type { Quotas } from "../settings.ts";
import type { Operator } from "./operator.ts";

export type OperatorFetch = (request: Request) => Promise<Response>;

/** Faults, quotas and accidents over HTTP, outside of all OpenStack paths: `/operator/v1/…`. */
export const operatorApi = (cloud: Cloud, operator: Operator, token: string | undefined): OperatorFetch => {
  const json = (status: number, body: unknown): Response =>
    new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  type Work = (
    params: { readonly [name: string]: string },
    body: Json,
    query: ReturnType<typeof parseQuery>,
  ) => Promise<Response> | Response;

  const actions: { readonly [pattern: string]: { readonly [method: string]: Work } } = {
    "/operator/v1/faults": {
      GET: () => json(200, { faults: cloud.faults.list() }),
      POST: async (_params, body) => {
        const rule = cloud.faults.add(ruleOf(body));
        await cloud.commit();
        return json(201, { fault: rule });
      },
      DELETE: async () => {
        cloud.faults.clear();
        await cloud.commit();
        return json(204, undefined);
      },
    },
    "/operator/v1/faults/:id": {
      DELETE: async ({ id = "" }) => {
        const removed = cloud.faults.remove(id);
        await cloud.commit();
        return removed ? json(204, undefined) : json(404, { error: `there is no fault ${id}` });
      },
    },
    "/operator/v1/scenarios": { GET: () => json(200, { scenarios }) },
    "/operator/v1/quotas/:service/:project": {
      PUT: async ({ service = "", project = "" }, body) => {
        const limits = Object.entries(body).map(([name, value]) => [name, Number(value)] as const);
        const wrong = limits.find(([, value]) => !Number.isInteger(value) || value < -1);
        if (wrong) throw new Error(`the limit of ${wrong[0]} must be a whole number, or -1 for none`);
        await operator.setQuota(serviceOf(service), project, Object.fromEntries(limits));
        return json(204, undefined);
      },
      DELETE: async ({ service = "", project = "" }) => {
        await operator.resetQuota(serviceOf(service), project);
        return json(204, undefined);
      },
    },
    "/operator/v1/servers/:server/crash": { POST: async ({ server = "" }) => done(operator.crashServer(server)) },
    "/operator/v1/servers/:server/fail": {
      POST: async ({ server = "" }, body) =>
        done(operator.failServer(server, textOf(body["message"]) ?? "The hypervisor reported an error.")),
    },
    "/operator/v1/servers/:server/lose": { POST: async ({ server = "" }) => done(operator.loseServer(server)) },
    "/operator/v1/servers/:server/stop-kubelet": {
      POST: async ({ server = "" }) => done(operator.stopKubelet(server)),
    },
    "/operator/v1/zones/:zone": {
      PATCH: async ({ zone = "" }, body) => {
        if (typeof body["available"] !== "boolean") throw new Error("say available: true or available: false");
        return done(operator.setZoneAvailable(zone, body["available"]));
      },
    },
    "/operator/v1/tokens": {
      DELETE: async (_params, _body, query) => json(200, { revoked: await operator.revokeTokens(query.get("user")) }),
    },
    "/operator/v1/users/:user": {
      PATCH: async ({ user = "" }, body) => {
        if (typeof body["enabled"] !== "boolean") throw new Error("say enabled: true or enabled: false");
        return done(operator.setUserEnabled(user, body["enabled"]));
      },
    },
    "/operator/v1/application-credentials/:id": { DELETE: async ({ id = "" }) => done(operator.removeApplicationCredential(id)) },
    "/operator/v1/audit": {
      GET: () => json(200, { totals: cloud.audit.totals(), calls: cloud.audit.entries() }),
      DELETE: () => {
        cloud.audit.clear();
        return json(204, undefined);
      },
    },
  };
  const done = async (work: Promise<void>): Promise<Response> => {
    await work;
    return json(204, undefined);
  };
  return async (request) => {
    if (token === undefined) return json(404, { error: "the operator API is closed: the settings name no operator token" });
    if (!sameText(request.headers.get("authorization") ?? "", `Bearer ${token}`))
      return json(401, { error: "send the operator token as a bearer token" });
    const { pathname, search } = new URL(request.url);
    const pattern = Object.keys(actions).find((one) => paramsOf(one, pathname) !== undefined);
    const work = pattern === undefined ? undefined : actions[pattern]?.[request.method];
    if (pattern === undefined || !work) {
      return json(pattern === undefined ? 404 : 405, {
        error: `${request.method} ${pathname} is no operation of the operator API`,
      });
    }
    try {
      const text = await request.text();
      return await work(
        paramsOf(pattern, pathname) ?? {},
        text === "" ? {} : objectOf(JSON.parse(text)),
        parseQuery(search.slice(1)),
      );
    } catch (error) {
      return json(400, { error: error instanceof Error ? error.message : String(error) });
    }
  };
};

/** Undefined when the path is not of this pattern. */
const paramsOf = (pattern: string, path: string): { readonly [name: string]: string } | undefined => {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const params: { [name: string]: string } = {};
  for (const [i, segment] of wanted.entries()) {
    if (segment.startsWith(":")) params[segment.slice(1)] = decodeURIComponent(given[i] ?? "");
    else if (segment !== given[i]) return undefined;
  }
  return params;
};

const quotaServices: readonly (keyof Quotas)[] = ["compute", "network", "loadbalancer", "volume"];
const serviceOf = (name: string): keyof Quotas => {
  const service = quotaServices.find((one) => one === name);
  if (!service) throw new Error(`${name} has no quotas: name one of ${quotaServices.join(", ")}`);
  return service;
};

const calls = ["refuse", "badGateway", "delay", "hang", "reset", "loseAnswer", "hideNew"];
/** @throws Error that says what is wrong with the rule */
const ruleOf = (given: Json): NewRule => {
  const optional = (name: string, type: "string" | "number"): void => {
    if (given[name] !== undefined && typeof given[name] !== type) throw new Error(`${name} must be a ${type}`);
  };
  for (const name of ["project", "service", "method", "path", "body", "name", "zone", "flavor"]) optional(name, "string");
  for (const name of ["probability", "count", "seconds"]) optional(name, "number");
  if (given["kind"] === "scenario") {
    if (!scenarios.some((one) => one === given["scenario"])) throw new Error(`scenario must be one of ${scenarios.join(", ")}`);
    return given as unknown as NewRule;
  }
  if (given["kind"] !== "call") throw new Error("kind must be call or scenario");
  const action = isObject(given["action"]) ? given["action"] : {};
  if (!calls.includes(String(action["do"]))) throw new Error(`action.do must be one of ${calls.join(", ")}`);
  if (action["do"] === "refuse" && !(Number(action["status"]) >= 400 && Number(action["status"]) <= 599)) {
    throw new Error("action.status must be an HTTP error status");
  }
  if (action["do"] === "hideNew" && !(Number(action["seconds"]) > 0)) throw new Error("action.seconds must be a number above 0");
  if (action["do"] === "delay" && !(Number(action["milliseconds"]) >= 0)) throw new Error("action.milliseconds must be a number");
  return given as unknown as NewRule;
};

const sameText = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length; // as many steps for a wrong token as for a right one
  for (let i = 0; i < b.length; i += 1) difference |= b.charCodeAt(i) ^ (a.charCodeAt(i) || 0);
  return difference === 0;
};
