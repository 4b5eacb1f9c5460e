import { useQuery } from "@tanstack/react-query";
import type { ClusterSummary } from "../../contract/index.ts";
import type { Api } from "../api/client.ts";
import { useServices } from "../app/services.tsx";
import { keys } from "../live/apply.ts";
import { type KnownClusters, knownClusters } from "../live/patches.ts";

/** All of the project's clusters: read once, then kept by the stream. */
export const useClusters = () => {
  const { api } = useServices();
  return useQuery<KnownClusters>({
    queryKey: keys.clusters,
    queryFn: ({ signal }) => readAll(api, signal),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
};

const readAll = async (api: Api, signal: AbortSignal): Promise<KnownClusters> => {
  const clusters: ClusterSummary[] = [];
  let marker: string | undefined;
  do {
    const query = { limit: "1000", ...(marker === undefined ? {} : { marker }) };
    const page = await api.call("GET /api/clusters", { query, signal });
    clusters.push(...page.clusters);
    marker = page.next;
  } while (marker !== undefined);
  return knownClusters(clusters);
};
