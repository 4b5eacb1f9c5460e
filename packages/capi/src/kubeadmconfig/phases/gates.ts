import { phase, ready, wait } from "@slipway/runtime";
import type { Effect, Facts, Scope } from "../scope.ts";

type Gate = ReturnType<typeof phase<Scope, null, Effect, Facts>>;

/** Before there is a network nobody knows the addresses that go into the data. */
export const clusterInfrastructure: Gate = phase({
  name: "clusterInfrastructure",
  observe: () => null,
  decide: (_, { cluster }) =>
    cluster.status?.infrastructureReady === true
      ? ready()
      : wait("WaitingForClusterInfrastructure", {
          message: `Waiting for Cluster ${cluster.metadata.name} infrastructure to be ready`,
        }),
});

/** The Machine was given its data already: a moved or restored cluster. It must not be made again, the machine has started with it. */
export const providedAlready: Gate = phase({
  name: "providedAlready",
  observe: () => null,
  decide: (_, { config, owner }) =>
    owner.dataSecretName !== undefined && (config.status?.ready !== true || config.status.dataSecretName === undefined)
      ? wait("DataSecretProvided", { facts: { dataSecretName: owner.dataSecretName } })
      : ready(),
});

/** Only a control plane machine with an init or cluster configuration may found a cluster; all others come when it stands. */
export const mayInitialize: Gate = phase({
  name: "mayInitialize",
  observe: () => null,
  decide: (_, { mode, owner, config, cluster }) => {
    if (mode !== "init") return ready();
    const { initConfiguration, clusterConfiguration } = config.spec;
    if (owner.controlPlane && (initConfiguration !== undefined || clusterConfiguration !== undefined)) return ready();
    return wait("WaitingForControlPlaneAvailable", {
      message: `Waiting for Cluster ${cluster.metadata.name} control plane to be initialized`,
      recheckSeconds: 30,
    });
  },
});
