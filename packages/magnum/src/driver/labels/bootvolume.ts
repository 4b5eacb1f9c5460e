import { everyGroup, type LabelEffect } from "./label.ts";

/** `boot_volume_size`, `boot_volume_type`, `boot_volume_availability_zone`: machines that boot from a volume instead of their flavor's disk. */
export const bootVolume =
  (defaults: { readonly size: number; readonly type: string | undefined }): LabelEffect =>
  (shape, labels) =>
    everyGroup(shape, labels, (machines, own) => {
      const sizeGiB = own.integer("boot_volume_size", defaults.size);
      if (sizeGiB <= 0) return machines;
      const type = own.text("boot_volume_type") ?? defaults.type;
      const zone = own.text("boot_volume_availability_zone") ?? own.text("availability_zone");
      return {
        ...machines,
        machine: {
          ...machines.machine,
          rootVolume: {
            sizeGiB,
            ...(type === undefined ? {} : { type }),
            ...(zone === undefined ? {} : { availabilityZone: { name: zone } }),
          },
        },
      };
    });
