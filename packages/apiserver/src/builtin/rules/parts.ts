import type { FieldError, UnstructuredObject } from "@slipway/api";
import { forbiddenValue, invalidValue, requiredValue } from "../../registry/errors.ts";
import { sameJson } from "../../registry/object.ts";
import type { ResourceRules } from "../../registry/served.ts";

/** What the rules of several kinds are made of. */

export interface Fields {
  readonly [field: string]: unknown;
}
export type Validate = NonNullable<ResourceRules["validate"]>;
export type Prepare = NonNullable<ResourceRules["prepare"]>;

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
export const fields = (value: unknown): Fields => (isFields(value) ? value : {});
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** On create the status is the server's own; on update the registry keeps the live one. */
export const withStatus =
  (status: (object: UnstructuredObject) => Fields): Prepare =>
  (object, old) =>
    old === undefined ? { ...object, status: status(object) } : object;

export const immutable =
  (path: string): Validate =>
  (given, { old }) => {
    if (old === undefined) return [];
    const now = at(given, path);
    return sameJson(now, at(old, path)) ? [] : [invalidValue(path, now, "field is immutable")];
  };

export const at = (object: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), object);

/** What a structured selector may say; null and absent are for the kind to judge. */
export const validateSelector = (path: string, value: unknown): readonly FieldError[] =>
  list(fields(value)["matchExpressions"]).flatMap((each, index) => {
    const { key, operator, values } = fields(each);
    const here = `${path}.matchExpressions[${index}]`;
    const errors: FieldError[] = [];
    if ((key ?? "") === "") errors.push(requiredValue(`${here}.key`, ""));
    const valued = operator === "In" || operator === "NotIn";
    if (valued && list(values).length === 0)
      errors.push(requiredValue(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    else if ((operator === "Exists" || operator === "DoesNotExist") && list(values).length > 0)
      errors.push(forbiddenValue(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    else if (!valued && operator !== "Exists" && operator !== "DoesNotExist")
      errors.push(invalidValue(`${here}.operator`, operator ?? "", "not a valid selector operator"));
    return errors;
  });
