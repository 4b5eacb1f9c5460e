import { namespaces } from "../system/management.ts";
import type { System } from "../system/system.ts";
import type { StatusBoard } from "./status.ts";

/** The providers and services as an operator knows them, with the state of the part of this program that plays each. */
export const watchComponents = (system: System, board: StatusBoard): void => {
  const set = (namespace: string, name: string, message: string) => board.set({ namespace, name, ready: true, message });
  set(namespaces.core, "capi-controller-manager", "Cluster, Machine, MachineSet, MachineDeployment");
  set(namespaces.bootstrap, "capi-kubeadm-bootstrap-controller-manager", "KubeadmConfig");
  set(namespaces.controlPlane, "capi-kubeadm-control-plane-controller-manager", "KubeadmControlPlane");
  set(namespaces.infrastructure, "capo-controller-manager", "OpenStackCluster, OpenStackMachine, OpenStackServer");
  set(namespaces.magnum, "magnum-api", "container-infra API and its driver");
  if (system.world !== undefined) set("openstack", "simulated-cloud", "identity, compute, network, image, load balancer, volume");
  // Controllers end only when something that they cannot go on without is gone.
  system.controllers.done.then(
    () => undefined,
    (error: unknown) => {
      for (const namespace of Object.values(namespaces)) {
        board.set({
          namespace,
          name: "controllers",
          ready: false,
          message: `ended: ${error instanceof Error ? error.message : error}`,
        });
      }
    },
  );
};
