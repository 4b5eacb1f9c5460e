import { type Answer, Refusal } from "../http/call.ts";

/** Neutron's way to say no: the exception's class, its message, and an always empty detail. */
export const networkRefusal = (refusal: Refusal): Answer => ({
  status: refusal.status,
  body: { NeutronError: { type: refusal.type ?? typeOf(refusal.status), message: refusal.message, detail: "" } },
  headers: refusal.headers,
});

const typeOf = (status: number): string =>
  ({ 400: "HTTPBadRequest", 404: "HTTPNotFound", 405: "HTTPMethodNotAllowed", 409: "Conflict", 503: "ServiceUnavailable" })[
    status
  ] ?? "HTTPInternalServerError";

export const badRequest = (message: string): Refusal => new Refusal(400, message, "HTTPBadRequest");
export const invalidInput = (message: string): Refusal =>
  new Refusal(400, `Invalid input for operation: ${message}`, "InvalidInput");
export const conflict = (type: string, message: string): Refusal => new Refusal(409, message, type);
export const overQuota = (resource: string): Refusal =>
  new Refusal(409, `Quota exceeded for resources: ['${resource}'].`, "OverQuota");
export const policy = (...rules: readonly string[]): Refusal =>
  new Refusal(403, `(${rules.map((rule) => `rule:${rule}`).join(" and ")}) is disallowed by policy`, "PolicyNotAuthorized");
export const notFoundOf =
  (type: string, what: string, end = " could not be found.") =>
  (id: string): Refusal =>
    new Refusal(404, `${what} ${id}${end}`, type);

export const networkNotFound = notFoundOf("NetworkNotFound", "Network");
export const subnetNotFound = notFoundOf("SubnetNotFound", "Subnet");
export const portNotFound = notFoundOf("PortNotFound", "Port");
export const routerNotFound = notFoundOf("RouterNotFound", "Router", " could not be found");
export const floatingIpNotFound = notFoundOf("FloatingIPNotFound", "Floating IP", " could not be found");
export const securityGroupNotFound = notFoundOf("SecurityGroupNotFound", "Security group", " does not exist");
export const securityGroupRuleNotFound = notFoundOf("SecurityGroupRuleNotFound", "Security group rule", " does not exist");
export const trunkNotFound = notFoundOf("TrunkNotFound", "Trunk");
