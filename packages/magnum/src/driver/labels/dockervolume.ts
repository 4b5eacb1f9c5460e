import { withBlockDevice } from "./blockdevice.ts";
import { everyGroup, type LabelEffect } from "./label.ts";

/** `docker_volume_type`, with the cluster's attribute `docker_volume_size`: a volume for container images on every machine. */
export const dockerVolume: LabelEffect = (shape, labels, cluster) => {
  const sizeGiB = cluster.spec.dockerVolumeSize;
  if (sizeGiB === undefined) return shape;
  const volume = { name: "docker", sizeGiB, type: labels.text("docker_volume_type"), mountPoint: "/var/lib/containerd" } as const;
  return everyGroup(shape, labels, (machines, own) => withBlockDevice(machines, volume, own, cluster));
};
