import { useQuery } from "@tanstack/react-query";
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

/** Asked for, and again when something moves; while something is amiss the stream brings it by itself. */
export const useDiagnosis = (id: string, enabled: boolean) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.diagnosis(id),
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/diagnosis", { params: { id }, signal }),
    enabled,
    staleTime: 0,
  });
};

export const useObjects = (id: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.objects(id),
    queryFn: async ({ signal }) => (await api.call("GET /api/clusters/:id/objects", { params: { id }, signal })).objects,
  });
};

/** One of the objects that a cluster is made of; its key begins as the list's, so that both are read again together. */
export const useObject = (id: string, kind: string, name: string) => {
  const { api } = useServices();
  return useQuery({
    queryKey: [...keys.objects(id), kind, name],
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/objects/:kind/:name", { params: { id, kind, name }, signal }),
    enabled: name !== "",
    retry: false,
  });
};
