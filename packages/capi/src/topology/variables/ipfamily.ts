import type { ClusterNetwork } from "@slipway/api";
import ipaddr from "ipaddr.js";

export type IpFamily = "IPv4" | "IPv6" | "DualStack" | "Invalid";

/** What a cluster's networks have in common; without any, IPv4 as Kubernetes itself takes for granted. */
export const ipFamilyOf = ({ pods, services }: Pick<ClusterNetwork, "pods" | "services">): IpFamily => {
  const [podBlocks, serviceBlocks] = [pods?.cidrBlocks ?? [], services?.cidrBlocks ?? []];
  if (podBlocks.length === 0 && serviceBlocks.length === 0) return "IPv4";
  if (podBlocks.length === 0) return familyOf(serviceBlocks);
  const ofPods = familyOf(podBlocks);
  if (serviceBlocks.length === 0 || ofPods === "Invalid") return ofPods;
  const ofServices = familyOf(serviceBlocks);
  // Pods of both families may have services of one.
  if (ofServices === "Invalid" || ofPods === "DualStack") return ofServices === "Invalid" ? "Invalid" : "DualStack";
  return ofPods === ofServices ? ofPods : "Invalid";
};

const familyOf = (blocks: readonly string[]): IpFamily => {
  if (blocks.length > 2 || !blocks.every((block) => ipaddr.isValidCIDR(block))) return "Invalid";
  const kinds = new Set(blocks.map((block) => ipaddr.parseCIDR(block)[0].kind()));
  return kinds.size === 2 ? "DualStack" : kinds.has("ipv4") ? "IPv4" : "IPv6";
};
