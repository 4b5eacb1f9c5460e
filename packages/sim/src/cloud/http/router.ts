import type { Answer, Call } from "./call.ts";

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** `/servers/:id/action` and the methods it knows. */
export interface Routes {
  readonly [pattern: string]: { readonly [method: string]: Handler };
}

interface Node {
  readonly fixed: Map<string, Node>;
  param: Node | undefined;
  methods: { readonly [method: string]: Handler } | undefined;
  names: readonly string[];
}

export type Found =
  | { readonly found: "handler"; readonly handler: Handler; readonly params: { readonly [name: string]: string } }
  | { readonly found: "other methods"; readonly methods: readonly string[] }
  | { readonly found: "nothing" };

const node = (): Node => ({ fixed: new Map(), param: undefined, methods: undefined, names: [] });
const decode = (segment: string): string => {
  try {
    return segment.includes("%") ? decodeURIComponent(segment) : segment;
  } catch {
    return segment;
  }
};

/** A fixed segment wins over a parameter; empty segments (a trailing slash) do not count. */
export const createRouter = (...tables: readonly Routes[]): ((method: string, path: string) => Found) => {
  const root = node();
  for (const routes of tables) {
    for (const [pattern, methods] of Object.entries(routes)) {
      let at = root;
      const names: string[] = [];
      for (const segment of pattern.split("/")) {
        if (segment === "") continue;
        if (segment.startsWith(":")) {
          names.push(segment.slice(1));
          at.param ??= node();
          at = at.param;
        } else {
          const next = at.fixed.get(segment) ?? node();
          at.fixed.set(segment, next);
          at = next;
        }
      }
      at.methods = { ...at.methods, ...methods };
      at.names = names;
    }
  }

  const walk = (at: Node, segments: readonly string[], from: number, values: string[]): Node | undefined => {
    if (from === segments.length) return at.methods ? at : undefined;
    const segment = segments[from] ?? "";
    const fixed = at.fixed.get(segment);
    const found = fixed && walk(fixed, segments, from + 1, values);
    if (found) return found;
    if (!at.param) return undefined;
    values.push(segment);
    const below = walk(at.param, segments, from + 1, values);
    if (!below) values.pop();
    return below;
  };

  return (method, path) => {
    const segments: string[] = [];
    for (const segment of path.split("/")) if (segment !== "") segments.push(decode(segment));
    const values: string[] = [];
    const found = walk(root, segments, 0, values);
    if (!found?.methods) return { found: "nothing" };
    const handler = found.methods[method] ?? (method === "HEAD" ? found.methods["GET"] : undefined);
    if (!handler) return { found: "other methods", methods: Object.keys(found.methods) };
    const params: { [name: string]: string } = {};
    for (const [i, name] of found.names.entries()) params[name] = values[i] ?? "";
    return { found: "handler", handler, params };
  };
};
