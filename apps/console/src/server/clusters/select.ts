import type { ClusterList, ClusterSummary } from "../../contract/index.ts";
import { invalid } from "../http/fault.ts";

type Key = (cluster: ClusterSummary) => string | number;

const keys: { readonly [name: string]: Key } = {
  name: ({ name }) => name.toLowerCase(),
  phase: ({ phase }) => phase,
  status: ({ status }) => status,
  health: ({ health }) => health,
  version: ({ version }) => versionKey(version),
  controlPlane: ({ controlPlane }) => controlPlane.desired,
  workers: ({ workers }) => workers.desired,
  createdAt: ({ createdAt }) => createdAt,
  updatedAt: ({ updatedAt, createdAt }) => updatedAt ?? createdAt,
  id: ({ id }) => id,
};

const mostAtOnce = 1000;

/** Search, order and page, of clusters that are all here already. @throws Fault invalid */
export const selectClusters = (all: readonly ClusterSummary[], query: URLSearchParams): ClusterList => {
  const words = (query.get("search") ?? "")
    .slice(0, 200)
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = all.filter((cluster) => words.every((word) => textsOf(cluster).some((text) => text.includes(word))));
  const sort = query.get("sort") ?? "name";
  const key = keys[sort.replace(/^-/, "")];
  if (key === undefined) throw invalid("sort", `Sort by one of ${Object.keys(keys).join(", ")}.`);
  const sign = sort.startsWith("-") ? -1 : 1;
  const ordered = found.toSorted((a, b) => sign * compare(key(a), key(b)) || compare(a.id, b.id));
  const limit = Number(query.get("limit") ?? mostAtOnce);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostAtOnce) throw invalid("limit", `Must be from 1 to ${mostAtOnce}.`);
  const marker = query.get("marker");
  const from = marker === null ? 0 : ordered.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && from === 0) throw invalid("marker", "There is no such cluster any more.");
  const clusters = ordered.slice(from, from + limit);
  const last = clusters.at(-1);
  return {
    clusters,
    total: found.length,
    ...(from + limit < ordered.length && last !== undefined ? { next: last.id } : {}),
  };
};

const textsOf = ({ name, id, phase, status, health, version, workers, controlPlane }: ClusterSummary): readonly string[] =>
  [name, id, phase, status, health, version ?? "", String(workers.desired + controlPlane.desired)].map((text) =>
    text.toLowerCase(),
  );

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** v1.9 before v1.10. */
const versionKey = (version: string | null): string => (version ?? "").replace(/\d+/g, (digits) => digits.padStart(6, "0"));
