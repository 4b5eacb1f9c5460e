import type { Status } from "@slipway/api";
import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import type { UserInfo } from "../../registry/registry.ts";
import { decodeBody } from "../body.ts";
import type { Answer, Exchange } from "../exchange.ts";
import type { RequestInfo } from "../path.ts";
import { type AuditDecision, type AuditPolicy, type AuditStage, type AuditSubject, above, decideAudit } from "./policy.ts";

/** Takes one event as a line of JSON, without its newline, and never waits. False: it was lost. */
export interface AuditSink {
  write(line: string): boolean;
}

export interface AuditOptions {
  readonly policy: AuditPolicy;
  readonly sink: AuditSink;
}

/** What is known of a request so far; filled in as it goes its way. */
export interface Trace {
  readonly id: string;
  readonly received: Date;
  /** Who really asks. */
  user?: UserInfo;
  /** In whose name, when it is another's. */
  impersonated?: UserInfo;
  info?: RequestInfo;
  decision?: "allow" | "forbid";
  reason?: string;
  /** What admission wants to be remembered of it. */
  annotations?: { [key: string]: string };
  /** As it came; only kept when it may have to be written down. */
  body?: Uint8Array;
  /** At most one event a stage. */
  readonly told: Set<AuditStage>;
}

/** Said twice, the first word stands. */
export const annotator =
  (trace: Trace): ((key: string, value: string) => void) =>
  (key, value) => {
    trace.annotations ??= {};
    trace.annotations[key] ??= value;
  };

/** Writes events of requests as their policy asks. */
export interface AuditTrail {
  /** May the body have to be written down? */
  wantsBody(): boolean;
  record(stage: AuditStage, trace: Trace, exchange: Exchange, answer: Answer | undefined, now: Date): void;
}

export const createAuditTrail = (
  { policy, sink }: AuditOptions,
  count: { readonly audited: () => void; readonly lost: () => void },
): AuditTrail => {
  const bodies = policy.rules.some(({ level }) => above(level, "Metadata"));
  return {
    wantsBody: () => bodies,
    record: (stage, trace, exchange, answer, now) => {
      if (trace.told.has(stage)) return;
      trace.told.add(stage);
      const decision = decideAudit(policy, subjectOf(trace, exchange));
      if (decision.level === "None" || decision.omitStages.includes(stage)) return;
      const event = eventOf(stage, trace, exchange, answer, decision, now);
      if (sink.write(jsonText(event))) count.audited();
      else count.lost();
    },
  };
};

const subjectOf = ({ user, impersonated, info }: Trace, exchange: Exchange): AuditSubject => {
  const { name = "", groups = [] } = impersonated ?? user ?? {};
  return {
    user: name,
    groups,
    verb: info?.verb ?? exchange.method.toLowerCase(),
    path: exchange.path,
    ...(info?.isResource === true ? { resource: info } : {}),
  };
};

const longestUri = 8192;

const eventOf = (
  stage: AuditStage,
  trace: Trace,
  exchange: Exchange,
  answer: Answer | undefined,
  { level, omitManagedFields }: AuditDecision,
  now: Date,
): object => {
  const { info, user, impersonated } = trace;
  const query = exchange.query.toString();
  const source = exchange.peer.address;
  const clean = (value: unknown) => (omitManagedFields ? withoutManagedFields(value) : value);
  const request = above(level, "Metadata") ? parsed(trace.body, exchange.header("content-type")) : undefined;
  const response = level === "RequestResponse" && stage === "ResponseComplete" ? answerObject(answer) : undefined;
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level,
    auditID: trace.id,
    stage,
    requestURI: `${exchange.path}${query === "" ? "" : `?${query}`}`.slice(0, longestUri),
    verb: info?.verb ?? exchange.method.toLowerCase(),
    user: person(user),
    ...(impersonated === undefined ? {} : { impersonatedUser: person(impersonated) }),
    ...(source === undefined ? {} : { sourceIPs: [source] }),
    ...(exchange.header("user-agent") === undefined ? {} : { userAgent: exchange.header("user-agent")?.slice(0, 1024) }),
    ...(info?.isResource === true ? { objectRef: objectRef(info, answer) } : {}),
    ...(answer === undefined ? {} : { responseStatus: statusOf(answer) }),
    ...(request === undefined ? {} : { requestObject: clean(request) }),
    ...(response === undefined ? {} : { responseObject: clean(response) }),
    requestReceivedTimestamp: micro(trace.received),
    stageTimestamp: micro(now),
    ...(trace.decision === undefined
      ? {}
      : {
          annotations: {
            ...trace.annotations,
            "authorization.k8s.io/decision": trace.decision,
            "authorization.k8s.io/reason": trace.reason ?? "",
          },
        }),
  };
};

