import type { Kind } from "../kind/kind.ts";
import type { UnstructuredObject } from "../meta/object.ts";
import { parseApiVersion } from "../meta/resource.ts";
import { ApiError } from "../meta/status.ts";

/** `ConversionReview`, `apiextensions.k8s.io/v1` or `v1beta1`, as far as it is read. */
export interface ConversionReview {
  readonly apiVersion: string;
  readonly kind: "ConversionReview";
  readonly request: {
    readonly uid: string;
    readonly desiredAPIVersion: string;
    readonly objects: readonly UnstructuredObject[];
  };
}

/** @throws ApiError BadRequest when the body is no review */
export const parseConversion = (body: unknown): ConversionReview => {
  const review = body as Partial<ConversionReview> | null;
  const known = review?.apiVersion === "apiextensions.k8s.io/v1" || review?.apiVersion === "apiextensions.k8s.io/v1beta1";
  if (review?.kind !== "ConversionReview" || !known || !Array.isArray(review.request?.objects)) {
    throw new ApiError("BadRequest", "the body is not a ConversionReview of apiextensions.k8s.io/v1 or v1beta1");
  }
  return review as ConversionReview;
};

/** The answer of `/convert`: all objects, or why not one of them. */
export const answerConversion = (kinds: readonly Kind[], { apiVersion, request }: ConversionReview): object => {
  const answer = (response: object): object => ({
    apiVersion,
    kind: "ConversionReview",
    response: { uid: request.uid, ...response },
  });
  const { version } = parseApiVersion(request.desiredAPIVersion);
  try {
    const convertedObjects = request.objects.map((object) => converted(kinds, object, version));
    return answer({ convertedObjects, result: { status: "Success" } });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return answer({ convertedObjects: [], result: { status: "Failure", message } });
  }
};

const converted = (kinds: readonly Kind[], object: UnstructuredObject, version: string): UnstructuredObject => {
  const { group } = parseApiVersion(object.apiVersion);
  const list = object.kind.endsWith("List") && Array.isArray(object["items"]);
  const name = list ? object.kind.slice(0, -"List".length) : object.kind;
  const kind = kinds.find((one) => one.group === group && one.kind === name);
  const versions = kind === undefined ? [] : [kind.version, ...(kind.formerVersions ?? []).map((former) => former.name)];
  if (kind?.convert === undefined || !versions.includes(version)) {
    throw new Error(
      `cannot convert ${object.kind} of ${object.apiVersion} to version ${version}: this program knows ${versions.join(", ") || "no such kind"}`,
    );
  }
  if (!list) return kind.convert(object, version);
  const items = object["items"] as readonly UnstructuredObject[];
  return { ...object, apiVersion: `${group}/${version}`, items: items.map((item) => kind.convert?.(item, version) ?? item) };
};
