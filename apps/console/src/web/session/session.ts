import { useQuery } from "@tanstack/react-query";
import type { SessionState, SignedIn } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";

export const sessionKey = ["session"] as const;

/** Nobody's or somebody's; undefined until the server has answered. */
export const useSessionState = () => {
  const { api } = useServices();
  return useQuery<SessionState>({
    queryKey: sessionKey,
    queryFn: ({ signal }) => api.call("GET /api/session", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
};

/** The session of a page that is only shown to somebody who is signed in. */
export const useSession = (): SignedIn => {
  const { data } = useSessionState();
  if (data === undefined || !data.signedIn) throw new Error("This page is shown to signed-in users only.");
  return data;
};
