import { type Answer, Refusal } from "../http/call.ts";
import { titleOf } from "../http/titles.ts";

/** Keystone's way to say no. */
export const identityRefusal = (refusal: Refusal): Answer => ({
  status: refusal.status,
  body: { error: { code: refusal.status, message: refusal.message, title: titleOf(refusal.status) } },
  headers: refusal.headers,
});

export const unauthorizedMessage = "The request you have made requires authentication.";
export const unauthorized = (identityUrl: string): Refusal =>
  new Refusal(401, unauthorizedMessage, undefined, { "www-authenticate": `Keystone uri="${identityUrl}/v3"` });

/** keystonemiddleware's answer in front of every other service. */
export const middlewareUnauthorized = (identityUrl: string) => (): Answer => ({
  status: 401,
  body: { error: { code: 401, title: "Unauthorized", message: unauthorizedMessage } },
  headers: { "www-authenticate": `Keystone uri="${identityUrl}/v3"` },
});

export const notFound = (what: string, id: string): Refusal => new Refusal(404, `Could not find ${what}: ${id}.`);
export const forbidden = (action: string): Refusal =>
  new Refusal(403, `You are not authorized to perform the requested action: ${action}.`);
export const missing = (property: string): Refusal => new Refusal(400, `'${property}' is a required property`);
export const duplicate = (kind: string, name: string): Refusal =>
  new Refusal(409, `Conflict occurred attempting to store ${kind} - Duplicate entry found with name ${name}.`);
