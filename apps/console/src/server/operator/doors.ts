import { operatorLists } from "@slipway/api/magnum/live.ts";
import type { ListAbout, ListEntry, ListedItems, OperatorList } from "../../contract/index.ts";
import { createFields } from "../http/body.ts";
import type { Doors } from "../http/doors.ts";
import type { SignedVisit } from "../http/exchange.ts";
import { Fault, isFault } from "../http/fault.ts";
import { type Json, list, textOf } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";

type OperatorDoors = Pick<
  Doors,
  | "GET /api/operator/lists/:list"
  | "GET /api/operator/names"
  | "PUT /api/operator/projects/:id/quota"
  | "POST /api/operator/clusters/:id/pause"
  | "POST /api/operator/clusters/:id/banner"
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
    "GET /api/operator/lists/:list": async (visit) => {
      const name = operatorLists.find((one) => one === visit.params["list"]);
      if (name === undefined) throw new Fault("notFound", "There is no such list.");
      return listed(name, await read(visit, `/live/${name}`));
    },
    "GET /api/operator/names": async (visit) => {
      const known = await ask(administer(visit), "identity", "GET", "/projects");
      return { names: Object.fromEntries(list(known, "projects").map((one) => [textOf(one, "id"), textOf(one, "name")])) };
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
  };
};

/** Under which key the stream tells of an item. */
const keyOf: { readonly [List in OperatorList]: (item: Json) => string } = {
  fleet: (item) => textOf(item, "capiName"),
  alerts: (item) => textOf(item, "uid"),
  projects: (item) => textOf(item, "id"),
  orphans: (item) => `${textOf(item, "kind")}/${textOf(item, "id")}`,
};
const fieldOf = { fleet: "clusters", alerts: "alerts", projects: "projects", orphans: "orphans" } as const;

const listed = (name: OperatorList, json: Json): ListedItems => {
  const { [fieldOf[name]]: _items, totals: _totals, ...about } = json;
  return {
    items: list(json, fieldOf[name]).map((item) => ({ key: keyOf[name](item), value: item }) as unknown as ListEntry),
    about: about as ListAbout,
  };
};
