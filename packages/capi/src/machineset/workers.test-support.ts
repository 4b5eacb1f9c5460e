import {
  apiVersionOf,
  Cluster,
  KubeadmConfigTemplate,
  type KubeObject,
  Machine,
  MachineSet,
  type Node,
  OpenStackMachineTemplate,
  type Resource,
  type Stored,
} from "@slipway/api";
import { type Controller, setV1Beta2, type VirtualClock, v1beta2 } from "@slipway/runtime";
import { namespace, refIn, startManagementCluster } from "../testing/managementcluster.test-support.ts";
import type { WorkloadCluster, WorkloadClusters } from "../workload/index.ts";

/** A Cluster with templates for workers, in which Machines boot and go when a test says so. */
export const startWorkers = async (
  controllers: (parts: {
    readonly workloads: Pick<WorkloadClusters, "find" | "lastProbeSuccess" | "onChange">;
    readonly random: () => number;
  }) => readonly Controller[],
) => {
  const nodes = new Map<string, Node>();
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const workload = { node: (name: string) => nodes.get(name) } as Partial<WorkloadCluster> as WorkloadCluster;
  const started: { clock?: VirtualClock } = {};
  const management = await startManagementCluster((clock) => {
    started.clock = clock;
    return controllers({
      workloads: { find: () => workload, lastProbeSuccess: () => clock.now(), onChange: () => () => {} },
      random,
    });
  });
  const { client, clock, settled } = management;
  await client.create(Cluster, {
    apiVersion: apiVersionOf(Cluster),
    kind: "Cluster",
    metadata: { name: "one", namespace },
    spec: {},
  });
  await client.create(KubeadmConfigTemplate, {
    apiVersion: apiVersionOf(KubeadmConfigTemplate),
    kind: "KubeadmConfigTemplate",
    metadata: { name: "boot", namespace },
    spec: { template: { spec: { joinConfiguration: {} } } },
  });
  for (const name of ["small", "large"]) await client.create(OpenStackMachineTemplate, machineTemplate(name));

  const machines = async (): Promise<readonly Stored<Machine>[]> => {
    await settled();
    return (await client.list(Machine, { namespace })).items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  };
  const report = async (machine: Stored<Machine>, conditions: { readonly [type: string]: "True" | "False" }): Promise<void> => {
    const latest = await client.get(Machine, refIn(machine.metadata.name));
    const list = Object.entries(conditions).reduce(
      (all, [type, status]) => setV1Beta2(all, v1beta2(type, status, type), { now: clock.now() }),
      latest.status?.v1beta2?.conditions ?? [],
    );
    await management.setStatus(Machine, machine.metadata.name, {
      nodeRef: { name: machine.metadata.name },
      v1beta2: { conditions: list },
    });
  };
  const boot = async (machine: Stored<Machine>): Promise<void> => {
    nodes.set(machine.metadata.name, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: machine.metadata.name },
      status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: clock.now().toISOString() }] },
    } as Node);
    await report(machine, { Ready: "True", Available: "True" });
  };
  /** Time passes: new machines boot, those being deleted go; until nothing more happens. */
  const run = async (options: { readonly boots?: boolean } = {}): Promise<void> => {
    for (let round = 0; round < 60; round += 1) {
      const all = await machines();
      const [going, staying] = [all.filter(isGoing), all.filter((machine) => !isGoing(machine))];
      const fresh = options.boots === false ? [] : staying.filter(({ metadata }) => !nodes.has(metadata.name));
      if (going.length + fresh.length === 0) return;
      for (const machine of going) await gone(machine);
      for (const machine of fresh) await boot(machine);
      await management.advance(1);
    }
    throw new Error("the machines never came to rest");
  };
  const gone = async ({ metadata: { name } }: Stored<Machine>): Promise<void> => {
    nodes.delete(name);
    await management.setMetadata(Machine, name, { finalizers: null });
    await settled();
  };
  return {
    ...management,
    nodes,
    machines,
    names: async () => (await machines()).map(({ metadata }) => metadata.name),
    boot,
    gone,
    report,
    run,
    sets: async (): Promise<readonly Stored<MachineSet>[]> => {
      await settled();
      return (await client.list(MachineSet, { namespace })).items.toSorted((a, b) =>
        a.metadata.creationTimestamp < b.metadata.creationTimestamp
          ? -1
          : a.metadata.creationTimestamp > b.metadata.creationTimestamp
            ? 1
            : a.metadata.name < b.metadata.name
              ? -1
              : 1,
      );
    },
    list: async <T extends KubeObject>(resource: Resource<T>): Promise<readonly Stored<T>[]> => {
      await settled();
      return (await client.list(resource, { namespace })).items;
    },
  };
};

const isGoing = ({ metadata }: Stored<Machine>): boolean => metadata.deletionTimestamp !== undefined;

const machineTemplate = (name: string): OpenStackMachineTemplate => ({
  apiVersion: apiVersionOf(OpenStackMachineTemplate),
  kind: "OpenStackMachineTemplate",
  metadata: { name, namespace },
  spec: { template: { spec: { flavor: name, image: { filter: { name: "ubuntu" } } } } },
});

export const workerSpec = (infrastructure = "small", version = "v1.33.1") => ({
  clusterName: "one",
  version,
  bootstrap: { configRef: { apiVersion: apiVersionOf(KubeadmConfigTemplate), kind: "KubeadmConfigTemplate", name: "boot" } },
  infrastructureRef: {
    apiVersion: apiVersionOf(OpenStackMachineTemplate),
    kind: "OpenStackMachineTemplate",
    name: infrastructure,
  },
});
