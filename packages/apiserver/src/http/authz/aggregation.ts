import {
  ClusterRole,
  isConflict,
  isNotFound,
  jsonText,
  type LabelSelector,
  type PolicyRule,
  type UnstructuredObject,
} from "@slipway/api";
import { sameJson } from "../../registry/object.ts";
import type { Registry } from "../../registry/registry.ts";
import type { Followed } from "./follow.ts";

/**
 * ClusterRoles that are made of others. The authorizer reckons with what their parts say now; their own `rules` are written after them, for
 * whoever reads them.
 */
export const aggregatedRules = (role: ClusterRole, all: Iterable<ClusterRole>): readonly PolicyRule[] => {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  if (selectors.length === 0) return role.rules ?? [];
  const roles = [...all].sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  return collected(role, roles, new Set());
};

/** Parts may themselves be made of parts (`edit` is one of `admin`'s); a circle ends where it closes. */
const collected = (role: ClusterRole, roles: readonly ClusterRole[], above: ReadonlySet<string>): readonly PolicyRule[] => {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  if (selectors.length === 0) return role.rules ?? [];
  const here = new Set([...above, role.metadata.name ?? ""]);
  const parts = roles.filter(
    ({ metadata }) => !here.has(metadata.name ?? "") && selectors.some((selector) => selects(selector, metadata.labels ?? {})),
  );
  const rules = new Map<string, PolicyRule>();
  for (const rule of parts.flatMap((part) => collected(part, roles, here))) rules.set(jsonText(rule), rule);
  return [...rules.values()];
};

const selects = (
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: { readonly [key: string]: string },
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === "Exists") return value !== undefined;
    if (operator === "DoesNotExist") return value === undefined;
    return (value !== undefined && values.includes(value)) === (operator === "In");
  });

/** Writes the rules of aggregated roles after those of their parts. Looks at all roles, however many changed meanwhile. */
export const createAggregation = (registry: Registry, roles: Followed<ClusterRole>): { look(): void } => {
  let looking = false;
  let again = false;
  const context = { user: { name: "system:clusterrole-aggregator", groups: ["system:masters"] }, warn: () => {} };

  const pass = async (): Promise<void> => {
    for (const role of [...roles.objects()]) {
      if (role.aggregationRule === undefined) continue;
      const rules = aggregatedRules(role, roles.objects());
      if (sameJson(role.rules ?? [], rules)) continue;
      const next = { ...role, rules } as unknown as UnstructuredObject;
      const options = { fieldManager: "clusterrole-aggregator" };
      await registry.update(ClusterRole, { name: role.metadata.name ?? "" }, next, options, context).catch((error: unknown) => {
        // Someone was faster: the change they made is on its way here.
        if (!isConflict(error) && !isNotFound(error)) throw error;
      });
    }
  };

  const look = (): void => {
    again = true;
    if (looking) return;
    looking = true;
    void (async () => {
      while (again) {
        again = false;
        await pass();
      }
    })()
      .catch(() => {}) // the store is closing; a later start looks again
      .finally(() => {
        looking = false;
      });
  };
  return { look };
};
