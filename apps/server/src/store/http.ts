import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isAbsolute } from "node:path";
import type { StoreControl } from "./control.ts";

const largestBodyBytes = 64 * 1024;

/** Wrong of whoever asks: 400. */
class AskingError extends Error {}

/**
 * `/control/…`: what only the machine's operator may do. Whoever can read the home's `run.json` (0600) has the token; nobody else does.
 *
 * @returns whether the request was one of these, and was answered
 */
export const serveControl =
  (control: StoreControl | undefined, token: string) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (!path.startsWith("/control/")) return false;
    const answer = (status: number, body: object): true => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(body));
      return true;
    };
    if (!isSame(request.headers.authorization ?? "", `Bearer ${token}`)) {
      return answer(401, { error: "This needs the token of the home's run.json. Use the slipway command." });
    }
    if (control === undefined) {
      return answer(409, { error: "The objects are in etcd: use etcdctl's snapshot and defrag, and see the operator guide." });
    }
    try {
      const result = await act(control, `${request.method} ${path}`, await readJson(request));
      return result === undefined ? answer(404, { error: `There is no ${request.method} ${path}.` }) : answer(200, result);
    } catch (error) {
      return answer(error instanceof AskingError ? 400 : 500, { error: error instanceof Error ? error.message : String(error) });
    }
  };

const act = async (
  control: StoreControl,
  what: string,
  { file, withoutSecrets, forgetOldKeys }: { readonly [name: string]: unknown },
): Promise<object | undefined> => {
  switch (what) {
    case "GET /control/store":
      return control.status();
    case "POST /control/snapshot":
      if (typeof file !== "string" || !isAbsolute(file)) throw new AskingError("file must be an absolute path");
      return control.snapshot(file, { withoutSecrets: withoutSecrets === true });
    case "POST /control/compact":
      return control.compact();
    case "POST /control/secrets/rotate":
      return control.rotate({ forgetOldKeys: forgetOldKeys === true });
    default:
      return undefined;
  }
};

/** Takes as long for a wrong text as for the right one. */
const isSame = (given: string, wanted: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
};

const readJson = async (request: IncomingMessage): Promise<{ readonly [name: string]: unknown }> => {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > largestBodyBytes) throw new AskingError("the body is too large");
  }
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as { readonly [name: string]: unknown };
  } catch {
    // Said below.
  }
  throw new AskingError("the body must be a JSON object");
};
