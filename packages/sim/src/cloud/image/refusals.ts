import { type Answer, Refusal } from "../http/call.ts";
import { titleOf } from "../http/titles.ts";

/** Glance's way to say no: HTML line breaks inside JSON, and the code with its title. */
export const imageRefusal = (refusal: Refusal): Answer => {
  const title = titleOf(refusal.status);
  return {
    status: refusal.status,
    body: { message: `${refusal.message}<br /><br />\n\n\n`, code: `${refusal.status} ${title}`, title },
    headers: refusal.headers,
  };
};

export const imageUnauthorized = (identityUrl: string) => (): Answer =>
  imageRefusal(
    new Refusal(
      401,
      "This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.",
      undefined,
      { "www-authenticate": `Keystone uri="${identityUrl}/v3"` },
    ),
  );

export const imageNotFound = (id: string): Refusal => new Refusal(404, `No image found with ID ${id}`);
export const imageForbidden = (message: string): Refusal => new Refusal(403, message);
