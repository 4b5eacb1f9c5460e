import type { FieldType, ListType } from "../registry/fieldtype.ts";
import { declaredOr, isObject, itemStep, itemsByStep, shapeOf } from "./typed.ts";

/** The live value with the applied one laid over it. */
export const merged = (type: FieldType, live: unknown, applied: unknown): unknown => {
  if (applied === undefined) return live;
  if (live === undefined || live === null || applied === null) return applied;
  const shape = shapeOf(type, applied);
  if (shape.shape === "leaf") return applied;
  if (shape.shape === "fields") {
    if (!isObject(live) || !isObject(applied)) return applied;
    const result: { [name: string]: unknown } = { ...live };
    for (const [name, value] of Object.entries(applied)) result[name] = merged(declaredOr(shape.typeOf(name)), live[name], value);
    return result;
  }
  return Array.isArray(live) ? mergedList(shape.list, live, applied as readonly unknown[]) : applied;
};

/**
 * Both lists are walked: shared items go out in the applied order, live-only items keep their place before the shared item they
 * preceded, new items follow the applied item before them.
 */
const mergedList = (list: ListType, live: readonly unknown[], applied: readonly unknown[]): readonly unknown[] => {
  const liveItems = itemsByStep(list, live);
  const appliedItems = itemsByStep(list, applied);
  const liveSteps = live.map((item) => stepOf(list, item));
  const appliedSteps = [...appliedItems.keys()];
  const shared = appliedSteps.filter((step) => liveItems.has(step));
  const result: unknown[] = [];
  const taken = new Set<string>();
  let nextShared = 0;

  const take = (step: string): void => {
    const copies = liveItems.get(step) ?? [];
    // Stored duplicates are replaced by the applied item, not merged with it.
    const before = copies.length === 1 ? copies[0] : undefined;
    result.push(merged(list.items(), before, appliedItems.get(step)?.[0]));
    taken.add(step);
    if (shared[nextShared] === step) nextShared += 1;
  };

  let left = 0;
  let right = 0;
  while (left < live.length || right < appliedSteps.length) {
    const liveStep = liveSteps[left];
    const appliedStep = appliedSteps[right];
    if (left < live.length && (liveStep === undefined || !appliedItems.has(liveStep))) {
      result.push(live[left]);
      left += 1;
    } else if (left < live.length && liveStep !== undefined && (taken.has(liveStep) || shared[nextShared] !== liveStep)) {
      left += 1;
    } else if (appliedStep !== undefined) {
      take(appliedStep);
      right += 1;
      if (liveStep === appliedStep) left += 1;
    } else left += 1;
  }
  return result;
};

const stepOf = (list: ListType, item: unknown): string | undefined => {
  try {
    return itemStep(list, item);
  } catch {
    return undefined;
  }
};
