import { Environment, Optional } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { compilePattern } from "../pattern.ts";
import { registerAuthorizer } from "./authorizer.ts";
import { Spending } from "./cost.ts";
import { deepEqual } from "./equality.ts";
import { registerLists } from "./listlibrary.ts";
import { registerFormats, registerSemver } from "./named.ts";
import { registerNetwork } from "./network.ts";
import { registerQuantity } from "./quantity.ts";
import { createSugar, registerSugar } from "./sugar.ts";
import { registerTexts } from "./texts.ts";

type List = readonly unknown[];
const listOf = (list: unknown): List => (Array.isArray(list) ? list : [...(list as Iterable<unknown>)]);
const less = (a: unknown, b: unknown): boolean => (a as number) < (b as number);

export interface VariableTypes {
  readonly self: string;
  readonly oldSelf: string;
  /** Makes the types known that the variables have. */
  readonly declare?: (environment: Environment) => void;
}

/** An environment for expressions about values of these types. */
export const createEnvironment = ({ self, oldSelf, declare = () => {} }: VariableTypes): Environment => {
  const environment = library.clone();
  declare(environment);
  return environment.registerVariable("self", self).registerVariable("oldSelf", oldSelf);
};

/** CEL as Kubernetes speaks it: the standard functions, optionals, and the libraries that rules in CRDs may count on. */
const createLibrary = (): Environment => {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 20_000, maxDepth: 200, maxListElements: 10_000, maxMapEntries: 10_000, maxCallArguments: 64 },
  })
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
    );
  registerSpending(environment);
  registerQuantity(environment);
  registerNetwork(environment);
  registerSets(environment);
  registerTexts(environment);
  registerLists(environment);
  registerFormats(environment);
  registerSemver(environment);
  registerSugar(environment);
  environment
    .registerFunction("OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>", (_of: unknown, value: unknown) =>
      isZero(value) ? Optional.none() : Optional.of(value),
    )
    .registerOperator("int == double", (a: bigint, b: number) => Number(a) === b);
  registerAuthorizer(environment);
  return environment;
};

const isZero = (value: unknown): boolean => {
  if (value === null || value === undefined || value === "" || value === false || value === 0 || value === 0n) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return typeof value === "object" && value.constructor === Object && Object.keys(value).length === 0;
};

/** Only for what rewriting puts in; no type check of an expression that somebody wrote knows the variable. */
const registerSpending = (environment: Environment): void => {
  environment
    .registerType("Spending", { ctor: Spending, fields: {} })
    .registerFunction("Spending.loop(dyn, int): dyn", (spending: Spending, collection: unknown, steps: bigint) =>
      spending.loop(collection, Number(steps)),
    );
};

const registerSets = (environment: Environment): void => {
  const has = (list: List, item: unknown): boolean => listOf(list).some((other) => deepEqual(other, item));
  const contains = (a: List, b: List): boolean => listOf(b).every((item) => has(a, item));
  environment
    .registerType("Sets", { ctor: Sets, fields: {} })
    .registerConstant("sets", "Sets", new Sets())
    .registerFunction("Sets.contains(list, list): bool", (_sets: Sets, a: List, b: List) => contains(a, b))
    .registerFunction("Sets.equivalent(list, list): bool", (_sets: Sets, a: List, b: List) => contains(a, b) && contains(b, a))
    .registerFunction("Sets.intersects(list, list): bool", (_sets: Sets, a: List, b: List) =>
      listOf(a).some((item) => has(b, item)),
    );
};

/** A namespace of functions, which the language's library knows only as a value. */
class Sets {}

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

/** Made once: registering the functions is what costs, a copy is cheap. */
const library = createLibrary();

/** An expression's tree without the macros that the language's library has not. */
export const desugared = createSugar(library);
