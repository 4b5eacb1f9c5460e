import { MAGNUM_NAMESPACE, type MagnumCluster, type Stored } from "@slipway/api";
import { impossible } from "./impossible.ts";
import { type LabelEffect, LabelError, readLabels } from "./labels/label.ts";
import { serverGroupsFor } from "./labels/servergroups.ts";
import { baseShape } from "./shape.ts";

/** What is wrong with a request that the API took; found out once for each generation of a record. */
export const createMistakeFinder = (effects: readonly LabelEffect[], most = 4096) => {
  const known = new Map<string, string | undefined>();
  return (record: Stored<MagnumCluster>): string | undefined => {
    const key = `${record.metadata.uid}/${record.metadata.generation ?? 0}`;
    if (known.has(key)) return known.get(key);
    const found = mistakeIn(record, effects);
    known.set(key, found);
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return found;
  };
};

const mistakeIn = (record: Stored<MagnumCluster>, effects: readonly LabelEffect[]): string | undefined => {
  const master = record.spec.nodeGroups.find(({ role }) => role === "master");
  const wrong = master && impossible(master);
  if (wrong !== undefined) return wrong;
  try {
    serverGroupsFor(record);
    const labels = readLabels(record.spec.labels);
    const base = baseShape(record, { serverGroups: {}, namespace: MAGNUM_NAMESPACE });
    effects.reduce((shape, effect) => effect(shape, labels, record), base);
    return undefined;
  } catch (error) {
    if (error instanceof LabelError) return error.message;
    throw error;
  }
};
