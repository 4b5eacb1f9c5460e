import type { AnswerOf, Door } from "../../contract/index.ts";
import type { SignedVisit, Visit } from "./exchange.ts";
import { Fault } from "./fault.ts";

/** Doors that may be used by somebody who is not signed in. */
export type OpenDoor = "GET /api/session" | "POST /api/session";

/** What each door of the contract does: a visit in, the contract's answer out. `undefined` is answered 204. */
export type Doors = {
  readonly [D in Door]: (visit: D extends OpenDoor ? Visit : SignedVisit) => Promise<AnswerOf<D>>;
};

/** A session whose token has ended may do this, and nothing else. */
export const doorsWithoutToken: ReadonlySet<string> = new Set<Door>(["POST /api/session/renew", "DELETE /api/session"]);
/** These need no project. */
export const doorsWithoutProject: ReadonlySet<string> = new Set<Door>([
  "POST /api/session/renew",
  "DELETE /api/session",
  "GET /api/session/projects",
  "POST /api/session/project",
]);

export interface FoundDoor {
  readonly door: Door;
  readonly params: { readonly [name: string]: string };
}

/** Finds the door of a method and a path; literal parts win over parameters. @throws Fault notFound, invalid (405) */
export const createDoorFinder = (doors: readonly string[]): ((method: string, path: string) => FoundDoor) => {
  const known = doors.map((door) => {
    const [method = "", path = ""] = door.split(" ");
    return { door: door as Door, method, parts: path.split("/") };
  });
  return (method, path) => {
    const given = path.split("/");
    const here = known
      .filter(
        ({ parts }) => parts.length === given.length && parts.every((part, at) => part.startsWith(":") || part === given[at]),
      )
      .toSorted((a, b) => parameters(a.parts) - parameters(b.parts));
    if (here.length === 0) throw new Fault("notFound", "There is no such door.");
    const found = here.find((one) => one.method === method);
    if (found === undefined)
      throw new Fault("invalid", `Here are only ${here.map((one) => one.method).join(", ")}.`, { status: 405 });
    const params: { [name: string]: string } = {};
    for (const [at, part] of found.parts.entries()) if (part.startsWith(":")) params[part.slice(1)] = decode(given[at] ?? "");
    return { door: found.door, params };
  };
};

const parameters = (parts: readonly string[]): number => parts.filter((part) => part.startsWith(":")).length;

/** Ids go into other services' paths: nothing that could leave its place there. @throws Fault notFound */
const decode = (part: string): string => {
  let text: string;
  try {
    text = decodeURIComponent(part);
  } catch {
    throw new Fault("notFound", "There is no such thing.");
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/.test(text)) throw new Fault("notFound", "There is no such thing.");
  return text;
};
