import type { CloudContext } from "../context.ts";
import type { CallAction } from "../faults/rules.ts";
import { nobody, type Scope } from "../identity/scope.ts";
import type { ServiceName } from "../settings.ts";
import type { Audit } from "./audit.ts";
import { type Answer, type Call, Refusal } from "./call.ts";
import { isObject } from "./json.ts";
import { parseQuery } from "./query.ts";
import { createRouter, type Routes } from "./router.ts";

/** What makes a service: its routes, and how it words what all services have in common. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  /** Need no token: version documents, logins. */
  readonly open: Routes;
  readonly routes: Routes;
  readonly unauthorized: () => Answer;
  readonly refused: (refusal: Refusal) => Answer;
  /** The microversion asked for, or why not. */
  readonly negotiate?: (headers: Call["headers"]) => number | Answer;
  readonly headers?: (requestId: string, version: number) => { readonly [name: string]: string };
}

export interface ServiceRequest {
  readonly method: string;
  /** Path and query, below the service's base URL. */
  readonly path: string;
  readonly headers: { readonly [lowerCaseName: string]: string };
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}
export interface ServiceResponse {
  readonly status: number;
  readonly headers: { readonly [lowerCaseName: string]: string };
  readonly body: string | Uint8Array | undefined;
}
export type Service = (request: ServiceRequest) => Promise<ServiceResponse>;

/** The connection breaks without an answer: whoever owns a socket closes it. */
export class ConnectionReset extends Error {
  readonly code = "ECONNRESET";
  constructor() {
    super("the simulated cloud closed the connection");
  }
}

export const createService = (
  definition: ServiceDefinition,
  context: CloudContext,
  authenticate: (token: string) => Promise<Scope | undefined> | Scope | undefined,
  audit: Audit,
): Service => {
  const { name, refused, unauthorized, negotiate } = definition;
  const open = createRouter(definition.open);
  const closed = createRouter(definition.routes);

  const answer = async (request: ServiceRequest, path: string, query: string, requestId: string, scope: Scope | undefined) => {
    const free = open(request.method, path);
    const found = free.found === "handler" ? free : closed(request.method, path);
    if (free.found !== "handler" && !scope) return unauthorized();
    const version = negotiate?.(request.headers) ?? 0;
    if (typeof version !== "number") return version;
    if (found.found === "nothing") throw new Refusal(404, "The resource could not be found.");
    if (found.found === "other methods") {
      throw new Refusal(405, "The method is not allowed for the requested URL.", undefined, { allow: found.methods.join(", ") });
    }
    const call: Call = {
      method: request.method,
      path,
      params: found.params,
      query: parseQuery(query),
      headers: request.headers,
      body: bodyOf(request),
      scope: scope ?? nobody,
      requestId,
      version,
      now: context.clock.now(),
    };
    return found.handler(call);
  };

  const guarded = async (...args: Parameters<typeof answer>): Promise<Answer> => {
    try {
      return await answer(...args);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      context.log.error("a call to the simulated cloud failed", { service: name, path: args[1], error: describe(error) });
      return refused(new Refusal(500, "The server has either erred or is incapable of performing the requested operation."));
    }
  };

  return async (request) => {
    const started = performance.now();
    const cut = request.path.indexOf("?");
    const path = cut < 0 ? request.path : request.path.slice(0, cut);
    const requestId = `req-${context.ids.uuid()}`;
    const token = request.headers["x-auth-token"];
    const known = token ? authenticate(token) : undefined;
    const scope = known instanceof Promise ? await known : known;
    const fault = context.faults.call({
      service: name,
      method: request.method,
      path: request.path,
      body: typeof request.body === "string" ? request.body : "",
      projectId: scope?.projectId ?? "",
      projectName: scope?.projectName ?? "",
    });
    const struck = fault && (await strike(fault.action, definition, context, request.signal));
    if (fault) context.log.info("a fault struck", { fault: fault.id, action: fault.action.do, service: name, requestId });
    const whole = struck ?? (await guarded(request, path, cut < 0 ? "" : request.path.slice(cut + 1), requestId, scope));
    const result =
      fault?.action.do === "hideNew" ? withoutNew(whole, context.clock.now().getTime() - fault.action.seconds * 1000) : whole;
    const written = context.database.commit();
    if (written) await written;
    audit.record(name, request, result.status, performance.now() - started, requestId, scope);
    if (fault?.action.do === "loseAnswer") throw new ConnectionReset();
    const version = negotiate?.(request.headers);
    return render(
      result,
      definition.headers?.(requestId, typeof version === "number" ? version : 0) ?? { "x-openstack-request-id": requestId },
    );
  };
};

const strike = async (
  action: CallAction,
  { refused }: ServiceDefinition,
  { clock }: CloudContext,
  signal: AbortSignal | undefined,
): Promise<Answer | undefined> => {
  switch (action.do) {
    case "refuse":
      return refused(
        new Refusal(
          action.status,
          action.message ?? "The server is currently unavailable. Please try again at a later time.",
          undefined,
          action.retryAfterSeconds === undefined ? undefined : { "retry-after": String(action.retryAfterSeconds) },
        ),
      );
    case "badGateway":
      return {
        status: 502,
        body: "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        headers: { "content-type": "text/html" },
      };
    case "delay":
      await clock.sleep(action.milliseconds, signal);
      return undefined;
    case "hang":
      await clock.sleep(24 * 3_600_000, signal);
      throw new ConnectionReset();
    case "reset":
      throw new ConnectionReset();
    case "loseAnswer":
    case "hideNew":
      return undefined;
  }
};

/** A list as a replica would give it that has not heard of the youngest yet. */
const withoutNew = (answer: Answer, before: number): Answer => {
  if (!isObject(answer.body)) return answer;
  const known = (item: unknown): boolean => {
    const made = isObject(item) ? (item["created_at"] ?? item["created"]) : undefined;
    return typeof made !== "string" || Date.parse(/Z$/.test(made) ? made : `${made}Z`) < before;
  };
  const body = Object.entries(answer.body).map(([name, value]) => [name, Array.isArray(value) ? value.filter(known) : value]);
  return { ...answer, body: Object.fromEntries(body) };
};

const bodyOf = (request: ServiceRequest): unknown => {
  const { body, headers } = request;
  if (body === undefined || body.length === 0) return undefined;
  const type = headers["content-type"] ?? "application/json";
  if (type.includes("octet-stream")) return body;
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "Malformed request body: it is not valid JSON.");
  }
};

const render = (answer: Answer, common: { readonly [name: string]: string }): ServiceResponse => {
  const { body } = answer;
  if (body === undefined) return { status: answer.status, headers: { ...common, ...answer.headers }, body: undefined };
  const plain = typeof body === "string" || body instanceof Uint8Array;
  return {
    status: answer.status,
    headers: { "content-type": plain ? "application/octet-stream" : "application/json", ...common, ...answer.headers },
    body: plain ? body : JSON.stringify(body),
  };
};

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
