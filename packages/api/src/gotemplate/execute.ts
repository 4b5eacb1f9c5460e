import type { Command, Node, Operand, Pipe, Template } from "./parse.ts";
import { type Functions, isTruthy, printed } from "./values.ts";

interface Scope {
  readonly dot: unknown;
  readonly variables: Map<string, unknown>;
  readonly parent: Scope | undefined;
}

/** Ends a turn of `range`, or all of them. */
class LoopSignal extends Error {
  readonly ends: boolean;
  constructor(ends: boolean) {
    super(ends ? "break" : "continue");
    this.ends = ends;
  }
}

/** Far above what any template needs; one that goes on for ever is ended. */
const maxSteps = 100_000;
const maxDepth = 100;

/**
 * What a template makes of `data`, as Go's text/template with its default for missing keys: `<no value>`.
 * @throws Error with what failed
 */
export const executeTemplate = (template: Template, data: unknown, functions: Functions): string => {
  let text = "";
  let steps = 0;
  let depth = 0;

  const run = (nodes: readonly Node[], scope: Scope): void => {
    for (const node of nodes) {
      steps += 1;
      if (steps > maxSteps) throw new Error(`template: more than ${maxSteps} steps`);
      runNode(node, scope);
    }
  };

  const runNode = (node: Node, scope: Scope): void => {
    switch (node.type) {
      case "text":
        text += node.text;
        return;
      case "action": {
        const value = evaluate(node.pipe, scope);
        if (node.pipe.declared.length === 0) text += printed(value);
        return;
      }
      case "if":
      case "with": {
        const inner = inside(scope, scope.dot);
        const value = evaluate(node.pipe, inner);
        if (isTruthy(value)) run(node.body, node.type === "with" ? inside(inner, value) : inner);
        else run(node.otherwise ?? [], inner);
        return;
      }
      case "range":
        range(node, scope);
        return;
      case "template": {
        const body = template.defined.get(node.name);
        if (body === undefined) throw new Error(`template ${JSON.stringify(node.name)} not defined`);
        depth += 1;
        if (depth > maxDepth) throw new Error("exceeded maximum template depth");
        const dot = node.pipe === undefined ? undefined : evaluate(node.pipe, scope);
        run(body, rootScope(dot));
        depth -= 1;
        return;
      }
      case "break":
      case "continue":
        throw new LoopSignal(node.type === "break");
    }
  };

  const range = (node: Extract<Node, { type: "if" | "range" | "with" }>, scope: Scope): void => {
    const outer = inside(scope, scope.dot);
    const value = evaluate({ ...node.pipe, declared: [] }, outer);
    const entries = entriesOf(value);
    if (entries.length === 0) {
      run(node.otherwise ?? [], outer);
      return;
    }
    const [first, second] = node.pipe.declared;
    for (const [key, item] of entries) {
      const inner = inside(outer, item);
      if (second !== undefined) {
        inner.variables.set(first ?? "", key);
        inner.variables.set(second, item);
      } else if (first !== undefined) inner.variables.set(first, item);
      try {
        run(node.body, inner);
      } catch (signal) {
        if (!(signal instanceof LoopSignal)) throw signal;
        if (signal.ends) return;
      }
    }
  };

  const evaluate = (pipe: Pipe, scope: Scope): unknown => {
    let value: unknown;
    for (const [index, command] of pipe.commands.entries()) {
      value = call(command, scope, index === 0 ? [] : [value]);
    }
    for (const name of pipe.declared) {
      if (pipe.assigns) assign(scope, name, value);
      else scope.variables.set(name, value);
    }
    return value;
  };

  const call = (command: Command, scope: Scope, final: readonly unknown[]): unknown => {
    const [head, ...rest] = command;
    if (head?.type !== "function") {
      if (head === undefined || rest.length > 0 || final.length > 0) throw new Error("can't give argument to non-function");
      return operandValue(head, scope);
    }
    if (head.name === "and" || head.name === "or") {
      // Only as far as it matters, as Go does.
      const values = [...rest.map((operand) => () => operandValue(operand, scope)), ...final.map((value) => () => value)];
      let value: unknown;
      for (const next of values) {
        value = next();
        if (isTruthy(value) === (head.name === "or")) return value;
      }
      return value;
    }
    const named = functions.get(head.name);
    if (named === undefined) throw new Error(`function ${JSON.stringify(head.name)} is not available here`);
    try {
      return named(...rest.map((operand) => operandValue(operand, scope)), ...final);
    } catch (error) {
      throw new Error(`error calling ${head.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  const operandValue = (operand: Operand, scope: Scope): unknown => {
    switch (operand.type) {
      case "dot":
        return scope.dot;
      case "nil":
        return undefined;
      case "bool":
      case "string":
        return operand.value;
      case "number":
        return numberOf(operand.text);
      case "field":
        return fieldOf(scope.dot, operand.path);
      case "variable":
        return fieldOf(lookUp(scope, operand.name), operand.path);
      case "function":
        return call([operand], scope, []);
      case "pipe":
        return fieldOf(evaluate(operand.pipe, inside(scope, scope.dot)), operand.path);
    }
  };

  run(template.nodes, rootScope(data));
  return text;
};

const rootScope = (dot: unknown): Scope => ({ dot, variables: new Map([["$", dot]]), parent: undefined });
const inside = (parent: Scope, dot: unknown): Scope => ({ dot, variables: new Map(), parent });

const lookUp = (scope: Scope, name: string): unknown => {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.variables.has(name)) return at.variables.get(name);
  }
  throw new Error(`undefined variable ${JSON.stringify(name)}`);
};
const assign = (scope: Scope, name: string, value: unknown): void => {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (!at.variables.has(name)) continue;
    at.variables.set(name, value);
    return;
  }
};

/** A key that is not there has no value; a field of something that has none is an error. */
const fieldOf = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, name) => {
    if (found === undefined || found === null) throw new Error(`nil pointer evaluating interface {}.${name}`);
    if (typeof found !== "object" || Array.isArray(found)) throw new Error(`can't evaluate field ${name} in ${printed(found)}`);
    return Object.hasOwn(found, name) ? (found as { readonly [name: string]: unknown })[name] : undefined;
  }, value);

const numberOf = (text: string): number => {
  if (text.startsWith("'")) return text.codePointAt(1) ?? 0;
  return Number(text.replaceAll("_", "").replace(/^\+/, ""));
};

const entriesOf = (value: unknown): readonly (readonly [unknown, unknown])[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === "object") return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (typeof value === "number") return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index]);
  throw new Error(`range can't iterate over ${printed(value)}`);
};
