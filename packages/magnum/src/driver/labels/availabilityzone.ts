import { everyGroup, type LabelEffect } from "./label.ts";

/** `availability_zone`: where a group's workers are. It does not place the control plane. */
export const availabilityZone: LabelEffect = (shape, labels) =>
  everyGroup(shape, labels, (machines, own) => {
    const zone = own.text("availability_zone");
    return zone === undefined || machines.group.role === "master" ? machines : { ...machines, failureDomain: zone };
  });
