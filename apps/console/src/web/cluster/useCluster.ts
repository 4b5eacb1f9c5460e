import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ClusterDetail } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { keys } from "../live/apply.ts";

const forever = Number.POSITIVE_INFINITY;

/** What the page of one cluster reads; the stream keeps tree, history and events fresh. */
export const useCluster = (id: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.cluster(id),
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id", { params: { id }, signal }),
    staleTime: forever,
  });
};

export const useTree = (id: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.tree(id),
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/tree", { params: { id }, signal }),
    staleTime: forever,
  });
};

export const useHistory = (id: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.history(id),
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/history", { params: { id }, signal }),
    staleTime: forever,
  });
};

export const useEvents = (id: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.events(id),
    queryFn: async ({ signal }) => (await api.call("GET /api/clusters/:id/events", { params: { id }, signal })).events,
    staleTime: forever,
  });
};

export const useNodes = (id: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.nodes(id),
    queryFn: async ({ signal }) => (await api.call("GET /api/clusters/:id/nodes", { params: { id }, signal })).nodes,
  });
};

/**
 * Asked for, not watched: it looks into the cloud. Asked again when the cluster says something else than before, and now and then while
 * it is looked at: causes ripen after the state that they explain.
 */
export const useDiagnosis = ({ id, phase, health, statusReason }: ClusterDetail, enabled: boolean) => {
  const { api } = useServices();
  return useQuery({
    queryKey: [...keys.diagnosis(id), phase, health, statusReason],
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/diagnosis", { params: { id }, signal }),
    enabled,
    staleTime: 0,
    gcTime: 0,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.verdict === "working" ? 5_000 : 30_000),
  });
};
