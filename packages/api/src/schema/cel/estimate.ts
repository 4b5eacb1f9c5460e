import type { ASTNode } from "@marcbachmann/cel-js";
import type { StructuralSchema } from "../../kind/structural.ts";
import { valuesOf } from "../walk.ts";
import { isNode } from "./cost.ts";
import { escapeName } from "./values.ts";

/**
 * The most that an expression can cost, told from its schema alone, in the units of `k8s.io/apiserver/pkg/cel`: what can be long is
 * taken as long as a request can carry it. Declared limits (`maxItems`, `maxLength`, `maxProperties`) make rules cheap.
 */
export const estimatedCost = (tree: ASTNode, schema: StructuralSchema): number => {
  const known = knownOf(schema);
  return judge(
    tree,
    new Map([
      ["self", known],
      ["oldSelf", known],
    ]),
  ).cost;
};

/** How many values of a part there can be in one object, at most. */
export const mostItems = (schema: StructuralSchema): number => sizeOf(schema);

/** What is known of a value: how long it can be, and what is in it. */
interface Known {
  readonly size: number;
  readonly schema: StructuralSchema | undefined;
}
interface Judged extends Known {
  readonly cost: number;
}
type Scope = ReadonlyMap<string, Known>;

const largestRequest = 3 * 1024 * 1024;
const select = 1;
const call = 1;
const listLiteral = 10;
const mapLiteral = 30;
const perLetter = 0.1;
const perRegexLetter = 0.25;

const knownOf = (schema: StructuralSchema | undefined): Known => ({ schema, size: schema === undefined ? 1 : sizeOf(schema) });
const scalar = (cost: number): Judged => ({ cost, size: 1, schema: undefined });

const fixedSizes: { readonly [format: string]: number } = { "date-time": 27, date: 10, duration: 32, uuid: 36 };

const sizeOf = (schema: StructuralSchema): number => {
  switch (schema.type) {
    case "string": {
      if (schema.enum) return Math.max(1, ...schema.enum.map((one) => String(one).length));
      const fixed = fixedSizes[schema.format ?? ""];
      if (fixed !== undefined) return fixed;
      // A letter can take four bytes.
      return schema.maxLength === undefined ? largestRequest - 2 : Math.min(schema.maxLength * 4, largestRequest);
    }
    case "array":
      return schema.maxItems ?? Math.floor((largestRequest - 2) / (smallest(schema.items) + 1));
    case "object": {
      const values = valuesOf(schema);
      if (values === undefined) return 1;
      // `"":v,`
      return schema.maxProperties ?? Math.floor((largestRequest - 2) / (smallest(values) + 6));
    }
    default:
      return schema["x-kubernetes-int-or-string"] ? largestRequest - 2 : 1;
  }
};

/** The fewest bytes that such a value takes in JSON. */
const smallest = (schema: StructuralSchema | undefined): number => {
  if (schema === undefined) return 1;
  switch (schema.type) {
    case "boolean":
      return 4;
    case "string":
      return (schema.minLength ?? 0) + 2;
    case "array":
      return 2;
    case "object": {
      const required = (schema.required ?? []).filter((name) => schema.properties?.[name]?.default === undefined);
      return required.reduce((sum, name) => sum + name.length + 4 + smallest(schema.properties?.[name]), 2);
    }
    default:
      return 1;
  }
};

const judge = (part: unknown, scope: Scope): Judged => {
  if (!isNode(part)) return scalar(0);
  const args = part.args as unknown;
  switch (part.op) {
    case "value":
      return { cost: 0, size: typeof args === "string" ? args.length : 1, schema: undefined };
    case "id":
      return { ...(scope.get(String(args)) ?? knownOf(undefined)), cost: select };
    case ".":
    case ".?":
      return selected(args as readonly [unknown, string], scope);
    case "[]":
    case "[?]": {
      const [of, index] = args as readonly [unknown, unknown];
      const whole = judge(of, scope);
      return { ...inside(whole), cost: whole.cost + judge(index, scope).cost + call };
    }
    case "?:": {
      const [condition, yes, no] = (args as readonly unknown[]).map((one) => judge(one, scope));
      const longer = (yes?.size ?? 0) >= (no?.size ?? 0) ? yes : no;
      const cost = (condition?.cost ?? 0) + Math.max(yes?.cost ?? 0, no?.cost ?? 0);
      return { schema: longer?.schema, size: longer?.size ?? 1, cost };
    }
    case "list": {
      const items = (args as readonly unknown[]).map((one) => judge(one, scope));
      return { cost: total(items) + listLiteral, size: items.length, schema: undefined };
    }
    case "map": {
      const entries = (args as readonly (readonly unknown[])[]).flat().map((one) => judge(one, scope));
      return { cost: total(entries) + mapLiteral, size: entries.length / 2, schema: undefined };
    }
    case "call":
      return called(args as readonly [string, readonly unknown[]], scope);
    case "rcall":
      return methodCalled(args as readonly [string, unknown, readonly unknown[]], scope);
    default: {
      const operands = (Array.isArray(args) ? args : [args]).map((one) => judge(one, scope));
      return operated(part.op, operands);
    }
  }
};

