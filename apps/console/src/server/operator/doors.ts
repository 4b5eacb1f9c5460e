import type { AlertList, Fleet, OrphanList, ProjectUsageList } from "../../contract/index.ts";
import { summaryOf } from "../clusters/view.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import type { SignedVisit } from "../http/exchange.ts";
import { Fault, isFault } from "../http/fault.ts";
import { inside, type Json, list, textOf, textOrNull } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";

type OperatorDoors = Pick<
  Doors,
  | "GET /api/operator/fleet"
  | "GET /api/operator/alerts"
  | "GET /api/operator/projects"
  | "PUT /api/operator/projects/:id/quota"
  | "POST /api/operator/clusters/:id/pause"
  | "POST /api/operator/clusters/:id/banner"
  | "GET /api/operator/orphans"
>;

/** For administrators, with their own token: Magnum decides, the console only hides what would be refused. */
export const operatorDoors = ({ services }: { readonly services: Services }): OperatorDoors => {
  const { ask } = services;
  /** For others it is as if it were not there. @throws Fault notFound */
  const administer = ({ session }: SignedVisit): Session => {
    if (!session.roles.includes("admin")) throw new Fault("notFound", "There is no such door.");
    return session;
  };
  const read = async (visit: SignedVisit, path: string): Promise<Json> => {
    try {
      return await ask(administer(visit), "containerInfra", "GET", path);
    } catch (error) {
      if (isFault(error, "notFound", "unsupported") && visit.session.roles.includes("admin"))
        throw new Fault("unsupported", "The Magnum of this cloud does not tell this.", error.more);
      throw error;
    }
  };
  const act = async (visit: SignedVisit, action: string, body: object) => {
    const id = visit.params["id"] ?? "";
    await ask(administer(visit), "containerInfra", "POST", `/clusters/${id}/actions/${action}`, { body });
    return { id, requestId: visit.requestId };
  };
  return {
    "GET /api/operator/fleet": async (visit): Promise<Fleet> => {
      const fleet = (await read(visit, "/live/fleet")) as unknown as Fleet;
      const { roles } = visit.session;
      return {
        ...fleet,
        clusters: fleet.clusters.map((cluster) => ({ ...cluster, blocked: summaryOf(cluster, roles).blocked })),
      };
    },
    "GET /api/operator/alerts": async (visit) => (await read(visit, "/live/alerts")) as unknown as AlertList,
    "GET /api/operator/projects": async (visit): Promise<ProjectUsageList> => {
      const usage = (await read(visit, "/live/projects")) as unknown as ProjectUsageList;
      const names = new Map<string, string>();
      const known = await ask(visit.session, "identity", "GET", "/projects").catch(() => ({}));
      for (const project of list(known, "projects")) names.set(String(project["id"]), String(project["name"]));
      return {
        ...usage,
        projects: usage.projects.map((project) => ({ ...project, name: names.get(project.id) ?? project.name })),
      };
    },
    "PUT /api/operator/projects/:id/quota": async (visit) => {
      const session = administer(visit);
      const hardLimit = createFields(visit.json).integer("hardLimit", 0, 1_000_000);
      if (hardLimit === undefined) throw new Fault("invalid", "Is needed.", { field: "hardLimit" });
      const project = visit.params["id"] ?? "";
      const body = { project_id: project, resource: "Cluster", hard_limit: hardLimit };
      try {
        await ask(session, "containerInfra", "PATCH", `/quotas/${project}/Cluster`, { body });
      } catch (error) {
        // There is none of its own yet.
        if (!isFault(error, "notFound", "invalid")) throw error;
        await ask(session, "containerInfra", "POST", "/quotas", { body });
      }
      return undefined;
    },
    "POST /api/operator/clusters/:id/pause": async (visit) => {
      const paused = createFields(visit.json).flag("paused");
      if (paused === undefined) throw new Fault("invalid", "Is needed.", { field: "paused" });
      return act(visit, "pause", { paused });
    },
    "POST /api/operator/clusters/:id/banner": async (visit) =>
      act(visit, "banner", { text: createFields(visit.json).text("text", 1000) ?? "" }),
    "GET /api/operator/orphans": async (visit) => orphansOf(await read(visit, "/orphans")),
  };
};

/** Magnum's audit: cloud resources of clusters that are no more, and Clusters that nobody's record asks for. */
const orphansOf = (json: Json): OrphanList => ({
  checkedAt: new Date().toISOString(),
  orphans: [
    ...list(json, "orphans").map((orphan) => ({
      kind: textOf(orphan, "kind"),
      id: textOf(orphan, "id"),
      name: textOf(orphan, "name"),
      projectId: textOrNull(orphan, "project_id"),
      clusterName: textOrNull(inside(orphan, "cluster"), "title") ?? textOrNull(inside(orphan, "cluster"), "name"),
      createdAt: textOrNull(orphan, "created_at"),
      size: textOrNull(orphan, "status"),
      command: `slipway orphans delete ${textOf(orphan, "id")}`,
    })),
    ...list(json, "clusters_without_record").map((cluster) => ({
      kind: "Cluster",
      id: textOf(cluster, "uuid"),
      name: textOf(cluster, "name"),
      projectId: null,
      clusterName: textOf(cluster, "name"),
      createdAt: null,
      size: null,
      command: `kubectl delete cluster ${textOf(cluster, "name")} -n ${textOf(cluster, "namespace")}`,
    })),
  ],
});
