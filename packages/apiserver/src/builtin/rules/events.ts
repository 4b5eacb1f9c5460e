import type { FieldError } from "@slipway/api";
import { invalidValue, requiredValue } from "../../registry/errors.ts";
import { at, type Fields, type Validate } from "./parts.ts";

export const validateEvent: Validate = (given) => {
  const about = at(given, "involvedObject.namespace");
  const own = given.metadata.namespace ?? "";
  const fits = about === own || ((about === undefined || about === "") && own === "default");
  return fits ? [] : [invalidValue("involvedObject.namespace", about ?? "", "does not match event.namespace")];
};

/** The newer family asks for all that the older one leaves to chance. */
export const validateNewEvent: Validate = (given, { old }) => {
  if (old !== undefined) return [];
  const event = given as unknown as Fields;
  const errors: FieldError[] = [];
  for (const field of ["eventTime", "reportingController", "reportingInstance", "action", "reason", "type"])
    if (event[field] === undefined || event[field] === "") errors.push(requiredValue(field, ""));
  for (const [field, most] of [
    ["reportingInstance", 128],
    ["action", 128],
    ["reason", 128],
    ["note", 1024],
  ] as const)
    if (String(event[field] ?? "").length > most) errors.push(invalidValue(field, "", `can have at most ${most} characters`));
  if (event["type"] !== undefined && event["type"] !== "Normal" && event["type"] !== "Warning")
    errors.push(invalidValue("type", event["type"], "has invalid value"));
  return errors;
};
