import { expect, test } from "vitest";
import { cachedState } from "./cached.ts";

test("every kind that Slipway's API has is shown; only upstream's kinds for trying out are not there", () => {
  const shown = cachedState({ list: () => [], synced: async () => {} }).kinds.map(({ kind }) => kind);
  expect(shown).toEqual([
    ...["ClusterResourceSet", "KubeadmConfig", "Cluster", "ClusterClass", "Machine", "MachineDeployment", "MachineHealthCheck"],
    ...["MachinePool", "MachineSet", "KubeadmControlPlane", "IPAddressClaim", "ExtensionConfig"],
    ...["OpenStackCluster", "OpenStackMachine", "OpenStackServer", "MagnumCluster"],
  ]);
});
