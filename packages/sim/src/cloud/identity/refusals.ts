import { type Answer, Refusal } from "../http/call.ts";

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** Keystone's way to say no. */
export const identityRefusal = (refusal: Refusal): Answer => ({
  status: refusal.status,
  body: { error: { code: refusal.status, message: refusal.message, title: titles[refusal.status] ?? "Error" } },
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
