import type { Client } from "../client/port.ts";
import { jsonText } from "../json/text.ts";
import type { AdmissionContext, FieldError, Kind, Read, Related } from "../kind/kind.ts";
import { customKinds } from "../kinds.ts";
import type { KubeObject, UnstructuredObject } from "../meta/object.ts";
import { groupKind, groupResource } from "../meta/resource.ts";
import { ApiError, isNotFound } from "../meta/status.ts";
import { schemaTools } from "../schema/tools.ts";
import { jsonPatchOf } from "./diff.ts";
import type { KindWebhook } from "./providers.ts";

/** `AdmissionReview`, `admission.k8s.io/v1` or `v1beta1`, as far as it is read. */
export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: "AdmissionReview";
  readonly request: {
    readonly uid: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
    readonly object?: UnstructuredObject | null;
    readonly oldObject?: UnstructuredObject | null;
    readonly dryRun?: boolean;
    readonly userInfo?: { readonly username?: string };
  };
}

export interface ReviewOptions {
  /** Reads the other objects that a kind's rules name. */
  readonly client: Pick<Client, "get" | "list">;
  readonly featureGates?: { readonly [gate: string]: boolean };
  /** Before looking again for what is on its way. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** @throws Error when the body is no review */
export const parseReview = (body: unknown): AdmissionReview => {
  const review = body as Partial<AdmissionReview> | null;
  const known = review?.apiVersion === "admission.k8s.io/v1" || review?.apiVersion === "admission.k8s.io/v1beta1";
  if (review?.kind !== "AdmissionReview" || !known || typeof review.request?.uid !== "string") {
    throw new ApiError("BadRequest", "the body is not an AdmissionReview of admission.k8s.io/v1 or v1beta1");
  }
  return review as AdmissionReview;
};

/** The answer of one of our webhooks: the very rules that hold in process. */
export const answerReview = async (webhook: KindWebhook, review: AdmissionReview, options: ReviewOptions): Promise<object> => {
  const { uid } = review.request;
  const warnings: string[] = [];
  const answer = (response: object): object => ({
    apiVersion: review.apiVersion,
    kind: "AdmissionReview",
    response: { uid, ...response, ...(warnings.length === 0 ? {} : { warnings }) },
  });
  try {
    const patch = await judged(webhook, review, options, (text) => warnings.push(text));
    return answer({
      allowed: true,
      ...(patch.length === 0 ? {} : { patchType: "JSONPatch", patch: base64(jsonText(patch)) }),
    });
  } catch (error) {
    const refusal = error instanceof ApiError ? error : new ApiError("InternalError", messageOf(error), { cause: error });
    const { message, reason, code, details } = refusal.toStatus();
    return answer({ allowed: false, status: { status: "Failure", message, reason, code, ...(details ? { details } : {}) } });
  }
};

const judged = async (
  webhook: KindWebhook,
  { request }: AdmissionReview,
  options: ReviewOptions,
  warn: (text: string) => void,
) => {
  const { kind, task } = webhook;
  if (task === "validate-scale") {
    await judgeScale(kind, request, options);
    return [];
  }
  const object = (request.operation === "DELETE" ? request.oldObject : request.object) ?? undefined;
  if (object === undefined) throw new ApiError("BadRequest", "the review brings no object");
  const old = request.oldObject ?? undefined;
  const about = { object, old, request, options, warn };
  const context = await contextFor(kind, about);
  if (task === "mutate") {
    const defaulted = kind.default?.(object as unknown as KubeObject, context) ?? object;
    return jsonPatchOf(object, defaulted);
  }
  if (request.operation === "DELETE") {
    const why = kind.forbidDelete?.(object, context);
    if (why !== undefined) throw forbidden(kind, object, why);
    refuse(kind, object, kind.validateDelete?.(object, context) ?? []);
    return [];
  }
  refuse(kind, object, kind.validate?.(object, context) ?? []);
  return [];
};

interface About {
  readonly object: UnstructuredObject;
  readonly old: UnstructuredObject | undefined;
  readonly request: AdmissionReview["request"];
  readonly options: ReviewOptions;
  readonly warn: (text: string) => void;
}

const patienceMilliseconds = 2000;
const pauseMilliseconds = 200;

const contextFor = async (kind: Kind, about: About): Promise<AdmissionContext<KubeObject>> => {
  const { object, old, request, options, warn } = about;
  const base: AdmissionContext<KubeObject> = {
    operation: request.operation === "CONNECT" ? "UPDATE" : request.operation,
    ...(old === undefined ? {} : { old }),
    dryRun: request.dryRun === true,
    ...(request.userInfo?.username === undefined ? {} : { user: request.userInfo.username }),
    ...(options.featureGates === undefined ? {} : { featureGates: options.featureGates }),
    schemas: schemaTools,
    warn,
  };
  if (kind.reads === undefined) return base;
  for (let waited = 0; ; waited += pauseMilliseconds) {
    const context = { ...base, related: await readAll(kind.reads(object, base), options.client) };
    const worthWaiting = request.operation !== "DELETE" && kind.awaits?.(object, context) === true;
    if (!worthWaiting || waited >= patienceMilliseconds) return context;
    await options.pause(pauseMilliseconds);
  }
};

const readAll = async (reads: readonly Read[], client: ReviewOptions["client"]): Promise<Related> => {
  const found = new Map<string, readonly UnstructuredObject[]>(
    await Promise.all(reads.map(async (read) => [jsonText(read), await readOne(read, client)] as const)),
  );
  const known = (read: Read) => found.get(jsonText(read)) ?? [];
  return { find: (read) => known(read)[0], list: known };
};

const readOne = async (read: Read, client: ReviewOptions["client"]): Promise<readonly UnstructuredObject[]> => {
  const kind = customKinds.find(({ group, kind: name }) => group === read.group && name === read.kind);
  // Somebody else's kind (another control plane's): nothing is known of it here.
  if (kind === undefined) return [];
  if (read.name === undefined) {
    const labelSelector = Object.entries(read.labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const { items } = await client.list(kind, {
      ...(read.namespace === undefined ? {} : { namespace: read.namespace }),
      ...(labelSelector === "" ? {} : { labelSelector }),
    });
    return items as unknown as readonly UnstructuredObject[];
  }
  if (read.name === "") return [];
  try {
    const ref = { name: read.name, ...(read.namespace === undefined ? {} : { namespace: read.namespace }) };
    return [(await client.get(kind, ref)) as unknown as UnstructuredObject];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
};

/** A Scale says only a number: what it is a number of is read. */
const judgeScale = async (kind: Kind, request: AdmissionReview["request"], { client }: ReviewOptions): Promise<void> => {
  const replicas = request.object?.spec?.["replicas"];
  const { name = "", namespace } = request;
  const live = (await client.get(kind, {
    name,
    ...(namespace === undefined ? {} : { namespace }),
  })) as unknown as UnstructuredObject;
  const scaled = { ...live, spec: { ...live.spec, replicas } };
  const why = kind.forbidScale?.(scaled);
  if (why !== undefined) throw new ApiError("Forbidden", why);
};

const refuse = ({ group, kind, refusedAs = group }: Kind, { metadata }: KubeObject, errors: readonly FieldError[]): void => {
  if (errors.length === 0) return;
  const name = metadata.name ?? "";
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const text = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  throw new ApiError("Invalid", `${groupKind({ group: refusedAs, kind })} ${jsonText(name)} is invalid: ${text}`, {
    details: {
      ...(name === "" ? {} : { name }),
      group: refusedAs,
      kind,
      causes: errors.map(({ type, field, message }) => ({ reason: type, message, field })),
    },
  });
};

const forbidden = (kind: Kind, { metadata }: KubeObject, why: string): ApiError =>
  new ApiError("Forbidden", `${groupResource(kind)} ${jsonText(metadata.name ?? "")} is forbidden: ${why}`, {
    details: { name: metadata.name ?? "", group: kind.group, kind: kind.plural },
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const base64 = (text: string): string => {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
};
