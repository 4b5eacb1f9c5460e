import type { UserInfo } from "../registry/registry.ts";

export const nodesGroup = "system:nodes";
const prefix = "system:node:";

/** Whether somebody is a kubelet, and of which node; "" when the node cannot be told. */
export const nodeOf = ({ name, groups }: UserInfo): string | undefined => {
  if (!groups.includes(nodesGroup)) return undefined;
  return name.startsWith(prefix) ? name.slice(prefix.length) : "";
};

/** Of pods that a kubelet reports to run without having been told to by the API. */
export const mirrorAnnotation = "kubernetes.io/config.mirror";
