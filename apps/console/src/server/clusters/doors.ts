import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { Accepted, ClusterDetail, ClusterList, Scale } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import type { SignedVisit } from "../http/exchange.ts";
import { Fault, invalid, isFault } from "../http/fault.ts";
import { type Json, list, numberOf, textOf } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import { magnumCluster, magnumNodeGroup, readNewCluster, readNewNodeGroup, readScale, readUpgrade } from "./body.ts";
import type { FullOverview } from "./overview.ts";
import { selectClusters } from "./select.ts";
import { detailOf, nodeGroupOf, summaryOf } from "./view.ts";

/** Where summaries of a project's clusters come from: Slipway's own view of them, or what any Magnum says. */
export interface Overview {
  list(session: Session): Promise<readonly LiveCluster[]>;
  get(session: Session, id: string): Promise<LiveCluster>;
}

export interface ClusterDoorOptions {
  readonly services: Services;
  readonly overview: FullOverview;
  /** Checks what a create would use. @throws Fault quotaExceeded */
  readonly checkQuota: (session: Session, wanted: ReturnType<typeof readNewCluster>) => Promise<void>;
  readonly userName: (session: Session, userId: string) => string | null;
  readonly log: (message: string, fields: object) => void;
}

type ClusterDoors = Pick<
  Doors,
  | "GET /api/clusters"
  | "POST /api/clusters"
  | "GET /api/clusters/:id"
  | "DELETE /api/clusters/:id"
  | "POST /api/clusters/:id/scale"
  | "POST /api/clusters/:id/upgrade"
  | "POST /api/clusters/:id/certificates/rotate"
  | "POST /api/clusters/:id/credential/rotate"
  | "GET /api/clusters/:id/nodegroups"
  | "POST /api/clusters/:id/nodegroups"
  | "DELETE /api/clusters/:id/nodegroups/:group"
>;

