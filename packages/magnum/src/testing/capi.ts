import {
  type Client,
  Cluster,
  type Condition,
  KubeadmControlPlane,
  type KubeObject,
  MAGNUM_NAMESPACE,
  Machine,
  MachineDeployment,
  OpenStackCluster,
  OpenStackMachineTemplate,
  type Resource,
  type Stored,
} from "@slipway/api";
import { labels } from "@slipway/api/cluster/names.ts";
import type { Running } from "@slipway/runtime";
import { controlPlaneName } from "../driver/names.ts";

/** For tests: Cluster API's controllers, as far as their objects show. */
export interface CapiPlayer {
  get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<Stored<T>>;
  list<T extends KubeObject>(resource: Resource<T>): Promise<readonly Stored<T>[]>;
  /** As Cluster API's controllers write it when everything of this cluster runs as its specs ask. */
  capiCatchesUp(stack: string): Promise<void>;
  /** The same, but what the driver asks for meanwhile is left for the next time. */
  capiCatchesUpOnce(stack: string): Promise<void>;
  /** As when the last machine and the cloud's things are gone. */
  capiDeletes(stack: string): Promise<void>;
}

export const createCapiPlayer = (
  client: Client,
  running: Running,
  endpoint = { host: "203.0.113.7", port: 6443 },
): CapiPlayer => {
  const list = async <T extends KubeObject>(resource: Resource<T>) =>
    (await client.list(resource, { namespace: MAGNUM_NAMESPACE })).items;
  const get = <T extends KubeObject>(resource: Resource<T>, name: string) =>
    client.get(resource, { namespace: MAGNUM_NAMESPACE, name });
  const writeStatus = <T extends KubeObject>(resource: Resource<T>, object: Stored<T>, status: object) =>
    client.update(resource, { ...object, status } as T, { subresource: "status" });
  const condition = (type: string, status = "True"): Condition => ({ type, status, lastTransitionTime: "2026-11-22T12:00:00Z" });

  const syncMachines = async (stack: string, owner: KubeObject, count: number, version: string, infrastructure: string) => {
    const group = owner.metadata.labels?.["magnum.slipway.dev/node-group"] ?? "";
    const there = (await list(Machine)).filter(({ metadata }) => metadata.labels?.["magnum.slipway.dev/node-group"] === group);
    const kept = there
      .filter(({ spec }) => spec.version === version && spec.infrastructureRef?.name?.startsWith(infrastructure))
      .slice(0, count);
    for (const machine of there.filter((one) => !kept.includes(one)))
      await client.delete(Machine, { namespace: MAGNUM_NAMESPACE, name: machine.metadata.name });
    for (let at = kept.length; at < count; at++) {
      const name = `${owner.metadata.name}-${Math.floor(Math.random() * 1e9).toString(36)}`;
      const machine = await client.create(Machine, {
        apiVersion: "cluster.x-k8s.io/v1beta1",
        kind: "Machine",
        metadata: {
          name,
          namespace: MAGNUM_NAMESPACE,
          labels: { [labels.clusterName]: stack, "magnum.slipway.dev/node-group": group },
        },
        spec: {
          clusterName: stack,
          version,
          providerID: `openstack:///${name}`,
          bootstrap: { dataSecretName: "x" },
          infrastructureRef: {
            apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1",
            kind: "OpenStackMachine",
            name: `${infrastructure}-${name}`,
          },
        },
      });
      await writeStatus(Machine, machine, {
        conditions: [condition("Ready"), condition("InfrastructureReady"), condition("NodeHealthy")],
        addresses: [{ type: "InternalIP", address: `10.0.0.${10 + (await list(Machine)).length}` }],
      });
    }
  };

  // Workers follow the control plane, which the driver lets go first: two rounds bring both there.
  const capiCatchesUp = async (stack: string, rounds = 2) => {
    for (let round = 0; round < rounds; round++) {
      await running.settled();
      const controlPlane = await get(KubeadmControlPlane, controlPlaneName(stack));
      const replicas = controlPlane.spec.replicas ?? 0;
      await syncMachines(
        stack,
        controlPlane,
        replicas,
        controlPlane.spec.version,
        controlPlane.spec.machineTemplate.infrastructureRef.name ?? "",
      );
      await writeStatus(KubeadmControlPlane, controlPlane, {
        ready: true,
        initialized: true,
        replicas,
        readyReplicas: replicas,
        updatedReplicas: replicas,
        version: controlPlane.spec.version,
        observedGeneration: controlPlane.metadata.generation,
        conditions: [condition("Available"), condition("Ready")],
      });
      for (const deployment of await list(MachineDeployment)) {
        const size = deployment.spec.replicas ?? 0;
        const { spec } = deployment.spec.template;
        await syncMachines(stack, deployment, size, spec?.version ?? "", spec?.infrastructureRef?.name ?? "");
        await writeStatus(MachineDeployment, deployment, {
          phase: "Running",
          replicas: size,
          readyReplicas: size,
          updatedReplicas: size,
          availableReplicas: size,
          observedGeneration: deployment.metadata.generation,
        });
      }
      const infrastructure = await get(OpenStackCluster, stack);
      await writeStatus(OpenStackCluster, infrastructure, { ready: true });
      const cluster = await get(Cluster, stack);
      const withEndpoint = await client.update(Cluster, {
        ...cluster,
        spec: { ...cluster.spec, controlPlaneEndpoint: endpoint },
      });
      await writeStatus(Cluster, withEndpoint, {
        phase: "Provisioned",
        infrastructureReady: true,
        controlPlaneReady: true,
        conditions: ["Ready", "ControlPlaneReady", "InfrastructureReady", "ControlPlaneInitialized"].map((type) =>
          condition(type),
        ),
      });
      await running.settled();
    }
  };

  return {
    get,
    list,
    capiCatchesUp: (stack) => capiCatchesUp(stack),
    capiCatchesUpOnce: (stack) => capiCatchesUp(stack, 1),
    capiDeletes: async (stack) => {
      await running.settled();
      for (const resource of [
        Machine,
        MachineDeployment,
        KubeadmControlPlane,
        OpenStackCluster,
        OpenStackMachineTemplate,
      ] as Resource[])
        for (const { metadata } of await list(resource))
          await client.delete(resource, { namespace: MAGNUM_NAMESPACE, name: metadata.name }).catch(() => undefined);
      const cluster = await get(Cluster, stack).catch(() => undefined);
      if (cluster?.metadata.finalizers?.length)
        await client.patch(
          Cluster,
          { namespace: MAGNUM_NAMESPACE, name: stack },
          { type: "merge", body: { metadata: { finalizers: null } } },
        );
      await running.settled();
    },
  };
};
