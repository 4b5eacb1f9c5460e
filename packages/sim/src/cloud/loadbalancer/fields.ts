import type { CloudContext } from "../context.ts";
import { type Json, numberOf, textOf, textsOf } from "../http/json.ts";
import { time } from "../ids.ts";
import { invalidField, mandatory } from "./refusals.ts";

export const oneOf = (field: string, value: unknown, allowed: readonly string[]): string => {
  if (value === undefined || value === null) throw mandatory(field);
  if (!allowed.includes(String(value))) throw invalidField(field, value, `Value should be one of: ${allowed.join(", ")}`);
  return String(value);
};
export const portOf = (field: string, value: unknown, smallest = 1): number => {
  if (value === undefined || value === null) throw mandatory(field);
  const port = numberOf(value);
  if (port === undefined || !Number.isInteger(port)) throw invalidField(field, value, "Value should be an integer.");
  if (port < smallest) throw invalidField(field, value, `Value should be greater or equal to ${smallest}`);
  if (port > 65535) throw invalidField(field, value, "Value should be lower or equal to 65535");
  return port;
};

/** What all children begin with. */
export const common = (context: CloudContext, given: Json, projectId: string) => ({
  id: context.ids.uuid(),
  project_id: projectId,
  name: textOf(given["name"]) ?? "",
  provisioning_status: "PENDING_CREATE" as const,
  admin_state_up: given["admin_state_up"] !== false,
  tags: textsOf(given["tags"]),
  created_at: time.plain(context.clock.now()),
  updated_at: null,
});
export const flagOf = (value: unknown, otherwise: boolean): boolean => (typeof value === "boolean" ? value : otherwise);