const micro = (date: Date): string => date.toISOString().replace(/(\.\d{3})Z$/, "$1000Z");

const person = (user: UserInfo | undefined): object =>
  user === undefined
    ? {}
    : {
        username: user.name,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        groups: user.groups,
        ...(user.extra === undefined ? {} : { extra: user.extra }),
      };

const objectRef = (info: Extract<RequestInfo, { isResource: true }>, answer: Answer | undefined): object => {
  const made = answer !== undefined && info.name === "" && info.verb === "create" ? metadataOf(answer) : undefined;
  return {
    resource: info.resource,
    ...(info.namespace === "" ? {} : { namespace: info.namespace }),
    ...(info.name !== "" ? { name: info.name } : made?.name === undefined ? {} : { name: made.name }),
    ...(made?.uid === undefined ? {} : { uid: made.uid }),
    ...(info.group === "" ? {} : { apiGroup: info.group }),
    apiVersion: info.version,
    ...(made?.resourceVersion === undefined ? {} : { resourceVersion: made.resourceVersion }),
    ...(info.subresource === "" ? {} : { subresource: info.subresource }),
  };
};

/** Of an object that was just made: its name may have been made up here. Read from the head of the text, which is ours. */
const metadataOf = ({ body, status }: Answer): { name?: string; uid?: string; resourceVersion?: string } | undefined => {
  if (status !== 201 || typeof body !== "string") return undefined;
  try {
    return (parseJson(body) as { metadata?: { name?: string; uid?: string; resourceVersion?: string } }).metadata;
  } catch {
    return undefined; // YAML, or no object
  }
};

const statusOf = (answer: Answer): object => {
  if (answer.status < 400) return { metadata: {}, code: answer.status };
  const status = answerObject(answer) as Partial<Status> | undefined;
  return {
    metadata: {},
    ...(status?.status === undefined ? {} : { status: status.status }),
    ...(status?.message === undefined ? {} : { message: status.message }),
    ...(status?.reason === undefined ? {} : { reason: status.reason }),
    code: answer.status,
  };
};

/** Answers that are sent piece by piece (long lists, watches) are not written down. */
const answerObject = (answer: Answer | undefined): unknown => {
  const body = answer?.body;
  if (typeof body !== "string") return undefined;
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
};

const parsed = (body: Uint8Array | undefined, contentType: string | undefined): unknown => {
  if (body === undefined || body.length === 0) return undefined;
  try {
    const type =
      contentType?.includes("+json") === true
        ? "application/json"
        : contentType?.includes("yaml") === true
          ? "application/yaml"
          : contentType;
    return decodeBody(body, type, "").value;
  } catch {
    return undefined; // what could not be read was refused, and the refusal is written down
  }
};

const withoutManagedFields = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { metadata, items, ...rest } = value as { metadata?: { managedFields?: unknown }; items?: unknown };
  const { managedFields: _gone, ...kept } = metadata ?? {};
  return {
    ...rest,
    ...(metadata === undefined ? {} : { metadata: kept }),
    ...(Array.isArray(items) ? { items: items.map(withoutManagedFields) } : items === undefined ? {} : { items }),
  };
};
