import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ClusterDetail } from "../../../contract/index.ts";
import { ApiError } from "../../api/client.ts";
import { keys } from "../../live/apply.ts";

/**
 * The cluster as it was when somebody began to decide: what others change meanwhile is not overwritten unseen, though the page shows it
 * live. Once they have been told, they decide on what there is now.
 */
export const useDecidedOn = ({ id, revision: now }: ClusterDetail) => {
  const cache = useQueryClient();
  const [revision, setRevision] = useState(now);
  return {
    revision,
    onError: async (error: unknown) => {
      if (!(error instanceof ApiError) || error.fault.code !== "changedMeanwhile") return;
      await cache.refetchQueries({ queryKey: keys.cluster(id) });
      const current = cache.getQueryData<ClusterDetail>(keys.cluster(id));
      if (current !== undefined) setRevision(current.revision);
    },
  };
};
