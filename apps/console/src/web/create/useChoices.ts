import { useQuery } from "@tanstack/react-query";
import { useServices } from "../app/services.tsx";
import { keys } from "../live/apply.ts";

const minute = 60_000;

/** What the project may choose from. */
export const useChoices = () => {
  const { api } = useServices();
  return {
    templates: useQuery({ queryKey: keys.templates, queryFn: ({ signal }) => api.call("GET /api/templates", { signal }) }),
    flavors: useQuery({
      queryKey: ["flavors"],
      queryFn: ({ signal }) => api.call("GET /api/flavors", { signal }),
      staleTime: minute,
    }),
    networks: useQuery({
      queryKey: ["networks"],
      queryFn: ({ signal }) => api.call("GET /api/networks", { signal }),
      staleTime: minute,
    }),
    keypairs: useQuery({
      queryKey: ["keypairs"],
      queryFn: ({ signal }) => api.call("GET /api/keypairs", { signal }),
      staleTime: minute,
    }),
    zones: useQuery({ queryKey: ["zones"], queryFn: ({ signal }) => api.call("GET /api/zones", { signal }), staleTime: minute }),
    labels: useQuery({
      queryKey: ["labels"],
      queryFn: ({ signal }) => api.call("GET /api/labels", { signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
    quotas: useQuery({ queryKey: keys.quotas, queryFn: ({ signal }) => api.call("GET /api/quotas", { signal }) }),
  };
};

export type Choices = ReturnType<typeof useChoices>;
