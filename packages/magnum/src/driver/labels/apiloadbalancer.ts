import type { LabelEffect } from "./label.ts";

/** `octavia_provider`, `api_server_lb_flavor`, `api_server_lb_availability_zone`: how the API's load balancer is made. */
export const apiLoadBalancer: LabelEffect = (shape, labels) => {
  const provider = labels.text("octavia_provider");
  const flavor = labels.text("api_server_lb_flavor");
  const availabilityZone = labels.text("api_server_lb_availability_zone");
  const { apiServerLoadBalancer } = shape.infrastructure;
  if (apiServerLoadBalancer === undefined) return shape;
  return {
    ...shape,
    infrastructure: {
      ...shape.infrastructure,
      apiServerLoadBalancer: {
        ...apiServerLoadBalancer,
        ...(provider === undefined ? {} : { provider }),
        ...(flavor === undefined ? {} : { flavor }),
        ...(availabilityZone === undefined ? {} : { availabilityZone }),
      },
    },
  };
};
