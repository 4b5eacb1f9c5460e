import { ApiError, Cluster, Secret } from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/index.ts";
import { type Metrics, noMetrics, silentLog, type VirtualClock } from "@slipway/runtime";
import { createWorkloadClusters } from "../workload/index.ts";
import { namespace, startApi, type startManagementCluster } from "./managementcluster.test-support.ts";

/** A tenant's cluster that can be reached, cut off and lock us out. */
export const createTenantCluster = (clock: VirtualClock, metrics: Metrics = noMetrics) => {
  const state = { up: true, authorized: true, dials: 0, probes: 0 };
  const api = startApi(clock);
  const check = (): void => {
    if (!state.up) throw new ApiError("ServiceUnavailable", "connection refused");
    if (!state.authorized) throw new ApiError("Unauthorized", "Unauthorized");
  };
  const workloads = createWorkloadClusters({
    clock,
    log: silentLog,
    metrics,
    dial: async () => {
      state.dials += 1;
      return {
        client: (await api).client,
        etcd: { members: () => unused(), removeMember: () => unused(), moveLeader: () => unused() },
        probe: async () => {
          state.probes += 1;
          check();
        },
        close: () => {},
      };
    },
  });
  return { ...workloads, state, client: api.then(({ client }) => client) };
};

const unused = (): Promise<never> => Promise.reject(new Error("no etcd in this test"));

/** A Cluster as it is once its control plane answers. */
export const createRunningCluster = async (
  management: Awaited<ReturnType<typeof startManagementCluster>>,
  spec: Cluster["spec"] = {},
): Promise<void> => {
  const { client, clock, setStatus, settled } = management;
  await client.create(Cluster, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Cluster",
    metadata: { name: "one", namespace },
    spec: { controlPlaneEndpoint: { host: "127.0.0.9", port: 6443 }, ...spec },
  });
  const lastTransitionTime = clock.now().toISOString().replace(/\.\d+/, "");
  await setStatus(Cluster, "one", {
    infrastructureReady: true,
    conditions: [{ type: "ControlPlaneInitialized", status: "True", lastTransitionTime }],
  });
  await client.create(Secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "one-kubeconfig", namespace, labels: { "cluster.x-k8s.io/cluster-name": "one" } },
    data: { value: textToBase64("kubeconfig") },
  });
  await settled();
};
