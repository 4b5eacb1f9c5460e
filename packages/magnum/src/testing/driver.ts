import {
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
import type { Cloud, ServerGroup } from "@slipway/openstack";
import { type Running, runControllers, silentLog } from "@slipway/runtime";
import { createDriver } from "../driver/index.ts";
import { controlPlaneName } from "../driver/names.ts";
import { defaultSettings } from "../settings.ts";
import { createTestApi, TEMPLATE, type TestApi } from "./api.ts";

/** For tests: the Magnum API and its driver over a management API in memory. The test plays Cluster API. */
export interface TestDriver extends TestApi {
  readonly running: Running;
  readonly serverGroups: Map<string, ServerGroup>;
  readonly revoked: { readonly userId: string; readonly id: string }[];
  /** A template and a cluster of it; answers the cluster's uuid and its stack name. */
  start(
    cluster?: object,
    template?: object,
  ): Promise<{ readonly uuid: string; readonly stack: string; readonly templateId: string }>;
  get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<Stored<T>>;
  list<T extends KubeObject>(resource: Resource<T>): Promise<readonly Stored<T>[]>;
  /** As Cluster API's controllers write it when everything of this cluster runs as its specs ask. */
  capiCatchesUp(stack: string): Promise<void>;
  /** As when the last machine and the cloud's things are gone. */
  capiDeletes(stack: string): Promise<void>;
  show(uuid: string): Promise<{ readonly [key: string]: unknown }>;
  stop(): Promise<void>;
}

export const createTestDriver = async (): Promise<TestDriver> => {
  const test = await createTestApi();
  const { client } = test.api;
  const serverGroups = new Map<string, ServerGroup>();
  const revoked: { userId: string; id: string }[] = [];
  const compute = {
    listServerGroups: async () => [...serverGroups.values()],
    createServerGroup: async ({ name, policy }: { name: string; policy: string }) => {
      const group = {
        id: `00000000-0000-4000-8000-${String(serverGroups.size + 1).padStart(12, "0")}`,
        name,
        policies: [policy],
        members: [],
      };
      serverGroups.set(group.id, group);
      return group;
    },
    deleteServerGroup: async (id: string) => serverGroups.delete(id),
  };
  const driver = createDriver({
    connect: () => ({ compute }) as unknown as Cloud,
    revokeCredential: async (credential) => {
      revoked.push(credential);
      test.cloud.credentials.delete(credential.id);
    },
    settings: defaultSettings,
  });
  const running = runControllers([driver], { client, clock: test.clock, log: silentLog });
  await running.ready;

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

  const capiCatchesUp = async (stack: string) => {
    // Workers follow the control plane, which the driver lets go first: two rounds bring both there.
    for (let round = 0; round < 2; round++) {
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
        spec: { ...cluster.spec, controlPlaneEndpoint: { host: "203.0.113.7", port: 6443 } },
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
    ...test,
    running,
    serverGroups,
    revoked,
    get,
    list,
    capiCatchesUp,
    start: async (cluster = {}, template = {}) => {
      const made = await test.call("POST", "/v1/clustertemplates", {
        version: "latest",
        body: { ...TEMPLATE, docker_volume_size: null, ...template },
      });
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      const answer = await test.call("POST", "/v1/clusters", {
        version: "latest",
        body: { name: "mine", cluster_template_id: made.body.uuid, master_count: 3, node_count: 2, ...cluster },
      });
      if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
      await running.settled();
      const { metadata } = await test.cluster(answer.body.uuid);
      return { uuid: answer.body.uuid, stack: metadata.name, templateId: made.body.uuid };
    },
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
    show: async (uuid) => (await test.call("GET", `/v1/clusters/${uuid}`, { version: "latest" })).body,
    stop: async () => {
      await running.stop();
      await test.api.close();
    },
  };
};
