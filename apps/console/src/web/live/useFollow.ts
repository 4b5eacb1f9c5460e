import { useEffect } from "react";
import type { OperatorList } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";

/** Keeps the stream open while the page is shown; with a cluster's id or a list's name it carries those as well. */
export const useFollow = (cluster: string | undefined, list?: OperatorList): void => {
  const { live } = useServices();
  useEffect(() => live.follow({ cluster, list }), [live, cluster, list]);
};
