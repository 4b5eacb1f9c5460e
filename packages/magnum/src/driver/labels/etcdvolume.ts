import { withBlockDevice } from "./blockdevice.ts";
import type { LabelEffect } from "./label.ts";

/** `etcd_volume_size`, `etcd_volume_type`: a volume of its own for etcd. Before the docker volume: it is the second disk. */
export const etcdVolume: LabelEffect = (shape, labels, cluster) => {
  const sizeGiB = labels.integer("etcd_volume_size", 0);
  if (sizeGiB <= 0) return shape;
  const volume = { name: "etcd", sizeGiB, type: labels.text("etcd_volume_type"), mountPoint: "/var/lib/etcd" } as const;
  return { ...shape, controlPlane: withBlockDevice(shape.controlPlane, volume, labels, cluster) };
};
