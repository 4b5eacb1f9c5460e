import { badRequest, RoutingError } from "../errors.ts";

const LARGEST = 1024 * 1024;

/** The body of a request as JSON. @throws MagnumError 400, RoutingError 415 */
export const readJson = async (request: Request): Promise<unknown> => {
  const text = await request.text();
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (text !== "" && type !== undefined && type !== "" && type !== "application/json" && !type.endsWith("+json"))
    throw new RoutingError(415, "Unsupported Media Type");
  if (text.length > LARGEST) throw badRequest("Request is too large");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest("Request is not in valid JSON format");
  }
};