/** Clusters and node groups, through Magnum with the user's own token. */
export const clusterDoors = (options: ClusterDoorOptions): ClusterDoors => {
  const { services, overview } = options;
  const ask = services.ask;
  const clusterPath = (visit: SignedVisit): string => `/clusters/${visit.params["id"] ?? ""}`;
  const accepted = (visit: SignedVisit, id: string = visit.params["id"] ?? ""): Accepted => ({ id, requestId: visit.requestId });

  const groupsOf = async (session: Session, path: string): Promise<readonly Json[]> => {
    const listed = list(await ask(session, "containerInfra", "GET", `${path}/nodegroups`), "nodegroups");
    return Promise.all(
      listed.map((group) => ask(session, "containerInfra", "GET", `${path}/nodegroups/${textOf(group, "uuid")}`)),
    );
  };

  /** Somebody was quicker: what is shown is old. @throws Fault changedMeanwhile */
  const checkRevision = async (visit: SignedVisit): Promise<void> => {
    const given = visit.incoming.headers["if-match"]?.replace(/^"|"$/g, "");
    if (given === undefined || given === "*") return;
    const now = await overview.get(visit.session, visit.params["id"] ?? "");
    if (askedOf(now.revision) === askedOf(given)) return;
    const last = await lastChange(visit);
    throw new Fault(
      "changedMeanwhile",
      `Cluster ${now.name} was changed${last.by === null ? "" : ` by ${last.by}`} since it was shown.`,
      {
        changed: { by: last.by, at: last.at ?? now.updatedAt ?? now.createdAt },
      },
    );
  };
  const lastChange = async (visit: SignedVisit): Promise<{ readonly by: string | null; readonly at?: string }> => {
    const history = await ask(visit.session, "containerInfra", "GET", `${clusterPath(visit)}/history`).catch(() => ({}));
    const last = list(history, "actions")[0];
    return last === undefined ? { by: null } : { by: textOf(last, "by") || null, at: textOf(last, "at") };
  };

  const scale = async (visit: SignedVisit, wanted: Scale): Promise<void> => {
    const { session } = visit;
    const path = clusterPath(visit);
    const groups = list(await ask(session, "containerInfra", "GET", `${path}/nodegroups`), "nodegroups");
    const name = wanted.nodeGroup ?? "default-worker";
    const found = groups.find((group) => textOf(group, "name") === name || textOf(group, "uuid") === name);
    if (found === undefined) throw new Fault("notFound", `There is no node group ${name}.`, { field: "nodeGroup" });
    const groupPath = `${path}/nodegroups/${textOf(found, "uuid")}`;
    const group = nodeGroupOf(await ask(session, "containerInfra", "GET", groupPath));
    const count = wanted.nodeCount ?? group.nodeCount;
    const least = wanted.minNodeCount ?? group.minNodeCount;
    const most = wanted.maxNodeCount === undefined ? group.maxNodeCount : wanted.maxNodeCount;
    if (count < least || (most !== null && count > most))
      throw invalid("nodeCount", `${count} is outside of the group's bounds, ${least} to ${most ?? "any"}.`);
    const bound = async (minimum: number, maximum: number | null) => {
      if (minimum === group.minNodeCount && maximum === group.maxNodeCount) return;
      await ask(session, "containerInfra", "PATCH", groupPath, {
        body: [
          { op: "replace", path: "/min_node_count", value: minimum },
          maximum === null
            ? { op: "remove", path: "/max_node_count" }
            : { op: "replace", path: "/max_node_count", value: maximum },
        ],
      });
    };
    // Magnum checks the bounds against the count that is: first those that allow both, then the count, then those that are wanted.
    const now = group.nodeCount;
    const fits = now >= least && (most === null || now <= most);
    if (fits) await bound(least, most);
    else await bound(Math.min(least, now), most === null ? null : Math.max(most, now));
    if (count !== now || (wanted.nodesToRemove ?? []).length > 0)
      await ask(session, "containerInfra", "POST", `${path}/actions/resize`, {
        body: {
          node_count: count,
          nodegroup: group.name,
          ...(wanted.nodesToRemove ? { nodes_to_remove: wanted.nodesToRemove } : {}),
        },
      });
    if (!fits) await bound(least, most);
  };

  return {
    "GET /api/clusters": async ({ session, incoming }): Promise<ClusterList> => {
      const all = (await overview.list(session)).map((cluster) => summaryOf(cluster, session.roles));
      return selectClusters(all, incoming.query);
    },
    "POST /api/clusters": async (visit) => {
      const { session } = visit;
      const wanted = readNewCluster(visit.json);
      if (session.restricted)
        throw new Fault(
          "restrictedCredential",
          "You are signed in with a restricted application credential: a cluster needs one of its own, and this may not make another.",
        );
      await options.checkQuota(session, wanted);
      const made = await ask(session, "containerInfra", "POST", "/clusters", { body: magnumCluster(wanted) });
      const id = textOf(made, "uuid");
      const early = await overview.isSlipway(session);
      for (const [index, group] of (wanted.nodeGroups ?? []).entries()) {
        if (early) await earlyGroup(session, id, magnumNodeGroup(group), { services, index, name: group.name });
        else await laterGroup(session, id, magnumNodeGroup(group), options);
      }
      return accepted(visit, id);
    },
    "GET /api/clusters/:id": async (visit): Promise<ClusterDetail> => {
      const { session } = visit;
      const path = clusterPath(visit);
      const inside = async (what: string): Promise<Json> =>
        (await overview.isSlipway(session)) ? ask(session, "containerInfra", "GET", `${path}/${what}`) : {};
      const [live, cluster, nodeGroups, nodes, history] = await Promise.all([
        overview.get(session, visit.params["id"] ?? ""),
        ask(session, "containerInfra", "GET", path),
        groupsOf(session, path),
        inside("nodes"),
        inside("history"),
      ]);
      const template = await ask(
        session,
        "containerInfra",
        "GET",
        `/clustertemplates/${textOf(cluster, "cluster_template_id")}`,
      ).catch((error: unknown) => {
        if (isFault(error, "notFound", "forbidden")) return undefined;
        throw error;
      });
      const made = list(history, "actions").find((action) => textOf(action, "action") === "create");
      const userName = options.userName(session, textOf(cluster, "user_id")) ?? (made === undefined ? null : textOf(made, "by"));
      const machines = nodes["nodes"] === undefined ? undefined : list(nodes, "nodes");
      return detailOf({ summary: summaryOf(live, session.roles), cluster, nodeGroups, machines, template, userName });
    },
    "DELETE /api/clusters/:id": async (visit) => {
      const confirmed = createFields(visit.json).needText("confirm", 255);
      const cluster = await ask(visit.session, "containerInfra", "GET", clusterPath(visit));
      if (textOf(cluster, "name") !== confirmed) throw invalid("confirm", "This is not the cluster's name.");
      await checkRevision(visit);
      await ask(visit.session, "containerInfra", "DELETE", `/clusters/${textOf(cluster, "uuid")}`);
      return undefined;
    },
    "POST /api/clusters/:id/scale": async (visit) => {
      const wanted = readScale(visit.json);
      await checkRevision(visit);
      await scale(visit, wanted);
      return accepted(visit);
    },
    "POST /api/clusters/:id/upgrade": async (visit) => {
      const wanted = readUpgrade(visit.json);
      await checkRevision(visit);
      await ask(visit.session, "containerInfra", "POST", `${clusterPath(visit)}/actions/upgrade`, {
        body: {
          cluster_template: wanted.templateId,
          ...(wanted.nodeGroup === undefined ? {} : { nodegroup: wanted.nodeGroup }),
          ...(wanted.maxBatchSize === undefined ? {} : { max_batch_size: wanted.maxBatchSize }),
        },
      });
      return accepted(visit);
    },
    "POST /api/clusters/:id/certificates/rotate": async (visit) => {
      await ask(visit.session, "containerInfra", "PATCH", `/certificates/${visit.params["id"] ?? ""}`);
      return accepted(visit);
    },
    "POST /api/clusters/:id/credential/rotate": async (visit) => {
      await ask(visit.session, "containerInfra", "PATCH", `/credentials/${visit.params["id"] ?? ""}`);
      return accepted(visit);
    },
    "GET /api/clusters/:id/nodegroups": async (visit) => ({
      nodeGroups: (await groupsOf(visit.session, clusterPath(visit))).map(nodeGroupOf),
    }),
    "POST /api/clusters/:id/nodegroups": async (visit) => {
      const wanted = readNewNodeGroup(visit.json);
      await checkRevision(visit);
      const made = await ask(visit.session, "containerInfra", "POST", `${clusterPath(visit)}/nodegroups`, {
        body: magnumNodeGroup(wanted),
      });
      return accepted(visit, textOf(made, "uuid"));
    },
    "DELETE /api/clusters/:id/nodegroups/:group": async (visit) => {
      await ask(visit.session, "containerInfra", "DELETE", `${clusterPath(visit)}/nodegroups/${visit.params["group"] ?? ""}`);
      return undefined;
    },
  };
};

