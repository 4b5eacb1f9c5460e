import { type ASTNode, Environment, serialize } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { compilePattern } from "../pattern.ts";
import { deepEqual } from "./equality.ts";
import { registerQuantity } from "./quantity.ts";

export interface Program {
  /** True when the expression speaks of what stood there before. */
  readonly usesOldSelf: boolean;
  /** @throws Error with a text for people: no such key, division by zero, … */
  run(variables: { readonly self: unknown; readonly oldSelf?: unknown }): unknown;
}

/** @throws Error when it is not an expression */
export const compileExpression = (expression: string, options: { optionalOldSelf?: boolean } = {}): Program => {
  const environment = options.optionalOldSelf ? withOptionalOldSelf : plain;
  const tree = environment.parse(expression).ast;
  const program = environment.parse(serialize(withLinearMatching(tree)));
  return {
    usesOldSelf: mentions(tree, "oldSelf"),
    run: (variables) => program({ ...variables }),
  };
};

type List = readonly unknown[];
const listOf = (list: unknown): List => (Array.isArray(list) ? list : [...(list as Iterable<unknown>)]);
const less = (a: unknown, b: unknown): boolean => (a as number) < (b as number);

/** CEL as Kubernetes speaks it: the standard functions, optionals, and the libraries that rules in CRDs may count on. */
const createEnvironment = (oldSelf: string): Environment => {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 20_000, maxDepth: 200, maxListElements: 10_000, maxMapEntries: 10_000, maxCallArguments: 64 },
  })
    .registerVariable("self", "dyn")
    .registerVariable("oldSelf", oldSelf)
    .registerFunction("string.linearMatches(string): bool", (text: string, pattern: string) => compilePattern(pattern)(text))
    .registerFunction("linearMatches(string, string): bool", (text: string, pattern: string) => compilePattern(pattern)(text))
    .registerFunction("string.find(string): string", (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? "")
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) => findAll(text, pattern))
    .registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) =>
      findAll(text, pattern, Number(limit)),
    )
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, to),
    )
    .registerFunction("string.charAt(int): string", (text: string, index: bigint) => [...text][Number(index)] ?? "")
    .registerFunction("list.isSorted(): bool", (list: List) => {
      const items = listOf(list);
      return items.every((item, index) => index === 0 || !less(item, items[index - 1]));
    })
    .registerFunction("list.sum(): dyn", (list: List) => {
      const items = listOf(list) as readonly bigint[];
      return items.length === 0 ? 0n : items.reduce((a, b) => a + b);
    })
    .registerFunction("list.min(): dyn", (list: List) => best(list, less))
    .registerFunction("list.max(): dyn", (list: List) => best(list, (a, b) => less(b, a)))
    .registerFunction("list.indexOf(dyn): int", (list: List, item: unknown) =>
      BigInt(listOf(list).findIndex((other) => deepEqual(other, item))),
    )
    .registerFunction("list.lastIndexOf(dyn): int", (list: List, item: unknown) =>
      BigInt(listOf(list).findLastIndex((other) => deepEqual(other, item))),
    )
    .registerFunction("isURL(string): bool", (text: string) => URL.canParse(text));
  registerQuantity(environment);
  return environment;
};

const findAll = (text: string, pattern: string, limit = -1): string[] => {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
};

const best = (list: List, better: (a: unknown, b: unknown) => boolean): unknown => {
  const items = listOf(list);
  if (items.length === 0) throw new Error("min/max called on empty list");
  return items.reduce((winner, item) => (better(item, winner) ? item : winner));
};

/**
 * The library's `matches` runs on JavaScript's backtracking engine and cannot be replaced, so an expression is rewritten to call
 * ours before it is compiled.
 */
const withLinearMatching = (tree: ASTNode): ASTNode => rewritten(tree) as ASTNode;

const rewritten = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(rewritten);
  if (!isNode(part)) return part;
  const args = rewritten(part.args);
  const renamed =
    (part.op === "rcall" || part.op === "call") && Array.isArray(args) && args[0] === "matches"
      ? ["linearMatches", ...args.slice(1)]
      : args;
  return Object.assign(Object.create(Object.getPrototypeOf(part)), part, { args: renamed });
};

const isNode = (part: unknown): part is { readonly op: string; readonly args: unknown } =>
  typeof part === "object" && part !== null && "op" in part && "args" in part;

const mentions = (part: unknown, name: string): boolean => {
  if (Array.isArray(part)) return part.some((item) => mentions(item, name));
  if (!isNode(part)) return false;
  return (part.op === "id" && part.args === name) || mentions(part.args, name);
};

const plain = createEnvironment("dyn");
const withOptionalOldSelf = createEnvironment("optional<dyn>");
const durationOf = plain.parse("duration(self)");

/** `1h30m` as CEL's duration. */
export const parseDuration = (text: string): unknown => durationOf({ self: text });
