import type { FleetItem, LiveCluster } from "@slipway/api/magnum/live.ts";
import { type AlertSource, firingByCluster } from "../alerts.ts";
import type { LiveView } from "../watch.ts";
import type { Items, ListSource } from "./shared.ts";

/** A cluster as operators see it, with what fires and with the commands to look further (CON-058). */
export const fleetItem = (cluster: LiveCluster, firing: ReadonlyMap<string, readonly string[]>): FleetItem => ({
  ...cluster,
  projectName: null,
  alerts: firing.get(cluster.capiName) ?? [],
  commands: [
    `clusterctl describe cluster ${cluster.capiName} -n magnum-system --show-conditions all`,
    `kubectl get machines -n magnum-system -l cluster.x-k8s.io/cluster-name=${cluster.capiName}`,
    `slipway doctor cluster ${cluster.capiName}`,
  ],
});

/** Every tenant's clusters, by the names of their Cluster API objects. */
export const fleetList = (live: LiveView, alerts: AlertSource | undefined): ListSource => {
  // What fires is told when it changes: a change of a cluster is no reason to look at all the rules.
  let firing: ReadonlyMap<string, readonly string[]> = new Map();
  return {
    gatherMilliseconds: 50,
    all: async () => {
      await live.synced();
      firing = await firingByCluster(alerts?.read);
      return new Map(live.records(undefined).map((record) => [record.metadata.name, fleetItem(live.summary(record), firing)]));
    },
    some: async (names): Promise<Items> =>
      new Map(
        [...names].map((name) => {
          const record = live.record(name);
          return [name, record && fleetItem(live.summary(record), firing)];
        }),
      ),
    about: () => ({}),
    subscribe: (wake) => {
      const stops = [live.subscribe(wake), alerts?.subscribe(() => wake())];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
  };
};
