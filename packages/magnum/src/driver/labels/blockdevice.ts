import type { MagnumCluster, Stored } from "@slipway/api";
import type { MachinesShape } from "../shape.ts";
import type { LabelReader } from "./label.ts";

export interface BlockDevice {
  readonly name: "etcd" | "docker";
  readonly sizeGiB: number;
  readonly type: string | undefined;
  readonly mountPoint: string;
}

/** One more volume on each of these machines: made by the cloud, formatted and mounted by cloud-init. */
export const withBlockDevice = (
  machines: MachinesShape,
  { name, sizeGiB, type, mountPoint }: BlockDevice,
  labels: LabelReader,
  { spec }: Stored<MagnumCluster>,
): MachinesShape => {
  const { machine, kubeadm } = machines;
  const others = machine.additionalBlockDevices ?? [];
  const zone = labels.text("availability_zone");
  // The boot disk is a; the bus decides what disks are called.
  const device = `/dev/${spec.hardwareDiskBus === "scsi" ? "sd" : "vd"}${String.fromCharCode("b".charCodeAt(0) + others.length)}`;
  const label = `${name}_disk`;
  return {
    ...machines,
    machine: {
      ...machine,
      additionalBlockDevices: [
        ...others,
        {
          name,
          sizeGiB,
          storage: {
            type: "Volume",
            volume: {
              ...(type === undefined ? {} : { type }),
              ...(zone === undefined ? {} : { availabilityZone: { name: zone } }),
            },
          },
        },
      ],
    },
    kubeadm: {
      ...kubeadm,
      diskSetup: {
        partitions: [...(kubeadm.diskSetup?.partitions ?? []), { device, layout: true, overwrite: false, tableType: "gpt" }],
        filesystems: [...(kubeadm.diskSetup?.filesystems ?? []), { device, filesystem: "ext4", label }],
      },
      mounts: [...(kubeadm.mounts ?? []), [`LABEL=${label}`, mountPoint]],
    },
  };
};
