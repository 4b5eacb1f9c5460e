import type { ConsoleLog, Diagnosis, EventList, Finding, History, NodeList, ObjectList, Tree } from "../../contract/index.ts";
import type { Doors } from "../http/doors.ts";
import type { SignedVisit } from "../http/exchange.ts";
import { Fault } from "../http/fault.ts";
import { inside, type Json, list, textOf, textOrNull } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { FullOverview } from "./overview.ts";

type InsideDoors = Pick<
  Doors,
  | "GET /api/clusters/:id/tree"
  | "GET /api/clusters/:id/nodes"
  | "GET /api/clusters/:id/objects"
  | "GET /api/clusters/:id/objects/:kind/:name"
  | "GET /api/clusters/:id/nodes/:machine/console"
  | "POST /api/clusters/:id/nodes/:machine/replace"
  | "POST /api/clusters/:id/retry"
  | "GET /api/clusters/:id/events"
  | "GET /api/clusters/:id/history"
  | "GET /api/clusters/:id/diagnosis"
>;

/** What a cluster is made of and what happens to it: only Slipway's Magnum tells. */
export const insideDoors = (options: {
  readonly services: Services;
  readonly overview: FullOverview;
  readonly toYaml: (object: object) => string;
}): InsideDoors => {
  const { services, overview, toYaml } = options;
  const { ask } = services;
  const read = async (visit: SignedVisit, what: string): Promise<Json> => {
    if (!(await overview.isSlipway(visit.session)))
      throw new Fault("unsupported", "The Magnum of this cloud is not Slipway's: it does not tell what is inside of a cluster.");
    return ask(visit.session, "containerInfra", "GET", `/clusters/${visit.params["id"] ?? ""}/${what}`);
  };
  const accepted = (visit: SignedVisit) => ({ id: visit.params["id"] ?? "", requestId: visit.requestId });
  return {
    "GET /api/clusters/:id/tree": async (visit) => (await read(visit, "tree")) as unknown as Tree,
    "GET /api/clusters/:id/objects": async (visit) => (await read(visit, "objects")) as unknown as ObjectList,
    "GET /api/clusters/:id/objects/:kind/:name": async (visit) => {
      const { kind = "", name = "" } = visit.params;
      const object = await read(visit, `objects/${kind}/${name}`);
      return { object, yaml: toYaml(object) };
    },
    "GET /api/clusters/:id/nodes": async (visit) => (await read(visit, "nodes")) as unknown as NodeList,
    "GET /api/clusters/:id/events": async (visit) => (await read(visit, "events")) as unknown as EventList,
    "GET /api/clusters/:id/history": async (visit) => (await read(visit, "history")) as unknown as History,
    "GET /api/clusters/:id/diagnosis": async (visit) => diagnosisOf(await read(visit, "diagnosis")),
    "GET /api/clusters/:id/nodes/:machine/console": async (visit): Promise<ConsoleLog> => {
      const { nodes } = (await read(visit, "nodes")) as unknown as NodeList;
      const node = nodes.find(({ machine }) => machine === visit.params["machine"]);
      if (node === undefined) throw new Fault("notFound", "There is no such machine.");
      if (node.serverId === null) throw new Fault("notReady", "The machine has no server yet.");
      const answer = await ask(visit.session, "compute", "POST", `/servers/${node.serverId}/action`, {
        body: { "os-getConsoleOutput": { length: 500 } },
      });
      return { text: textOf(answer, "output") };
    },
    "POST /api/clusters/:id/nodes/:machine/replace": async (visit) => {
      const { id = "", machine = "" } = visit.params;
      await ask(visit.session, "containerInfra", "POST", `/clusters/${id}/nodes/${machine}/actions/replace`);
      return accepted(visit);
    },
    "POST /api/clusters/:id/retry": async (visit) => {
      await ask(visit.session, "containerInfra", "POST", `/clusters/${visit.params["id"] ?? ""}/actions/retry`);
      return accepted(visit);
    },
  };
};

const verdicts: { readonly [state: string]: Diagnosis["verdict"] } = {
  healthy: "healthy",
  progressing: "working",
  stuck: "blocked",
  failed: "failed",
};

const sentences = (json: Json, name: string): readonly string[] => {
  const value = json[name];
  return Array.isArray(value) ? value.map(String) : [];
};

/** Magnum's diagnosis in the contract's words. */
export const diagnosisOf = (json: Json): Diagnosis => ({
  checkedAt: new Date().toISOString(),
  verdict: verdicts[textOf(json, "state")] ?? "unknown",
  summary: textOf(json, "summary"),
  findings: list(json, "findings").map((finding): Finding => {
    const object = inside(finding, "object");
    const todo = sentences(finding, "actions");
    return {
      code: textOf(finding, "code"),
      severity: textOf(finding, "severity") as Finding["severity"],
      what: textOf(finding, "title"),
      why: sentences(finding, "evidence"),
      todo,
      who: todo.length > 0 ? "tenant" : "operator",
      object: textOf(object, "kind") === "" ? null : { kind: textOf(object, "kind"), name: textOf(object, "name") },
      since: textOrNull(finding, "since"),
      technical: null,
      requestId: null,
    };
  }),
});
