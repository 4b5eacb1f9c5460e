import type { FieldError } from "@slipway/api";
import { invalidValue, requiredValue, unsupportedValue } from "../../registry/errors.ts";
import { sameJson } from "../../registry/object.ts";
import { type Fields, fields, list, type Validate } from "./parts.ts";

/** Roles and their bindings. */

export const validateRole: Validate = (given) =>
  list((given as unknown as Fields)["rules"]).flatMap((value, index) => {
    const rule = fields(value);
    const here = `rules[${index}]`;
    const errors: FieldError[] = [];
    if (list(rule["verbs"]).length === 0) errors.push(requiredValue(`${here}.verbs`, "verbs must contain at least one value"));
    if (list(rule["nonResourceURLs"]).length > 0) {
      if (list(rule["resources"]).length > 0)
        errors.push(
          invalidValue(
            `${here}.nonResourceURLs`,
            rule["nonResourceURLs"],
            "rules cannot apply to both regular resources and non-resource URLs",
          ),
        );
      return errors;
    }
    if (list(rule["apiGroups"]).length === 0)
      errors.push(requiredValue(`${here}.apiGroups`, "resource rules must supply at least one api group"));
    if (list(rule["resources"]).length === 0)
      errors.push(requiredValue(`${here}.resources`, "resource rules must supply at least one resource"));
    return errors;
  });

export const validateBinding =
  (kinds: readonly string[]): Validate =>
  (given, { old }) => {
    const role = fields((given as unknown as Fields)["roleRef"]);
    if (old !== undefined && !sameJson(role, (old as unknown as Fields)["roleRef"]))
      return [invalidValue("roleRef", role, "cannot change roleRef")];
    const errors: FieldError[] = [];
    if (!kinds.includes(String(role["kind"]))) errors.push(unsupportedValue("roleRef.kind", role["kind"] ?? "", kinds));
    if (role["name"] === undefined || role["name"] === "") errors.push(requiredValue("roleRef.name", ""));
    for (const [index, value] of list((given as unknown as Fields)["subjects"]).entries()) {
      const subject = fields(value);
      if (subject["kind"] === "ServiceAccount" && (subject["namespace"] ?? "") === "")
        errors.push(requiredValue(`subjects[${index}].namespace`, ""));
      if ((subject["name"] ?? "") === "") errors.push(requiredValue(`subjects[${index}].name`, ""));
    }
    return errors;
  };
