import { ApiError, type DeleteOptions, type FieldError, jsonText, type ListOptions } from "@slipway/api";
import type { RegistryDeleteOptions, RegistryWatchOptions, RegistryWriteOptions } from "../registry/registry.ts";
import { isObject } from "./body.ts";

/** Query parameters and DeleteOptions as the registry takes them. What cannot be read is refused; what is unknown is passed over. */

export const listOptions = (query: URLSearchParams, namespace: string): ListOptions => ({
  ...selection(query, namespace),
  ...optional("limit", integer(query, "limit")),
  ...optional("continue", nonEmpty(query, "continue")),
  ...optional("resourceVersion", nonEmpty(query, "resourceVersion")),
  ...optional("resourceVersionMatch", nonEmpty(query, "resourceVersionMatch") as ListOptions["resourceVersionMatch"]),
});

/** Half an hour to an hour, so that clients do not all come back at once. */
const defaultWatchSeconds = (random: () => number): number => Math.floor(1800 * (1 + random()));

export const watchOptions = (
  query: URLSearchParams,
  namespace: string,
  name: string,
  random: () => number,
): RegistryWatchOptions => {
  const timeoutSeconds = integer(query, "timeoutSeconds");
  const resourceVersion = nonEmpty(query, "resourceVersion");
  const initial = query.get("sendInitialEvents");
  if (initial !== null && initial !== "" && query.get("resourceVersionMatch") !== "NotOlderThan")
    throw invalidOptions("ListOptions", [
      {
        type: "FieldValueForbidden",
        field: "resourceVersionMatch",
        message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      },
    ]);
  return {
    ...selection(query, namespace, name),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...optional("resourceVersionMatch", nonEmpty(query, "resourceVersionMatch")),
    ...(initial === null || initial === "" ? {} : { sendInitialEvents: goBoolean(initial, "sendInitialEvents") }),
    allowWatchBookmarks: flag(query, "allowWatchBookmarks"),
    timeoutSeconds: timeoutSeconds === undefined || timeoutSeconds <= 0 ? defaultWatchSeconds(random) : timeoutSeconds,
  };
};

const selection = (query: URLSearchParams, namespace: string, name = "") => {
  const fieldSelector = nonEmpty(query, "fieldSelector");
  if (name !== "" && fieldSelector !== undefined && fieldSelector !== `metadata.name=${name}`)
    throw new ApiError("BadRequest", "fieldSelector metadata.name doesn't match requested name");
  return {
    ...(namespace === "" ? {} : { namespace }),
    ...optional("labelSelector", nonEmpty(query, "labelSelector")),
    ...optional("fieldSelector", name === "" ? fieldSelector : `metadata.name=${name}`),
  };
};

export const writeOptions = (query: URLSearchParams, userAgent: string | undefined, kind: string): RegistryWriteOptions => {
  const dryRun = query.getAll("dryRun");
  const fieldValidation = query.get("fieldValidation");
  const errors: FieldError[] = [];
  if (dryRun.some((value) => value !== "All" && value !== "")) errors.push(unsupported("dryRun", dryRun.join(","), ["All"]));
  if (fieldValidation !== null && !validations.includes(fieldValidation))
    errors.push(unsupported("fieldValidation", fieldValidation, ["", "Ignore", "Strict", "Warn"]));
  if (errors.length > 0) throw invalidOptions(kind, errors);
  const force = query.get("force");
  return {
    fieldManager: nonEmpty(query, "fieldManager") ?? managerOf(userAgent),
    dryRun: dryRun.includes("All"),
    fieldValidation: fieldValidation === null || fieldValidation === "" ? "Warn" : (fieldValidation as "Warn"),
    ...(force === null ? {} : { force: goBoolean(force, "force") }),
  };
};

const validations = ["", "Ignore", "Warn", "Strict"];

/** Who did not say who they are is known by the first word of their User-Agent. */
const managerOf = (userAgent: string | undefined): string => {
  const name = (userAgent ?? "").split("/", 1)[0] ?? "";
  return [...name].filter((letter) => letter >= " " && letter !== "\u007f").join("") || "unknown";
};

export const deleteOptions = (body: unknown, query: URLSearchParams): RegistryDeleteOptions => {
  const sent = isObject(body) ? body : {};
  const policy = sent["propagationPolicy"] ?? nonEmpty(query, "propagationPolicy");
  const grace = sent["gracePeriodSeconds"] ?? integer(query, "gracePeriodSeconds");
  const orphan = sent["orphanDependents"] ?? (query.has("orphanDependents") ? flag(query, "orphanDependents") : undefined);
  const dryRun = Array.isArray(sent["dryRun"]) ? sent["dryRun"] : query.getAll("dryRun");
  const preconditions = isObject(sent["preconditions"]) ? sent["preconditions"] : undefined;
  const errors: FieldError[] = [];
  if (policy !== undefined && !policies.includes(policy))
    errors.push(unsupported("propagationPolicy", String(policy), [...policies, "nil"]));
  if (dryRun.some((value) => value !== "All")) errors.push(unsupported("dryRun", dryRun.join(","), ["All"]));
  if (errors.length > 0) throw invalidOptions("DeleteOptions", errors);
  return {
    ...(policy === undefined ? {} : { propagationPolicy: policy as DeleteOptions["propagationPolicy"] }),
    ...(typeof grace === "number" || typeof grace === "bigint" ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(typeof orphan === "boolean" ? { orphanDependents: orphan } : {}),
    ...(preconditions === undefined ? {} : { preconditions: preconditions as DeleteOptions["preconditions"] }),
    dryRun: dryRun.includes("All"),
  };
};

const policies: readonly unknown[] = ["Foreground", "Background", "Orphan"];

const unsupported = (field: string, value: string, supported: readonly unknown[]): FieldError => ({
  type: "FieldValueNotSupported",
  field,
  message: `Unsupported value: ${jsonText(value)}: supported values: ${supported.map((each) => jsonText(each)).join(", ")}`,
});

const invalidOptions = (kind: string, errors: readonly FieldError[]): ApiError => {
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  return new ApiError(
    "Invalid",
    `${kind}.meta.k8s.io "" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`}`,
    {
      details: {
        group: "meta.k8s.io",
        kind,
        causes: errors.map(({ type, message, field }) => ({ reason: type, message, field })),
      },
    },
  );
};

const nonEmpty = (query: URLSearchParams, key: string): string | undefined => {
  const value = query.get(key);
  return value === null || value === "" ? undefined : value;
};

const integer = (query: URLSearchParams, key: string): number | undefined => {
  const value = nonEmpty(query, key);
  if (value === undefined) return undefined;
  if (!/^-?\d+$/.test(value))
    throw new ApiError("BadRequest", `strconv.ParseInt: parsing ${jsonText(value)}: invalid syntax (query parameter ${key})`);
  return Number(value);
};

/** Lenient: present and not plainly false is true. */
const flag = (query: URLSearchParams, key: string): boolean => {
  const value = query.get(key);
  return value !== null && value !== "" && value !== "false" && value !== "0";
};

const goBoolean = (value: string, key: string): boolean => {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(value)) return true;
  if (["0", "f", "F", "false", "FALSE", "False", ""].includes(value)) return false;
  throw new ApiError("BadRequest", `strconv.ParseBool: parsing ${jsonText(value)}: invalid syntax (query parameter ${key})`);
};

const optional = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
