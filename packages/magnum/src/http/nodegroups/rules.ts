import type { NodeTaint } from "@slipway/api";
import { pythonStr } from "../body/python.ts";
import { conflict } from "../errors.ts";

export interface Counts {
  readonly name: string;
  readonly nodeCount: number;
  readonly minNodeCount: number;
  readonly maxNodeCount: number | undefined;
}

/** Violations are conflicts, not bad requests. @throws MagnumError 409 */
export const checkCounts = ({ name, nodeCount, minNodeCount, maxNodeCount = 0 }: Counts): void => {
  if (maxNodeCount > 0 && minNodeCount > maxNodeCount)
    throw conflict(
      `max_node_count for ${name} is invalid (min_node_count (${minNodeCount}) should be less or equal to max_node_count (${maxNodeCount})).`,
    );
  if (minNodeCount > nodeCount)
    throw conflict(
      `min_node_count for ${name} is invalid (min_node_count (${minNodeCount}) should be less or equal to node_count (${nodeCount})).`,
    );
  if (maxNodeCount > 0 && nodeCount > maxNodeCount)
    throw conflict(
      `max_node_count for ${name} is invalid (node_count (${nodeCount}) should be less or equal to max_node_count (${maxNodeCount})).`,
    );
};

/** The ones under kubernetes.io that a kubelet may set on its own Node. */
const KUBELET_LABELS = new Set([
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "kubernetes.io/hostname",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "node.kubernetes.io/instance-type",
  "node.kubernetes.io/windows-build",
]);
const under = (prefix: string, domain: string): boolean => prefix === domain || prefix.endsWith(`.${domain}`);

/** @throws MagnumError 409 */
export const readNodeLabels = (raw: unknown): { readonly [key: string]: string } => {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw))
    throw conflict(`node_labels must be an object, but received ${pythonStr(raw)}.`);
  return Object.fromEntries(
    Object.entries(raw as { readonly [key: string]: unknown }).map(([key, value]) => {
      if (typeof value !== "string") throw conflict(`node_labels: the value of ${key} must be text.`);
      const prefix = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
      const reserved = under(prefix, "kubernetes.io") || under(prefix, "k8s.io");
      const allowed = under(prefix, "kubelet.kubernetes.io") || under(prefix, "node.kubernetes.io") || KUBELET_LABELS.has(key);
      if (reserved && !allowed) throw conflict(`node_labels: a kubelet may not set ${key} on its node.`);
      return [key, value];
    }),
  );
};

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** @throws MagnumError 409 */
export const readNodeTaints = (raw: unknown): readonly NodeTaint[] => {
  if (!Array.isArray(raw)) throw conflict(`node_taints must be a list, but received ${pythonStr(raw)}.`);
  return raw.map((item: unknown) => {
    if (item === null || typeof item !== "object") throw conflict(`node_taints: ${pythonStr(item)} is not an object.`);
    const { key, effect, value, ...rest } = item as { key?: unknown; effect?: unknown; value?: unknown };
    const extra = Object.keys(rest)[0];
    if (extra !== undefined) throw conflict(`node_taints: unknown key ${extra}.`);
    if (typeof key !== "string" || key === "") throw conflict("node_taints: every taint needs a key.");
    const known = EFFECTS.find((word) => word === effect);
    if (known === undefined) throw conflict(`node_taints: the effect of ${key} must be one of ${EFFECTS.join(", ")}.`);
    if (value !== undefined && value !== null && typeof value !== "string")
      throw conflict(`node_taints: the value of ${key} must be text.`);
    return { key, effect: known, ...(typeof value === "string" && value !== "" ? { value } : {}) };
  });
};