/** Slipway's Magnum takes it at once. @throws Fault that says that the cluster itself is under way */
const earlyGroup = async (
  session: Session,
  cluster: string,
  body: object,
  { services, index, name }: { readonly services: Services; readonly index: number; readonly name: string },
): Promise<void> => {
  try {
    await services.ask(session, "containerInfra", "POST", `/clusters/${cluster}/nodegroups?early=true`, { body });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.code, `The cluster is being made, but its node group ${name} was refused: ${error.message}`, {
      ...error.more,
      field: `nodeGroups.${index}`,
    });
  }
};

const groupEverySeconds = 3;
const groupForMinutes = 60;

/**
 * Other Magnums take further node groups once the cluster has an API address: they are asked for again and again until then. This is a
 * kindness of this process: whoever restarts it adds the group by hand.
 */
const laterGroup = async (
  session: Session,
  cluster: string,
  body: object,
  { services, log }: ClusterDoorOptions,
): Promise<void> => {
  const attempt = async (left: number): Promise<void> => {
    try {
      await services.ask(session, "containerInfra", "POST", `/clusters/${cluster}/nodegroups`, { body });
    } catch (error) {
      const early = isFault(error, "conflict") && /not available yet/.test(error.message);
      if (!early || left <= 0) {
        log("a node group was not made", { cluster, why: error instanceof Error ? error.message : String(error) });
        return;
      }
      setTimeout(() => void attempt(left - 1), groupEverySeconds * 1000).unref();
    }
  };
  await attempt((groupForMinutes * 60) / groupEverySeconds);
};

/** A revision begins with what is asked for; the rest is how far it is, which changes by itself all the time. */
const askedOf = (revision: string): string => revision.split("-", 1)[0] ?? "";

/** What any Magnum says of a cluster, where Slipway's own view is not to be had. */
export const liveFromMagnum = (cluster: Json): LiveCluster => {
  const status = textOf(cluster, "status");
  const count = (name: string) => ({
    desired: numberOf(cluster, name),
    ready: status.endsWith("_COMPLETE") ? numberOf(cluster, name) : 0,
  });
  const health = textOf(cluster, "health_status");
  return {
    id: textOf(cluster, "uuid"),
    name: textOf(cluster, "name"),
    phase: phaseOfStatus(status, textOf(cluster, "api_address") !== ""),
    status,
    statusReason: textOf(cluster, "status_reason") || null,
    waitingFor: null,
    health: health === "HEALTHY" || health === "UNHEALTHY" ? health : "UNKNOWN",
    version: textOf(cluster, "coe_version") || null,
    templateId: textOf(cluster, "cluster_template_id"),
    controlPlane: count("master_count"),
    workers: count("node_count"),
    createdAt: textOf(cluster, "created_at"),
    updatedAt: textOf(cluster, "updated_at") || null,
    stuckSince: null,
    revision: `${numberOf(cluster, "node_count")}.${numberOf(cluster, "master_count")}.${textOf(cluster, "cluster_template_id").replaceAll("-", "")}-${status}/${textOf(cluster, "updated_at")}`,
    projectId: textOf(cluster, "project_id"),
    userId: textOf(cluster, "user_id"),
    capiName: textOf(cluster, "cluster_id") || textOf(cluster, "stack_id"),
    paused: false,
  };
};

const phaseOfStatus = (status: string, reachable: boolean): LiveCluster["phase"] => {
  if (status.endsWith("_FAILED")) return "ERROR";
  if (status === "DELETE_IN_PROGRESS") return "DELETING";
  if (status === "CREATE_IN_PROGRESS") return reachable ? "ADDING_WORKERS" : "CREATING";
  return status.endsWith("_IN_PROGRESS") ? "UPDATING" : "ACTIVE";
};
