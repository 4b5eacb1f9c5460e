import type { ListAbout, OrphanItem } from "@slipway/api/magnum/live.ts";
import type { Audit } from "@slipway/doctor";
import type { Clock } from "@slipway/runtime";
import type { Orphanage } from "../../orphans/orphanage.ts";
import type { LiveView } from "../watch.ts";
import type { ListSource } from "./shared.ts";

/** OpenStack tells nobody when something is left over: while somebody reads, the cloud is looked through so often. */
const lookAgainMilliseconds = 300_000;

/** Cloud resources of clusters that are no more, Clusters that nobody's record asks for, and clusters whose project is gone (CON-059). */
export const orphanItems = ({ orphans, clusters, abandoned }: Audit): readonly OrphanItem[] => [
  ...orphans.map(({ kind, id, name, projectId, createdAt, status, cluster }) => ({
    kind,
    id,
    name,
    projectId,
    clusterName: cluster.title || cluster.name,
    createdAt: createdAt?.toISOString() ?? null,
    size: status,
    command: `slipway orphans delete ${id}`,
  })),
  ...clusters.map(({ namespace, name, uuid }) => ({
    ...nothing,
    kind: "Cluster",
    id: uuid,
    name,
    clusterName: name,
    command: `kubectl delete cluster ${name} -n ${namespace}`,
  })),
  ...abandoned.map(({ name, uuid, projectId, title }) => ({
    ...nothing,
    kind: "MagnumCluster",
    id: uuid,
    name,
    projectId,
    clusterName: title,
  })),
];

const nothing = { projectId: null, createdAt: null, size: null, command: null };

export const orphanList = (options: {
  readonly live: LiveView;
  readonly orphanage: Orphanage;
  readonly clock: Pick<Clock, "now" | "setTimeout">;
}): ListSource => {
  const { live, orphanage, clock } = options;
  let about: ListAbout = {};
  return {
    gatherMilliseconds: 3_000,
    all: async () => {
      const { audit, at } = await orphanage.look();
      about = { checkedAt: at.toISOString(), problems: audit.problems };
      return new Map(orphanItems(audit).map((item) => [`${item.kind}/${item.id}`, item]));
    },
    about: () => about,
    subscribe: (wake) => {
      let timer = clock.setTimeout(function again() {
        wake();
        timer = clock.setTimeout(again, lookAgainMilliseconds);
      }, lookAgainMilliseconds);
      const stops = [
        // A cluster that went may have left something.
        live.subscribe((names) => {
          if (![...names].some((name) => live.record(name) === undefined)) return;
          orphanage.forget();
          wake();
        }),
        orphanage.subscribe(() => wake()),
        () => timer.cancel(),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
};
