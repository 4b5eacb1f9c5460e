import type { LabelEffect } from "./label.ts";

/** `fixed_subnet_cidr`: addresses of the node network, where Cluster API makes one. */
export const fixedSubnetCidr: LabelEffect = (shape, labels) => {
  const cidr = labels.text("fixed_subnet_cidr");
  const { managedSubnets } = shape.infrastructure;
  if (cidr === undefined || managedSubnets === undefined) return shape;
  return {
    ...shape,
    infrastructure: { ...shape.infrastructure, managedSubnets: managedSubnets.map((subnet) => ({ ...subnet, cidr })) },
  };
};
