import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useServices } from "../app/services.tsx";
import { forgetDrafts } from "../create/drafts.ts";

/** Signs out on the server, and leaves nothing of the tenant in this tab, even when the server does not answer. */
export const useSignOut = () => {
  const { api, live, ending } = useServices();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.call("DELETE /api/session", {}),
    onSettled: async () => {
      live.stop();
      forgetDrafts(sessionStorage);
      ending.set(false);
      cache.clear();
      location.assign("/");
    },
  });
};
