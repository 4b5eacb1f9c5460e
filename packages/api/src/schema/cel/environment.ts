import { type ASTNode, serialize } from "@marcbachmann/cel-js";
import { createEnvironment } from "./library.ts";

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

const plain = createEnvironment({ self: "dyn", oldSelf: "dyn" });
const withOptionalOldSelf = createEnvironment({ self: "dyn", oldSelf: "optional<dyn>" });
const durationOf = plain.parse("duration(self)");

/** `1h30m` as CEL's duration. */
export const parseDuration = (text: string): unknown => durationOf({ self: text });
