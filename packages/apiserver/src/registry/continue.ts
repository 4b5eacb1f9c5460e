import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { badRequest } from "./errors.ts";

/** Where a list goes on: after the key `start`, at `revision` (negative: at whatever revision is current then). */
export interface ContinueToken {
  readonly revision: number;
  readonly start: string;
}

export const encodeContinue = ({ revision, start }: ContinueToken): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(jsonText({ v: "meta.k8s.io/v1", rv: revision, start: `${start}\u0000` }))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** @throws ApiError BadRequest */
export const decodeContinue = (token: string): ContinueToken => {
  const content = parse(token);
  if (content.v !== "meta.k8s.io/v1") {
    throw badRequest(
      `invalid continue token: continue key is not valid: server does not recognize this encoded version ${jsonText(content.v ?? "")}`,
    );
  }
  if (typeof content.rv !== "number" || content.rv === 0 || typeof content.start !== "string" || content.start === "") {
    throw badRequest(
      "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
    );
  }
  if (content.start.split("/").includes(".."))
    throw badRequest(`invalid continue token: continue key is not valid: ${content.start}`);
  return { revision: content.rv, start: content.start.endsWith("\u0000") ? content.start.slice(0, -1) : content.start };
};

const parse = (token: string): { v?: unknown; rv?: unknown; start?: unknown } => {
  try {
    const bytes = Uint8Array.from(atob(token.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
    const content: unknown = parseJson(new TextDecoder().decode(bytes));
    if (typeof content === "object" && content !== null) return content;
  } catch {
    // Answered below, with the rest of what is no token.
  }
  throw badRequest("invalid continue token: continue key is not valid: the token cannot be decoded");
};
