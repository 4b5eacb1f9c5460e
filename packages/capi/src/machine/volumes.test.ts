import { describe, expect, test } from "vitest";
import { matchVolumes, volumesMessage } from "./volumes.ts";

describe("volumes that keep a Machine", () => {
  const volume = (name: string, spec: object) => ({ metadata: { name }, spec }) as never;
  test("are found by entry and by attachment, without those of Pods that stay [CORE-243]", () => {
    const claim = (name: string) => ({ claimRef: { kind: "PersistentVolumeClaim", namespace: "d", name } });
    const volumes = [
      volume("pv1", { csi: { driver: "cinder", volumeHandle: "1" }, ...claim("data") }),
      volume("pv2", claim("kept")),
      volume("pv3", {}),
      volume("unrelated", claim("x")),
    ];
    expect(
      matchVolumes(
        ["kubernetes.io/csi/cinder^1", "kubernetes.io/csi/cinder^9"],
        ["pv2", "pv3", "lost"],
        volumes,
        new Set(["d/kept"]),
      ),
    ).toEqual({
      claims: ["d/data"],
      volumesWithoutClaim: ["pv3"],
      nodeEntriesWithoutVolume: ["kubernetes.io/csi/cinder^9"],
      attachmentsWithoutVolume: ["lost"],
    });
  });

  test("are named [CORE-244]", () => {
    expect(
      volumesMessage("t", {
        claims: ["d/b", "d/a"],
        volumesWithoutClaim: ["pv"],
        nodeEntriesWithoutVolume: ["e"],
        attachmentsWithoutVolume: ["v"],
      }).split("\n"),
    ).toEqual([
      "Waiting for Node volumes to be detached (started at t)",
      "* PersistentVolumeClaims: d/a, d/b",
      "* PersistentVolumes without a .spec.claimRef to a PersistentVolumeClaim: pv",
      "* Node with .status.volumesAttached entries not matching a PersistentVolume: e",
      "* VolumeAttachment with .spec.source.persistentVolumeName not matching a PersistentVolume: v",
    ]);
  });
});
