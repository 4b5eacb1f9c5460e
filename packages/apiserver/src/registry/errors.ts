import {
  ApiError,
  type FieldError,
  groupKind,
  groupResource,
  jsonText,
  type Resource,
  type StatusCause,
  type StatusDetails,
} from "@slipway/api";

/** The refusals of a Kubernetes API, in its own words: clients branch on these texts' details. */

/** In 404 and 409 `details.kind` is the resource, in 422 it is the Kind: CAPI and kubectl build messages from both. */
const detailsOf = (resource: Resource, name: string): StatusDetails => ({
  ...(name === "" ? {} : { name }),
  ...(resource.group === "" ? {} : { group: resource.group }),
  kind: resource.plural,
});

export const notFound = (resource: Resource, name: string): ApiError =>
  new ApiError("NotFound", `${groupResource(resource)} "${name}" not found`, { details: detailsOf(resource, name) });

export const notServed = (): ApiError =>
  new ApiError("NotFound", "the server could not find the requested resource", { details: {} });

export const alreadyExists = (resource: Resource, name: string, beingDeleted: boolean): ApiError =>
  new ApiError(
    "AlreadyExists",
    `${beingDeleted ? "object is being deleted: " : ""}${groupResource(resource)} "${name}" already exists`,
    {
      details: detailsOf(resource, name),
    },
  );

export const conflict = (resource: Resource, name: string, cause: string): ApiError =>
  new ApiError("Conflict", `Operation cannot be fulfilled on ${groupResource(resource)} "${name}": ${cause}`, {
    details: detailsOf(resource, name),
  });

export const staleVersion = "the object has been modified; please apply your changes to the latest version and try again";

export const forbidden = (resource: Resource, name: string, cause: string, causes?: readonly StatusCause[]): ApiError =>
  new ApiError("Forbidden", `${groupResource(resource)} "${name}" is forbidden: ${cause}`, {
    details: { ...detailsOf(resource, name), ...(causes === undefined ? {} : { causes }) },
  });

export const badRequest = (message: string): ApiError => new ApiError("BadRequest", message);

export const methodNotAllowed = (resource: Resource, verb: string): ApiError =>
  new ApiError("MethodNotAllowed", `${verb} is not supported on resources of kind "${groupResource(resource)}"`, {
    details: detailsOf(resource, ""),
  });

export const invalid = (resource: Pick<Resource, "group" | "kind">, name: string, errors: readonly FieldError[]): ApiError => {
  const texts = [...new Set(errors.map(fieldErrorText))];
  const text = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  return new ApiError("Invalid", `${groupKind(resource)} "${name}" is invalid: ${text}`, {
    details: {
      ...(name === "" ? {} : { name }),
      ...(resource.group === "" ? {} : { group: resource.group }),
      kind: resource.kind,
      causes: errors.map((error) => ({ reason: error.type, message: error.message, field: error.field })),
    },
  });
};

const fieldErrorText = (error: FieldError): string => `${error.field}: ${error.message}`;

/** Wrong options of a request: 422 on `ListOptions`, `PatchOptions`, … */
export const invalidOptions = (kind: string, errors: readonly FieldError[]): ApiError =>
  invalid({ group: "meta.k8s.io", kind }, "", errors);

export const expired = (message: string): ApiError => new ApiError("Expired", message);

/** client-go lists again from scratch when it meets this cause. */
export const tooLargeVersion = (wanted: number, current: number): ApiError =>
  new ApiError("Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });

export const internal = (message: string): ApiError => new ApiError("InternalError", `Internal error occurred: ${message}`);

/** A value as `field.Error` prints it. */
export const quoted = (value: unknown): string => (value === undefined ? "null" : jsonText(value));

export const invalidValue = (field: string, value: unknown, detail: string): FieldError => ({
  type: "FieldValueInvalid",
  field,
  message: `Invalid value: ${quoted(value)}: ${detail}`,
});
export const requiredValue = (field: string, detail: string): FieldError => ({
  type: "FieldValueRequired",
  field,
  message: detail === "" ? "Required value" : `Required value: ${detail}`,
});
export const forbiddenValue = (field: string, detail: string): FieldError => ({
  type: "FieldValueForbidden",
  field,
  message: `Forbidden: ${detail}`,
});
export const unsupportedValue = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: "FieldValueNotSupported",
  field,
  message: `Unsupported value: ${quoted(value)}: supported values: ${supported.map(quoted).join(", ")}`,
});
