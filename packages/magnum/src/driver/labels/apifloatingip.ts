import type { LabelEffect } from "./label.ts";

/**
 * `master_lb_floating_ip_enabled`, `api_server_floating_ip`: whether the Kubernetes API is reached from outside, and at which address.
 * The template's own `floating_ip_enabled` has no say.
 */
export const apiFloatingIp: LabelEffect = (shape, labels) => {
  const enabled = labels.flag("master_lb_floating_ip_enabled", true);
  const address = labels.text("api_server_floating_ip");
  return {
    ...shape,
    infrastructure: {
      ...shape.infrastructure,
      ...(enabled ? {} : { disableAPIServerFloatingIP: true }),
      ...(enabled && address !== undefined ? { apiServerFloatingIP: address } : {}),
    },
  };
};
