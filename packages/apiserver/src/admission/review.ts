import { ApiError, type JsonPatchOperation, jsonText, parseJson, type Status, type StatusReason } from "@slipway/api";
import type { ServedResource } from "../registry/served.ts";
import { type AdmissionRequest, type Change, kindOf, resourceOf } from "./request.ts";

/** Versions of `AdmissionReview` that this server speaks, as webhooks name them. */
export const reviewVersions = ["v1", "v1beta1"] as const;
export type ReviewVersion = (typeof reviewVersions)[number];
const apiVersionFor = (version: ReviewVersion): string => `admission.k8s.io/${version}`;

/** `AdmissionReview` as it goes out, in the version of the resource that the webhook's rule names. */
export const reviewOf = (
  version: ReviewVersion,
  uid: string,
  request: AdmissionRequest,
  change: Change,
  seenAs: ServedResource,
): object => ({
  kind: "AdmissionReview",
  apiVersion: apiVersionFor(version),
  request: reviewRequest(uid, request, change, seenAs),
});

export const reviewRequest = (uid: string, request: AdmissionRequest, change: Change, seenAs: ServedResource) => {
  const { served, subresource, namespace, context, operation } = request;
  const { name: username, uid: userUid, groups, extra } = context.user;
  const sub = subresource === undefined ? {} : { subResource: subresource };
  const requestSub = subresource === undefined ? {} : { requestSubResource: subresource };
  return {
    uid,
    kind: kindOf(seenAs, subresource),
    resource: resourceOf(seenAs),
    ...sub,
    requestKind: kindOf(served, subresource),
    requestResource: resourceOf(served),
    ...requestSub,
    ...(request.name === "" ? {} : { name: request.name }),
    ...(namespace === undefined ? {} : { namespace }),
    operation,
    userInfo: {
      username,
      ...(userUid === undefined ? {} : { uid: userUid }),
      groups,
      ...(extra === undefined ? {} : { extra }),
    },
    object: change.object ?? null,
    oldObject: change.old ?? null,
    dryRun: request.dryRun,
    options: request.options,
  };
};

/** What a webhook answered, once it is known to be an answer. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status: Partial<Status> | undefined;
  readonly patch: readonly JsonPatchOperation[];
  readonly warnings: readonly string[];
  readonly auditAnnotations: { readonly [key: string]: string };
}

/** @throws Error when it is none: then the webhook failed, it did not deny */
export const verdictOf = (answer: unknown, version: ReviewVersion, uid: string, mutating: boolean): Verdict => {
  const apiVersion = apiVersionFor(version);
  if (!isObject(answer)) throw new Error("received invalid webhook response: expected an AdmissionReview object");
  if (answer["kind"] !== "AdmissionReview" || answer["apiVersion"] !== apiVersion) {
    const got = `${String(answer["apiVersion"] ?? "")}, Kind=${String(answer["kind"] ?? "")}`;
    throw new Error(
      `received invalid webhook response: expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${got}`,
    );
  }
  const response = answer["response"];
  if (!isObject(response)) throw new Error("webhook response was absent");
  // v1beta1 asked for no uid, and for no type of the only patches there were.
  const strict = version === "v1";
  if (strict && response["uid"] !== uid) {
    throw new Error(
      `received invalid webhook response: expected response.uid=${jsonText(uid)}, got ${jsonText(response["uid"] ?? "")}`,
    );
  }
  const patch = response["patch"] ?? undefined;
  const hasPatch = patch !== undefined && patch !== "";
  const patchType = response["patchType"] ?? (strict || !hasPatch ? undefined : "JSONPatch");
  if (!strict && !mutating) return { ...plainVerdict(response), patch: [] };
  if (!mutating && hasPatch) throw new Error("validating webhook may not return response.patch");
  if (!mutating && patchType !== undefined) throw new Error("validating webhook may not return response.patchType");
  if (hasPatch && patchType === undefined) throw new Error("webhook returned response.patch but not response.patchType");
  if (!hasPatch && patchType !== undefined) throw new Error("webhook returned response.patchType but not response.patch");
  if (hasPatch && patchType !== "JSONPatch")
    throw new Error(`webhook returned invalid response.patchType of ${jsonText(patchType)}`);
  return { ...plainVerdict(response), patch: hasPatch ? decodedPatch(patch) : [] };
};

const plainVerdict = (response: { readonly [field: string]: unknown }): Omit<Verdict, "patch"> => {
  const { warnings, auditAnnotations, status } = response;
  return {
    allowed: response["allowed"] === true,
    status: isObject(status) ? (status as Partial<Status>) : undefined,
    warnings: Array.isArray(warnings) ? warnings.filter((text): text is string => typeof text === "string") : [],
    auditAnnotations: isObject(auditAnnotations)
      ? Object.fromEntries(
          Object.entries(auditAnnotations).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
        )
      : {},
  };
};

const decodedPatch = (patch: unknown): readonly JsonPatchOperation[] => {
  if (typeof patch !== "string") throw new Error("webhook returned a response.patch that is not base64 text");
  const bytes = Uint8Array.from(atob(patch), (letter) => letter.charCodeAt(0));
  const operations: unknown = parseJson(new TextDecoder().decode(bytes));
  if (!Array.isArray(operations)) throw new Error("webhook returned a response.patch that is not a list of operations");
  return operations as readonly JsonPatchOperation[];
};

/** A denial goes to the client with the webhook's own code, reason and details; only the message says who spoke. */
export const denial = (name: string, status: Partial<Status> | undefined): ApiError => {
  const code = status?.code ?? 0;
  const reason = (status?.reason ?? "") as StatusReason;
  const said = status?.message || reason;
  const denied = `admission webhook ${jsonText(name)} denied the request`;
  return new ApiError(reason, said === "" ? `${denied} without explanation` : `${denied}: ${said}`, {
    code: code < 400 ? 400 : code,
    ...(status?.details === undefined ? {} : { details: status.details }),
  });
};

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
