import { badRequest, invalidInput } from "../errors.ts";
import type { Attributes, Values } from "./attributes.ts";
import { pythonType } from "./attributes.ts";
import { parsePythonLiteral, pythonRepr, pythonStr } from "./python.ts";

export interface PatchOperation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: string | number | boolean;
}

/** Paths that no client may touch, on any resource. */
const INTERNAL = ["/created_at", "/id", "/links", "/updated_at", "/uuid", "/project_id", "/user_id"];
/** Their values are Python literals in a string: what `str(dict)` prints. */
const LITERALS = new Set(["/labels", "/health_status_reason", "/node_labels", "/node_taints"]);
const OPERATIONS = ["remove", "replace", "add"] as const;

export interface PatchRules {
  /** More paths that may not be touched. */
  readonly internal?: readonly string[];
  /** Paths that may not be removed. */
  readonly mandatory?: readonly string[];
}

/** Reads the body of a PATCH: its shape, before anything is looked up. @throws MagnumError 400 */
export const readPatch = (body: unknown, { internal = [], mandatory = [] }: PatchRules): readonly PatchOperation[] => {
  if (!Array.isArray(body))
    throw invalidInput("patch", pythonStr(body), "Value not a valid list: the patch must be a JSON array");
  return body.map((item) => readOperation(item, [...INTERNAL, ...internal], mandatory));
};

const readOperation = (item: unknown, internal: readonly string[], mandatory: readonly string[]): PatchOperation => {
  if (item === null || typeof item !== "object" || Array.isArray(item))
    throw invalidInput("patch", pythonStr(item), "Value not a valid dict: each operation must be a JSON object");
  const { op, path, value, ...rest } = item as { op?: unknown; path?: unknown; value?: unknown };
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw badRequest(`Unknown attribute for argument patch: ${unknown}`);
  if (path === undefined || path === null) throw invalidInput("path", "None", "Mandatory field missing.");
  if (op === undefined || op === null) throw invalidInput("op", "None", "Mandatory field missing.");
  if (typeof path !== "string" || !/^(\/[\w-]+)+$/.test(path))
    throw invalidInput("path", pythonStr(path), "Value should match the pattern ^(/[\\w-]+)+$");
  if (typeof op !== "string" || !OPERATIONS.some((known) => known === op))
    throw invalidInput("op", pythonStr(op), `Value should be one of: ${OPERATIONS.join(", ")}`);
  if (
    value !== undefined &&
    value !== null &&
    typeof value !== "boolean" &&
    typeof value !== "string" &&
    !Number.isInteger(value)
  )
    throw invalidInput(
      "value",
      pythonStr(value),
      `Wrong type. Expected '(<class 'str'>, <class 'int'>)', got '${pythonType(value)}'`,
    );
  if (internal.includes(path)) throw badRequest(`'${path}' is an internal attribute and can not be updated`);
  if (op === "remove") {
    if (mandatory.includes(path)) throw badRequest(`'${path}' is a mandatory attribute and can not be removed`);
    return { op, path };
  }
  if (value === undefined || value === null) throw badRequest("'add' and 'replace' operations needs value");
  return { op: op as "add" | "replace", path, value: value as string | number | boolean };
};

/**
 * The document after the patch. Attributes stored as null are in `document` with null; removing an attribute that has a default
 * puts the default back. @throws MagnumError 400
 */
export const applyPatch = (document: Values, patch: readonly PatchOperation[], attributes: Attributes): Values =>
  patch.reduce((current, operation) => applyOperation(current, operation, patch, attributes), document);

const applyOperation = (
  document: Values,
  operation: PatchOperation,
  patch: readonly PatchOperation[],
  attributes: Attributes,
): Values => {
  const failed = (reason: string) =>
    badRequest(
      `Couldn't apply patch '${pythonRepr(patch.map(({ op, path, value }) => ({ path, op, ...(value === undefined ? {} : { value }) })))}'. Reason: ${reason}`,
    );
  const [root = "", ...below] = operation.path.slice(1).split("/");
  const present = Object.hasOwn(document, root) && Object.hasOwn(attributes, root);
  if (below.length > 0) return { ...document, [root]: inside(document[root], below, operation, failed) };
  switch (operation.op) {
    case "add":
      if (!present) throw failed(`Adding a new attribute (${operation.path}) to the root of the resource is not allowed`);
      if (document[root] !== null)
        throw failed(`The attribute ${operation.path} has existed, please use 'replace' operation instead.`);
      return { ...document, [root]: literal(operation, failed) };
    case "replace":
      if (!present) throw failed(`can't replace a non-existent object '${root}'`);
      return { ...document, [root]: literal(operation, failed) };
    case "remove":
      if (!present) throw failed(`can't remove a non-existent object '${root}'`);
      return { ...document, [root]: attributes[root]?.default ?? null };
  }
};

const literal = ({ path, value }: PatchOperation, failed: (reason: string) => Error): unknown => {
  if (!LITERALS.has(path) || typeof value !== "string") return value;
  try {
    return parsePythonLiteral(value);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
};

/** `/labels/<key>`: the only maps there are have one level. */
const inside = (
  parent: unknown,
  [key = "", ...deeper]: readonly string[],
  { op, value }: PatchOperation,
  failed: (reason: string) => Error,
): unknown => {
  if (parent === null || typeof parent !== "object" || Array.isArray(parent) || deeper.length > 0)
    throw failed(`member '${key}' not found in ${pythonRepr(parent)}`);
  const map = parent as { readonly [key: string]: unknown };
  if (op !== "add" && !Object.hasOwn(map, key)) throw failed(`can't ${op} a non-existent object '${key}'`);
  if (op === "remove") return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
  return { ...map, [key]: value };
};
