import type { Condition } from "./conditions.ts";
import type { KubeObject } from "./object.ts";

/** Conditions (older family, JSON) of a kind whose status has no room for them: upstream's OpenStackCluster of v0.11 has none. */
export const conditionsAnnotation = "slipway.dev/conditions";

/** What an object says of itself: its `status.conditions`, else those in its annotation; only entries of the right shape. */
export const saidConditions = (object: KubeObject | undefined): readonly Condition[] => {
  const status = (object as { readonly status?: { readonly conditions?: unknown } } | undefined)?.status;
  const value = status?.conditions ?? written(object?.metadata.annotations?.[conditionsAnnotation]);
  if (!Array.isArray(value)) return [];
  return value.filter((entry: Partial<Condition> | null) => typeof entry?.type === "string" && typeof entry.status === "string");
};

const written = (text: string | undefined): unknown => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
