import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { isNode } from "./cost.ts";

/**
 * Macros that the language's library has not: each is said with those it has. `list.all(i, v, p)` is said of the list's entries,
 * `optional.optMap(x, e)` with a name for what it holds.
 */
export const createSugar = (environment: Environment): ((tree: ASTNode) => ASTNode) => {
  const templates = new Map<string, ASTNode>();
  const template = (text: string): ASTNode => {
    const known = templates.get(text) ?? environment.parse(text).ast;
    templates.set(text, known);
    return known;
  };

  const filled = (part: unknown, parts: { readonly [name: string]: unknown }): unknown => {
    if (Array.isArray(part)) return part.map((item) => filled(item, parts));
    if (!isNode(part)) return part;
    if (part.op === "id" && Object.hasOwn(parts, String(part.args))) return parts[String(part.args)];
    return like(part, filled(part.args, parts));
  };

  const plain = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(plain);
    if (!isNode(part)) return part;
    const args = plain(part.args);
    const node = like(part, args);
    // The method is known to the language, the function is ours alone.
    if (part.op === "call" && Array.isArray(args) && args[0] === "matches")
      return like(part, ["linearMatches", ...args.slice(1)]);
    if (part.op !== "rcall" || !Array.isArray(args)) return node;
    const [name, of, given] = args as unknown as readonly [string, ASTNode, readonly ASTNode[]];
    const text = macros[`${name}/${given?.length ?? 0}`];
    if (text === undefined) return node;
    const [first, second, third, fourth] = given;
    return filled(template(text), { R__: of, A__: first, B__: second, C__: third, D__: fourth });
  };
  return (tree) => plain(tree) as ASTNode;
};

/** `cel.bind(k, entry's key, cel.bind(v, entry's value, e))` */
const bound = (expression: string): string => `cel.bind(A__, e__[0], cel.bind(B__, e__[1], ${expression}))`;

const held = (some: string): string => `cel.bind(o__, R__, o__.hasValue() ? ${some} : optional.none())`;

/** By name and number of arguments; R__ is the receiver, A__ to D__ are the arguments. */
const macros: { readonly [call: string]: string } = {
  "all/3": `entries__(R__).all(e__, ${bound("C__")})`,
  "exists/3": `entries__(R__).exists(e__, ${bound("C__")})`,
  "existsOne/3": `entries__(R__).exists_one(e__, ${bound("C__")})`,
  "exists_one/3": `entries__(R__).exists_one(e__, ${bound("C__")})`,
  "existsOne/2": "R__.exists_one(A__, B__)",
  "transformList/3": `entries__(R__).map(e__, ${bound("C__")})`,
  "transformList/4": `entries__(R__).map(e__, ${bound("C__")}, ${bound("D__")})`,
  "transformMap/3": `pairs__(entries__(R__).map(e__, [e__[0], ${bound("C__")}]))`,
  "transformMap/4": `pairs__(entries__(R__).map(e__, ${bound("C__")}, [e__[0], ${bound("D__")}]))`,
  "transformMapEntry/3": `merged__(entries__(R__).map(e__, ${bound("C__")}))`,
  "transformMapEntry/4": `merged__(entries__(R__).map(e__, ${bound("C__")}, ${bound("D__")}))`,
  "sortBy/2": "sorted__(R__, R__.map(A__, B__))",
  "optMap/2": held("optional.of(cel.bind(A__, o__.value(), B__))"),
  "optFlatMap/2": held("cel.bind(A__, o__.value(), B__)"),
};

const like = (node: ASTNode, args: unknown): ASTNode =>
  Object.assign(Object.create(Object.getPrototypeOf(node)), node, { args }) as ASTNode;

/** What those words stand for. */
export const registerSugar = (environment: Environment): void => {
  environment
    .registerFunction("entries__(dyn): list<dyn>", (of: unknown) => entriesOf(of))
    .registerFunction("pairs__(list): map<dyn, dyn>", (pairs: readonly (readonly [unknown, unknown])[]) => new Map(pairs))
    .registerFunction("merged__(list): map<dyn, dyn>", (maps: readonly unknown[]) => {
      const merged = new Map<unknown, unknown>();
      for (const map of maps) {
        for (const [key, value] of entriesOf(map) as readonly (readonly [unknown, unknown])[]) {
          if (merged.has(key)) throw new Error(`insert failed: key ${String(key)} already exists`);
          merged.set(key, value);
        }
      }
      return merged;
    })
    .registerFunction("sorted__(list, list): list<dyn>", (items: readonly unknown[], keys: readonly unknown[]) =>
      items
        .map((item, index) => ({ item, key: keys[index] }))
        .sort((a, b) => order(a.key, b.key))
        .map(({ item }) => item),
    );
};

export const order = (a: unknown, b: unknown): number => {
  const [left, right] = [a, b] as [number, number];
  if (typeof a === "object" && !(a instanceof Date)) throw new Error("list elements must be comparable");
  return left < right ? -1 : left > right ? 1 : 0;
};

const entriesOf = (of: unknown): readonly unknown[] => {
  if (Array.isArray(of)) return of.map((item, index) => [BigInt(index), item]);
  if (of instanceof Map) return [...of.entries()].map(([key, value]) => [key, value]);
  if (typeof of === "object" && of !== null) return Object.entries(of);
  throw new Error("only lists and maps have entries");
};
