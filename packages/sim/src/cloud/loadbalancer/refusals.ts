import { type Answer, Refusal } from "../http/call.ts";

/** Octavia's way to say no. */
export const loadBalancerRefusal = (refusal: Refusal): Answer => ({
  status: refusal.status,
  body: {
    faultcode: refusal.status >= 500 && refusal.status !== 501 ? "Server" : "Client",
    faultstring: refusal.message,
    debuginfo: null,
  },
  headers: refusal.headers,
});

export const bad = (message: string): Refusal => new Refusal(400, message);
export const failure = (message: string): Refusal => bad(`Validation failure: ${message}`);
export const conflict = (message: string): Refusal => new Refusal(409, message);
export const notFound = (what: string, id: string): Refusal => new Refusal(404, `${what} ${id} not found.`);
export const immutable = (what: string, id: string): Refusal => conflict(`${what} ${id} is immutable and cannot be updated.`);
export const denied = (): Refusal => new Refusal(403, "Policy does not allow this request to be performed.");
export const overQuota = (what: string): Refusal => new Refusal(403, `Quota has been met for resources: ${what}`);
export const invalidField = (field: string, value: unknown, why: string): Refusal =>
  bad(
    `Invalid input for field/attribute ${field}. Value: '${value === undefined || value === null ? "None" : String(value)}'. ${why}`,
  );
export const mandatory = (field: string): Refusal => invalidField(field, undefined, "Mandatory field missing.");
