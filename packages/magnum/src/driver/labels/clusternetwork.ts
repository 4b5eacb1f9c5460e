import type { LabelEffect } from "./label.ts";

/** `dns_cluster_domain`, `service_cluster_ip_range`, and `calico_ipv4pool` or `cilium_ipv4pool`, whichever network plugin it is. */
export const clusterNetwork: LabelEffect = (shape, labels, { spec }) => ({
  ...shape,
  network: {
    serviceDomain: labels.text("dns_cluster_domain") ?? shape.network.serviceDomain,
    serviceCidr: labels.text("service_cluster_ip_range") ?? shape.network.serviceCidr,
    podCidr: labels.text(`${spec.networkDriver}_ipv4pool`) ?? shape.network.podCidr,
  },
});
