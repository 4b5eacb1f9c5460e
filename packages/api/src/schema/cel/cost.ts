import type { ASTNode } from "@marcbachmann/cel-js";

/** Upstream's limits, in its units: about one for every step that an evaluation takes. */
const crdLimits = { perExpression: 1_000_000, perObject: 10_000_000 };
/** For all `matchConditions` of one webhook together. */
export const matchConditionLimits = { perExpression: 1_000_000, perObject: 2_500_000 };
/** For one binding of an admission policy. */
export const policyLimits = { perExpression: 1_000_000, perObject: 10_000_000 };

/**
 * What judging one object has cost so far. Whoever may declare a kind writes rules, and one with nested loops would hold up all
 * others' requests for as long as it runs.
 */
export class Spending {
  readonly #most: number;
  #left: number;
  #spent = 0;

  constructor(limits: { readonly perExpression: number; readonly perObject: number } = crdLimits) {
    this.#most = limits.perExpression;
    this.#left = limits.perObject;
  }

  /** The expression now judged, or the object as a whole, has taken too much: what came out of the expression does not count. */
  get over(): "expression" | "object" | undefined {
    if (this.#spent > this.#left) return "object";
    return this.#spent > this.#most ? "expression" : undefined;
  }

  begin(steps: number): void {
    if (this.over !== undefined) return;
    this.#left -= this.#spent;
    this.#spent = steps;
  }

  /** What a loop goes through, paid for in advance. @throws Error when that is too much */
  loop<T>(collection: T, steps: number): T {
    if (this.over === undefined) this.#spent += sizeOf(collection) * steps;
    if (this.over !== undefined) throw new Error("operation cancelled: actual cost limit exceeded");
    return collection;
  }
}

const sizeOf = (collection: unknown): number => {
  if (Array.isArray(collection)) return collection.length;
  if (collection instanceof Map || collection instanceof Set) return collection.size;
  return typeof collection === "object" && collection !== null ? Object.keys(collection).length : 0;
};

const loops: ReadonlySet<unknown> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** `collection.all(x, …)` */
export const isLoop = (node: ASTNode): boolean => node.op === "rcall" && loops.has((node.args as readonly unknown[])[0]);

/** How many steps evaluating it once takes, without those of the loops in it, which pay for themselves. */
export const stepsOf = (part: unknown): number => {
  if (Array.isArray(part)) return part.reduce<number>((steps, item) => steps + stepsOf(item), 0);
  if (!isNode(part)) return 0;
  return 1 + stepsOf(isLoop(part) ? (part.args as readonly unknown[])[1] : part.args);
};

export const isNode = (part: unknown): part is ASTNode =>
  typeof part === "object" && part !== null && "op" in part && "args" in part;
