import { fail, phase, ready, wait } from "@slipway/runtime";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

type Presence = "notYet" | "there" | "going" | "gone";

/** Somebody with access to the management cluster may delete a Cluster behind Magnum's back: then it is not quietly made again. */
export const presence = phase<Scope, Presence, DriverEffect, Facts>({
  name: "presence",
  observe: ({ observed: { cluster }, record }) => {
    if (cluster !== undefined) return cluster.metadata.deletionTimestamp === undefined ? "there" : "going";
    return record.status?.clusterUid === undefined ? "notYet" : "gone";
  },
  decide: (state, { record, recreateDeleted }) => {
    const name = record.metadata.name;
    switch (state) {
      case "going":
        return wait("ClusterDeletedByOthers", { message: `Cluster ${name} is being deleted, but not by Magnum.` });
      case "gone":
        if (recreateDeleted) return ready();
        return fail(
          "ClusterGone",
          `The backing Cluster ${name} is gone: it was deleted from the management cluster, not through Magnum. Delete this cluster, or ask an operator to apply the backing Cluster again.`,
        );
      default:
        return ready();
    }
  },
});
