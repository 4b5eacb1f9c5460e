import { Cluster, MagnumCluster, Secret } from "@slipway/api";
import { namespace } from "../story.ts";
import type { Scenario } from "./scenario.ts";
import { pause, scenario } from "./steps.ts";

/** What people do beside Magnum, and what holds a deletion. */
export const people: readonly Scenario[] = [
  {
    name: "the cluster is paused",
    asked: pause,
    code: "ClusterPaused",
    title: /paused: nothing is done/,
    evidence: /spec\.paused: true/,
    todo: /who paused it/,
    object: /Cluster/,
  },
  {
    name: "the backing Cluster was deleted behind Magnum's back",
    complete: async (now, { name }) => {
      await now.client.delete(Cluster, { namespace, name });
    },
    code: "ClusterGone",
    title: /not through Magnum/,
    evidence: /is gone|being deleted/,
    todo: /Delete this cluster/,
    object: /Cluster/,
  },
  {
    name: "the authorities of a rotation were deleted in its middle",
    complete: async (now, { uuid, name }) => {
      await now.tenant.call("PATCH", `/certificates/${uuid}`);
      await now.until("it has begun", async () => {
        const { status } = await now.client.get(MagnumCluster, { namespace, name });
        return status?.caRotation?.stage === "trust";
      });
      await now.client.delete(Secret, { namespace, name: `${name}-ca-rotation` });
    },
    code: "AuthoritiesGone",
    title: /deleted in the middle of their rotation/,
    evidence: /-ca-rotation, which holds/,
    todo: /Restore Secret|platform's operator/,
    object: /Cluster/,
  },
  {
    name: "a server does not go away, and so the cluster does not",
    complete: async (now, { uuid }) => {
      scenario("server-stuck-deleting")(now);
      await now.tenant.call("DELETE", `/clusters/${uuid}`);
    },
    code: "DeletionBlocked",
    title: /does not go away/,
    evidence: /is being deleted, and stays|Since 2026/,
    todo: /server's id|other findings/,
    object: /Machine/,
  },
];
