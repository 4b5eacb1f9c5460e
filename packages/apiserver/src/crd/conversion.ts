import { ApiError, apiVersionOf, jsonText, parseApiVersion, type UnstructuredObject } from "@slipway/api";
import type { WebhookCaller, WebhookTarget } from "../admission/caller.ts";
import type { Chance } from "../registry/core.ts";
import { sameJson } from "../registry/object.ts";
import { frozenJson } from "../storage/frozen.ts";

export interface ConversionWebhook {
  readonly clientConfig: WebhookTarget;
  readonly conversionReviewVersions: readonly string[];
}

const reviewVersion = "v1";
const timeoutSeconds = 30;

/**
 * Asks a CRD's webhook for objects in another version: all in one call. What it may not change is put back or refused.
 * @throws ApiError 500 naming the kind
 */
export const convertByWebhook =
  (group: string, webhook: ConversionWebhook, callers: { readonly webhooks: WebhookCaller; readonly chance: Chance }) =>
  async (objects: readonly UnstructuredObject[], version: string): Promise<readonly UnstructuredObject[]> => {
    const apiVersion = apiVersionOf({ group, version });
    const wanting = objects.filter((object) => object.apiVersion !== apiVersion);
    const first = wanting[0];
    if (first === undefined) return objects;
    const failed = (what: string): ApiError => new ApiError("", `conversion webhook for ${gvkOf(first)} ${what}`, { code: 500 });
    if (!webhook.conversionReviewVersions.includes(reviewVersion)) {
      throw failed(`failed: it speaks none of the ConversionReview versions of this server (${reviewVersion})`);
    }
    const uid = callers.chance.uuid();
    const request = { uid, desiredAPIVersion: apiVersion, objects: wanting };
    let answer: unknown;
    try {
      const body = { kind: "ConversionReview", apiVersion: `apiextensions.k8s.io/${reviewVersion}`, request };
      answer = await callers.webhooks.post(webhook.clientConfig, body, { timeoutSeconds, query: `timeout=${timeoutSeconds}s` });
    } catch (error) {
      throw failed(`failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    const made = convertedOf(answer, uid, failed);
    if (made.length !== wanting.length) throw failed(`returned ${made.length} objects, expected ${wanting.length}`);
    const results = new Map(
      wanting.map((object, index) => [object, checked(object, made[index], apiVersion, index, failed)] as const),
    );
    return objects.map((object) => results.get(object) ?? object);
  };

const convertedOf = (answer: unknown, uid: string, failed: (what: string) => ApiError): readonly unknown[] => {
  if (!isObject(answer) || answer["kind"] !== "ConversionReview") throw failed("failed: its answer is no ConversionReview");
  if (answer["apiVersion"] !== `apiextensions.k8s.io/${reviewVersion}`) {
    throw failed(
      `failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${String(answer["apiVersion"])}`,
    );
  }
  const { response } = answer;
  if (!isObject(response)) throw failed("failed: no response provided");
  if (response["uid"] !== uid) {
    throw failed(`failed: expected response.uid=${jsonText(uid)}, got ${jsonText(response["uid"] ?? "")}`);
  }
  const { result } = response;
  if (!isObject(result) || result["status"] !== "Success") {
    const message =
      isObject(result) && typeof result["message"] === "string" && result["message"] !== "" ? result["message"] : undefined;
    throw failed(`failed: ${message ?? "response.result.status was '', not 'Success'"}`);
  }
  const { convertedObjects } = response;
  return Array.isArray(convertedObjects) ? convertedObjects : [];
};

const checked = (
  before: UnstructuredObject,
  after: unknown,
  apiVersion: string,
  index: number,
  failed: (what: string) => ApiError,
): UnstructuredObject => {
  const wrong = (why: string): ApiError => failed(`returned invalid converted object at index ${index}: ${why}`);
  if (!isObject(after)) throw wrong("it is no object");
  if (after["apiVersion"] !== apiVersion) {
    throw wrong(`invalid apiVersion: ${jsonText(after["apiVersion"] ?? "")} (expected ${jsonText(apiVersion)})`);
  }
  if (after["kind"] !== before.kind) {
    throw wrong(`invalid kind: ${jsonText(after["kind"] ?? "")} (expected ${jsonText(before.kind)})`);
  }
  const { metadata } = after;
  if (!isObject(metadata)) throw failed("returned invalid metadata: there is none");
  for (const field of ["name", "namespace", "uid"] as const) {
    if ((metadata[field] ?? "") !== (before.metadata[field] ?? "")) {
      throw failed(
        `returned invalid metadata: ${field} may not change, ${jsonText(before.metadata[field])} became ${jsonText(metadata[field])}`,
      );
    }
  }
  return frozenJson({ ...after, apiVersion, kind: before.kind, metadata: restored(before, metadata, failed) });
};

/** Labels and annotations are the webhook's to change; everything else stays as it was. */
const restored = (
  before: UnstructuredObject,
  metadata: { readonly [field: string]: unknown },
  failed: (what: string) => ApiError,
): UnstructuredObject["metadata"] => {
  const { labels, annotations } = metadata;
  for (const [field, value] of Object.entries({ labels, annotations })) {
    const texts =
      value === undefined ||
      value === null ||
      (isObject(value) && Object.values(value).every((text) => typeof text === "string"));
    if (!texts) throw failed(`returned invalid metadata: ${field} must be a map of strings`);
  }
  const { labels: _labels, annotations: _annotations, ...rest } = before.metadata;
  const own = (value: unknown, old: unknown) => (sameJson(value, old) ? old : value);
  return {
    ...rest,
    ...(labels === undefined || labels === null
      ? {}
      : { labels: own(labels, before.metadata.labels) as { [key: string]: string } }),
    ...(annotations === undefined || annotations === null
      ? {}
      : { annotations: own(annotations, before.metadata.annotations) as { [key: string]: string } }),
  };
};

const gvkOf = ({ apiVersion, kind }: UnstructuredObject): string => {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
};

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
