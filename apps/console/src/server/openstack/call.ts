import type { Transport } from "@slipway/openstack";
import type { ServiceName } from "../../contract/index.ts";
import { Fault } from "../http/fault.ts";

/** A JSON object of a service's, before anybody looked at it. */
export type Json = { readonly [name: string]: unknown };

export interface Call {
  readonly service: ServiceName;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: { readonly [lowerCaseName: string]: string };
  readonly contentType?: string;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: { readonly [lowerCaseName: string]: string };
  readonly json: Json;
}

/** Longer than any service needs to answer what we ask. */
const patienceMilliseconds = 60_000;

/** Asks a service once. Only a connection that breaks is a fault here: `refuse` makes one of an answer. @throws Fault unavailable */
export const callService = async (transport: Transport, call: Call): Promise<CallAnswer> => {
  try {
    const answer = await transport({
      method: call.method,
      url: call.url,
      headers: {
        accept: "application/json",
        "user-agent": "slipway-console",
        ...(call.token === undefined ? {} : { "x-auth-token": call.token }),
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(patienceMilliseconds),
    });
    return { status: answer.status, headers: answer.headers, json: parse(await answer.text()) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault("unavailable", `${nameOf[call.service]} cannot be reached: ${why}`, { service: call.service });
  }
};

const parse = (text: string): Json => {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : { value };
  } catch {
    return text === ""
      ? {}
      : {
          message: text
            .replace(/<[^>]*>/g, " ")
            .replace(/\s+/g, " ")
            .trim()
            .slice(0, 1000),
        };
  }
};

export const nameOf: { readonly [Service in ServiceName]: string } = {
  identity: "Keystone",
  compute: "Nova",
  network: "Neutron",
  image: "Glance",
  loadbalancer: "Octavia",
  volume: "Cinder",
  containerInfra: "Magnum",
};

/** What a service said, in the console's words; 401 is not for here: the token may have ended. */
export const refusalOf = (service: ServiceName, answer: CallAnswer): Fault => {
  const { code, detail, requestId } = reasonIn(answer);
  const more = {
    service,
    ...(requestId === undefined ? {} : { upstreamRequestId: requestId }),
    ...(retryAfter(answer) === undefined ? {} : { retryAfterSeconds: retryAfter(answer) }),
  };
  const said = detail === "" ? `${nameOf[service]} answered ${answer.status}` : detail;
  const missingRole = /^Policy doesn't allow (\S+) to be performed/.exec(detail)?.[1];
  switch (answer.status) {
    case 400:
    case 405:
    case 406:
    case 415:
    case 422:
      return new Fault("invalid", said, { ...more, ...fieldIn(detail) });
    case 401:
      return new Fault("sessionExpired", said, more);
    case 403:
      if (code === "quota" || /quota|resource limit/i.test(detail)) return new Fault("quotaExceeded", said, more);
      if (missingRole !== undefined && !missingRole.startsWith("certificate:"))
        return new Fault("roleMissing", said, { ...more, neededRole: /:(get|detail)/.test(missingRole) ? "reader" : "member" });
      return new Fault("forbidden", said, more);
    case 404:
    case 410:
      return new Fault("notFound", said, more);
    case 409:
      return new Fault(/quota/i.test(detail) ? "quotaExceeded" : "conflict", said, more);
    case 413:
      return new Fault(/quota|limit/i.test(detail) ? "quotaExceeded" : "tooLarge", said, more);
    case 429:
      return new Fault("tooManyRequests", said, more);
    case 501:
      return new Fault("unsupported", said, more);
    default:
      return new Fault("unavailable", said, { ...more, status: answer.status === 503 ? 503 : 502 });
  }
};

const retryAfter = ({ headers }: CallAnswer): number | undefined => {
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
};

/** Magnum names the field it refuses. */
const fieldIn = (detail: string): { readonly field?: string } => {
  const field = /^Invalid input for field\/attribute (\S+?)\.? /.exec(detail)?.[1];
  return field === undefined ? {} : { field };
};

/** `{"errors":[{…}]}` of Magnum, `{"error":{…}}` of Keystone, `{"badRequest":{…}}`, `{"NeutronError":{…}}`, `{"faultstring"}`. */
const reasonIn = ({ json, headers }: CallAnswer): { code: string; detail: string; requestId: string | undefined } => {
  const requestId = headers["x-openstack-request-id"] ?? headers["x-compute-request-id"];
  const first = Array.isArray(json["errors"]) ? (json["errors"][0] as Json | undefined) : undefined;
  const inner = first ?? Object.values(json).find((value): value is Json => value !== null && typeof value === "object") ?? json;
  const detail = [
    inner["detail"],
    inner["message"],
    inner["faultstring"],
    json["message"],
    json["faultstring"],
    inner["title"],
  ].find((text): text is string => typeof text === "string" && text !== "");
  const id = typeof inner["request_id"] === "string" && inner["request_id"] !== "" ? inner["request_id"] : requestId;
  return {
    code: String(inner["type"] ?? "").includes("OverQuota") ? "quota" : "",
    detail: (detail ?? "").slice(0, 2000),
    requestId: id,
  };
};

export const list = (json: Json, name: string): readonly Json[] => {
  const value = json[name];
  return Array.isArray(value) ? value.filter((one): one is Json => one !== null && typeof one === "object") : [];
};
export const inside = (json: Json, name: string): Json => {
  const value = json[name];
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {};
};
export const textOf = (json: Json, name: string): string => {
  const value = json[name];
  return typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
};
export const textOrNull = (json: Json, name: string): string | null => {
  const text = textOf(json, name);
  return text === "" ? null : text;
};
export const numberOf = (json: Json, name: string): number => {
  const value = Number(json[name]);
  return Number.isFinite(value) ? value : 0;
};
export const textsOf = (json: Json): { readonly [key: string]: string } =>
  Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
