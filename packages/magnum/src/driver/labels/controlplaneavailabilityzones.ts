import type { LabelEffect } from "./label.ts";

/** `control_plane_availability_zones`: where control-plane machines may be. */
export const controlPlaneAvailabilityZones: LabelEffect = (shape, labels) => {
  const zones = labels.list("control_plane_availability_zones");
  return zones.length === 0
    ? shape
    : { ...shape, infrastructure: { ...shape.infrastructure, controlPlaneAvailabilityZones: zones } };
};
