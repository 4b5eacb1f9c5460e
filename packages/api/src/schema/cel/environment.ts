import { type ASTNode, type Environment, serialize } from "@marcbachmann/cel-js";
import { isLoop, isNode, Spending, stepsOf } from "./cost.ts";
import { createEnvironment, desugared } from "./library.ts";

/** An expression's tree, as far as it can be read. */
export const treeOf = (expression: string): ASTNode | undefined => {
  try {
    return desugared(withOptionalOldSelf.parse(expression).ast);
  } catch {
    return undefined;
  }
};

export interface Program {
  /** True when the expression speaks of what stood there before. */
  readonly usesOldSelf: boolean;
  /** @throws Error with a text for people: no such key, division by zero, … */
  run(variables: { readonly [name: string]: unknown }, spending?: Spending): unknown;
}

/** @throws Error when it is not an expression */
export const compileExpression = (expression: string, options: { optionalOldSelf?: boolean } = {}): Program =>
  compileIn(options.optionalOldSelf ? withOptionalOldSelf : plain, expression);

/** The variables of admission, whatever their values are. */
export const compileWith = (expression: string, variables: readonly string[]): Program => {
  const key = variables.join(" ");
  const environment = withVariables.get(key) ?? running({ variables });
  withVariables.set(key, environment);
  return compileIn(environment, expression);
};

/** What is wrong with it: it cannot be read, names what is not there, or can never be of that type. */
export const errorWith = (
  expression: string,
  variables: readonly string[],
  returns: "bool" | "string" | "dyn",
): string | undefined => {
  const environment = createEnvironment({ self: "dyn", oldSelf: "dyn" });
  for (const name of variables) environment.registerVariable(name, "dyn");
  let result: ReturnType<Environment["check"]>;
  try {
    result = environment.check(serialize(desugared(environment.parse(expression).ast)));
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split("\n")[0];
  }
  if (!result.valid) return result.error?.message.split("\n")[0] ?? "cannot be read";
  const type = String(result.type);
  return returns === "dyn" || type === returns || type === "dyn" ? undefined : `must evaluate to ${returns}, not ${type}`;
};

const compileIn = (environment: Environment, expression: string): Program => {
  const tree = desugared(environment.parse(expression).ast);
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

const running = (options: { readonly oldSelf?: string; readonly variables?: readonly string[] }): Environment => {
  const { oldSelf = "dyn", variables = [] } = options;
  const environment = createEnvironment({ self: "dyn", oldSelf }).registerVariable("spending__", "Spending");
  for (const name of variables) environment.registerVariable(name, "dyn");
  return environment;
};
const plain = running({});
const withOptionalOldSelf = running({ oldSelf: "optional<dyn>" });
/** One for each set of variables; there are three such sets. Only a memo. */
const withVariables = new Map<string, Environment>();
const durationOf = plain.parse("duration(self)");

/** `1h30m` as CEL's duration. */
export const parseDuration = (text: string): unknown => durationOf({ self: text });
