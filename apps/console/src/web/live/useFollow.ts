import { useEffect } from "react";
import { useServices } from "../app/services.tsx";

/** Keeps the stream open while the page is shown; with a cluster's id it carries that cluster's details as well. */
export const useFollow = (clusterId: string | undefined): void => {
  const { live } = useServices();
  useEffect(() => live.follow(clusterId), [live, clusterId]);
};
