import type { Environment } from "@marcbachmann/cel-js";
import { deepEqual } from "./equality.ts";
import { order } from "./sugar.ts";

type List = readonly unknown[];

class ListsNamespace {}

const longestRange = 10_000;

/** The newer half of the lists library (1.34). */
export const registerLists = (environment: Environment): void => {
  environment
    .registerType("ListsNamespace", { ctor: ListsNamespace, fields: {} })
    .registerConstant("lists", "ListsNamespace", new ListsNamespace())
    .registerFunction("ListsNamespace.range(int): list<int>", (_of: ListsNamespace, end: bigint) => {
      if (end > BigInt(longestRange)) throw new Error(`lists.range(${end}) is longer than ${longestRange}`);
      return Array.from({ length: Math.max(0, Number(end)) }, (_, index) => BigInt(index));
    })
    .registerFunction("list.flatten(): list<dyn>", (list: List) => list.flat(1))
    .registerFunction("list.flatten(int): list<dyn>", (list: List, depth: bigint) => {
      if (depth < 0n) throw new Error("level must be non-negative");
      return list.flat(Number(depth)) as List;
    })
    .registerFunction("list.slice(int, int): list<dyn>", (list: List, start: bigint, end: bigint) => {
      if (start < 0n || end < 0n) throw new Error(`cannot slice(${start}, ${end}), negative indexes not supported`);
      if (start > end) throw new Error(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
      if (end > BigInt(list.length)) throw new Error(`cannot slice(${start}, ${end}), list is length ${list.length}`);
      return list.slice(Number(start), Number(end));
    })
    .registerFunction("list.sort(): list<dyn>", (list: List) => [...list].sort(order))
    .registerFunction("list.distinct(): list<dyn>", (list: List) =>
      list.filter((item, index) => list.findIndex((other) => deepEqual(other, item)) === index),
    );
};
