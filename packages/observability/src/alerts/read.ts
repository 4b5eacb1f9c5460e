import type { Point, ReadFamily } from "../query/evaluate.ts";
import type { StateSource } from "../state/cached.ts";
import { type FamilyReader, familyReaders } from "../state/collect.ts";
import type { KindDeclaration } from "../state/declaration.ts";

/** Objects that are read before others have a turn. */
const objectsAtOnce = 200;

/** Families read from the objects of the caches, with turns for everybody else in between. */
export const readFrom = (source: StateSource, pause: () => Promise<void>): ReadFamily => {
  const readers = new Map<string, { readonly kind: KindDeclaration; readonly reader: FamilyReader }>();
  for (const kind of source.kinds) for (const reader of familyReaders(kind)) readers.set(reader.name, { kind, reader });
  return async (family, where, onlyPositive) => {
    const found = readers.get(family);
    if (found === undefined) return [];
    const { kind, reader } = found;
    const state = reader.stateLabel === undefined ? undefined : where[reader.stateLabel];
    const states = state === undefined ? undefined : [state].flat();
    const others = Object.entries(where).filter(([label]) => label !== reader.stateLabel);
    const only = {
      ...{ states, positive: onlyPositive },
      labels: new Map(others.map(([label, value]) => [label, [value].flat()] as const)),
    };
    const points: Point[] = [];
    for (const [index, object] of source.read(kind).entries()) {
      if (index % objectsAtOnce === objectsAtOnce - 1) await pause();
      for (const { labels, value } of reader.read(object, only)) points.push({ labels: Object.fromEntries(labels), value });
    }
    return points;
  };
};
