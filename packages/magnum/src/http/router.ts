import { badRequest, RoutingError } from "./errors.ts";
import type { Route } from "./exchange.ts";
import type { Minor } from "./microversion.ts";

export interface Match {
  readonly route: Route;
  readonly params: { readonly [name: string]: string };
}

/** Finds the route for a path below `/v1`. Literal parts win over parameters. @throws RoutingError 404, 405, 406 */
export const createRouter = (routes: readonly Route[]) => {
  const known = routes.map((route) => ({ route, parts: route.path.split("/") }));
  return (method: string, path: readonly string[], minor: Minor): Match => {
    const here = known
      .filter(({ parts }) => parts.length === path.length && parts.every((part, at) => part.startsWith(":") || part === path[at]))
      .toSorted((a, b) => parameters(a.parts) - parameters(b.parts));
    const best = here[0];
    if (best === undefined) throw new RoutingError(404, "Not Found");
    const samePath = here.filter(({ route }) => route.path === best.route.path);
    const found = samePath.find(({ route }) => route.method === method);
    if (found === undefined) {
      const allowed = samePath.map(({ route }) => route.method).toSorted();
      throw new RoutingError(405, "Method Not Allowed", "", { Allow: allowed.join(", ") });
    }
    const { since } = found.route;
    if (since !== undefined && minor < since.minor)
      throw new RoutingError(
        406,
        "Not Acceptable",
        `Version 1.${minor} was requested but the requested API ${since.name} is not supported for this version.`,
      );
    const params = Object.fromEntries(
      found.parts.flatMap((part, at) => (part.startsWith(":") ? [[part.slice(1), path[at] ?? ""]] : [])),
    );
    return { route: found.route, params };
  };
};

const parameters = (parts: readonly string[]): number => parts.filter((part) => part.startsWith(":")).length;

/** @throws MagnumError 400 for a parameter that the route does not take */
export const readQuery = (search: URLSearchParams, route: Route): { readonly [name: string]: string } => {
  for (const name of search.keys()) if (!route.query?.includes(name)) throw badRequest(`Unknown argument: "${name}"`);
  return Object.fromEntries(search);
};