const total = (parts: readonly Judged[]): number => parts.reduce((sum, { cost }) => sum + cost, 0);

const selected = ([of, name]: readonly [unknown, string], scope: Scope): Judged => {
  const whole = judge(of, scope);
  const properties = whole.schema?.properties ?? {};
  const found = Object.keys(properties).find((property) => property === name || escapeName(property) === name);
  const values = whole.schema === undefined ? undefined : valuesOf(whole.schema);
  return { ...knownOf(found === undefined ? values : properties[found]), cost: whole.cost + select };
};

const inside = ({ schema }: Known): Known => knownOf(schema?.items ?? (schema === undefined ? undefined : valuesOf(schema)));

const operated = (operator: string, operands: readonly Judged[]): Judged => {
  const [left, right] = operands;
  const cost = total(operands);
  const sizes = [left?.size ?? 1, right?.size ?? 1] as const;
  switch (operator) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return scalar(cost + Math.max(call, Math.ceil(Math.min(...sizes) * perLetter)));
    case "in":
      return scalar(cost + Math.max(call, sizes[1]));
    case "+":
      return {
        schema: left?.schema ?? right?.schema,
        size: sizes[0] + sizes[1],
        cost: cost + Math.max(call, Math.ceil((sizes[0] + sizes[1]) * perLetter)),
      };
    default:
      return scalar(cost + call);
  }
};

const called = ([name, given]: readonly [string, readonly unknown[]], scope: Scope): Judged => {
  if (name === "has") return judge(given[0], scope);
  const args = given.map((one) => judge(one, scope));
  if (name === "matches") return regex(args[0], args[1], total(args));
  const [first] = args;
  const passes = name === "dyn" || name === "string" || name === "bytes" || name === "entries__";
  return {
    cost: total(args) + Math.max(call, Math.ceil((first?.size ?? 1) * (readsText.has(name) ? perLetter : 0))),
    size: passes ? (first?.size ?? 1) : 1,
    schema: passes ? first?.schema : undefined,
  };
};

/** Go through all letters of what they are given. */
const readsText = new Set(
  "url isURL ip isIP cidr isCIDR quantity isQuantity semver isSemver timestamp duration int double string bytes".split(" "),
);

const regex = (text: Known | undefined, pattern: Known | undefined, cost: number): Judged => {
  const letters = Math.ceil((1 + (text?.size ?? 1)) * perLetter);
  return scalar(cost + Math.max(call, letters * Math.max(1, Math.ceil((pattern?.size ?? 1) * perRegexLetter))));
};

const loops = new Set(["all", "exists", "exists_one", "filter", "map"]);

const methodCalled = ([name, of, given]: readonly [string, unknown, readonly unknown[]], scope: Scope): Judged => {
  const receiver = judge(of, scope);
  if (loops.has(name) && given.length >= 2 && isNode(given[0]) && given[0].op === "id") {
    return looped(name, receiver, String(given[0].args), given.slice(1), scope);
  }
  if (name === "bind" && given.length === 3 && isNode(given[0])) {
    const value = judge(given[1], scope);
    const body = judge(given[2], new Map([...scope, [String(given[0].args), value]]));
    return { ...body, cost: body.cost + value.cost + call };
  }
  const args = given.map((one) => judge(one, scope));
  const cost = receiver.cost + total(args);
  switch (name) {
    case "matches":
    case "find":
    case "findAll":
      return regex(receiver, args[0], cost);
    case "contains":
    case "indexOf":
    case "lastIndexOf": {
      const needle = Math.max(1, Math.ceil((args[0]?.size ?? 1) * perLetter));
      return scalar(cost + Math.max(call, Math.ceil(receiver.size * perLetter) * needle));
    }
    case "startsWith":
    case "endsWith":
      return scalar(cost + Math.max(call, Math.ceil((args[0]?.size ?? 1) * perLetter)));
    case "isSorted":
    case "sum":
    case "min":
    case "max":
    case "distinct":
    case "sort":
      return { ...inside(receiver), cost: cost + receiver.size };
    case "size":
      return scalar(cost + call);
    default:
      return { schema: receiver.schema, size: receiver.size, cost: cost + Math.max(call, Math.ceil(receiver.size * perLetter)) };
  }
};

/** Steps that every turn of a loop takes beside its body: the condition, and putting what came out with the rest. */
const perTurn = 3;

const looped = (name: string, receiver: Judged, variable: string, bodies: readonly unknown[], scope: Scope): Judged => {
  // Loops over maps go over their keys.
  const isMap = receiver.schema?.type === "object";
  const item = isMap ? { size: keySize, schema: undefined } : inside(receiver);
  const within = new Map([...scope, [variable, item] as const]);
  const body = bodies.map((one) => judge(one, within));
  const makes = name === "map" || name === "filter" ? listLiteral : 0;
  const last = body[body.length - 1];
  return {
    cost: receiver.cost + receiver.size * (total(body) + perTurn + makes) + call,
    size: name === "map" || name === "filter" ? receiver.size : 1,
    schema:
      name === "filter" ? receiver.schema : name === "map" && last?.schema ? { type: "array", items: last.schema } : undefined,
  };
};

const keySize = 64;
