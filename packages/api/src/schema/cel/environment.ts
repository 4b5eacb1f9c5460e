import { type ASTNode, type Environment, serialize } from "@marcbachmann/cel-js";
import { isLoop, isNode, Spending, stepsOf } from "./cost.ts";
import { createEnvironment } from "./library.ts";

export interface Program {
  /** True when the expression speaks of what stood there before. */
  readonly usesOldSelf: boolean;
  /** @throws Error with a text for people: no such key, division by zero, … */
  run(variables: { readonly self: unknown; readonly oldSelf?: unknown }, spending?: Spending): unknown;
}

/** @throws Error when it is not an expression */
export const compileExpression = (expression: string, options: { optionalOldSelf?: boolean } = {}): Program => {
  const environment = options.optionalOldSelf ? withOptionalOldSelf : plain;
  const tree = environment.parse(expression).ast;
  const program = environment.parse(serialize(rewritten(tree) as ASTNode));
  const steps = stepsOf(tree);
  return {
    usesOldSelf: mentions(tree, "oldSelf"),
    run: (variables, spending = new Spending()) => {
      spending.begin(steps);
      return program({ ...variables, spending__: spending });
    },
  };
};

/**
 * An expression is rewritten before it is compiled, since what the library brings cannot be replaced: its `matches` runs on
 * JavaScript's backtracking engine, so ours is called, and loops are to be paid for.
 */
const rewritten = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(rewritten);
  if (!isNode(part)) return part;
  const args = rewritten(part.args);
  if (!Array.isArray(args)) return like(part, args);
  if ((part.op === "rcall" || part.op === "call") && args[0] === "matches")
    return like(part, ["linearMatches", ...args.slice(1)]);
  if (!isLoop(part)) return like(part, args);
  const [name, collection, body] = args;
  return like(part, [name, paidFor(collection, stepsOf((part.args as readonly unknown[])[2])), body]);
};

const like = (node: ASTNode, args: unknown): ASTNode =>
  Object.assign(Object.create(Object.getPrototypeOf(node)), node, { args }) as ASTNode;

const mentions = (part: unknown, name: string): boolean => {
  if (Array.isArray(part)) return part.some((item) => mentions(item, name));
  if (!isNode(part)) return false;
  return (part.op === "id" && part.args === name) || mentions(part.args, name);
};

/** `spending__.loop(collection, steps)` */
const paidFor = (collection: unknown, steps: number): ASTNode => {
  const call = plain.parse(`spending__.loop(self, ${steps})`).ast;
  const [name, spending, [, price]] = call.args as readonly [string, ASTNode, readonly ASTNode[]];
  return like(call, [name, spending, [collection, price]]);
};

const running = (oldSelf: string): Environment =>
  createEnvironment({ self: "dyn", oldSelf }).registerVariable("spending__", "Spending");
const plain = running("dyn");
const withOptionalOldSelf = running("optional<dyn>");
const durationOf = plain.parse("duration(self)");

/** `1h30m` as CEL's duration. */
export const parseDuration = (text: string): unknown => durationOf({ self: text });
