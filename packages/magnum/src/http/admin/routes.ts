import { MagnumCluster } from "@slipway/api";
import { enforce } from "../auth/policy.ts";
import { type Attributes, readAttributes } from "../body/attributes.ts";
import { readPatch } from "../body/patch.ts";
import { getCluster } from "../clusters/store.ts";
import { countNodes } from "../clusters/view.ts";
import { badRequest, forbidden, notFound } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { PAGING, page } from "../paging.ts";
import { listRecords } from "../records.ts";
import { wireTime } from "../times.ts";

/** How many clusters and machines there are: in the caller's project, or for administrators in any or all. */
const stats = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, query, world } = exchange;
  enforce("stats:get_all", caller);
  const type = query["type"] ?? "cluster";
  if (type.toLowerCase() !== "cluster") throw badRequest(`Invalid request type ${type}`);
  const projectId = query["project_id"] ?? (admin ? undefined : caller.projectId);
  if (!admin && projectId !== caller.projectId) throw forbidden("Not authorized.");
  const clusters = await listRecords(world.client, MagnumCluster, projectId);
  const nodes = clusters.reduce((sum, { spec }) => sum + countNodes(spec.nodeGroups), 0);
  return { status: 200, body: { clusters: clusters.length, nodes } };
};

const HEARTBEAT_SECONDS = 60;

/** API and driver are one program: that it answers is the sign of life, and its beats are the minutes since it started. */
const services = async ({ caller, world }: Exchange): Promise<Answer> => {
  enforce("magnum-service:get_all", caller);
  const beats = Math.floor((world.clock.now().getTime() - world.startedAt.getTime()) / 1000 / HEARTBEAT_SECONDS);
  const lastBeat = new Date(world.startedAt.getTime() + beats * HEARTBEAT_SECONDS * 1000);
  return {
    status: 200,
    body: {
      mservices: [
        {
          host: world.settings.host,
          binary: "magnum-conductor",
          state: "up",
          id: 1,
          report_count: beats + 1,
          disabled: false,
          disabled_reason: null,
          created_at: wireTime(world.startedAt.toISOString()),
          updated_at: wireTime(lastBeat.toISOString()),
        },
      ],
    },
  };
};

const FEDERATION: Attributes = {
  uuid: { type: "text" },
  name: { type: "text", minLength: 1, maxLength: 242, pattern: /^[a-zA-Z][a-zA-Z0-9_.-]*$/ },
  hostcluster_id: { type: "text" },
  member_ids: { type: "list" },
  properties: { type: "labels" },
  status: { type: "text" },
  status_reason: { type: "text" },
  links: { type: "list", readOnly: true },
  created_at: { type: "text", readOnly: true },
  updated_at: { type: "text", readOnly: true },
};

const listFederations =
  (path: string, rule: "federation:get_all" | "federation:detail") =>
  async (exchange: Exchange): Promise<Answer> => {
    enforce(rule, exchange.caller);
    const nothing: readonly string[] = [];
    const missing = (marker: string) => notFound(`Federation ${marker} could not be found.`);
    const body = page(
      {
        items: nothing,
        key: "federations",
        path,
        columns: { uuid: String, name: String, hostcluster_id: String, status: String, created_at: String, updated_at: String },
        marker: { of: String, kind: "uuid", missing },
        view: () => ({}),
      },
      exchange,
    );
    return { status: 200, body };
  };

/** Upstream takes the request, answers a uuid and then refuses the work: nothing is ever stored. */
const createFederation = async (exchange: Exchange): Promise<Answer> => {
  const { caller, world } = exchange;
  const values = readAttributes(FEDERATION, await exchange.json(), "federation");
  enforce("federation:create", caller);
  const host = values["hostcluster_id"];
  if (host === undefined) throw badRequest("Federation needs a hostcluster_id.");
  await getCluster(exchange, String(host), "own");
  if (!Object.hasOwn((values["properties"] as object | undefined) ?? {}, "dns-zone"))
    throw badRequest("Federation needs the property dns-zone.");
  return { status: 202, body: { uuid: world.random.uuid() } };
};

const noFederation =
  (rule: "federation:get" | "federation:update" | "federation:delete") =>
  async (exchange: Exchange): Promise<Answer> => {
    if (rule === "federation:update") readPatch(await exchange.json(), {});
    enforce(rule, exchange.caller);
    throw notFound(`Federation ${exchange.params["federation"] ?? ""} could not be found.`);
  };

export const adminRoutes: readonly Route[] = [
  { method: "GET", path: "stats", query: ["project_id", "type"], handle: stats },
  { method: "GET", path: "mservices", handle: services },
  { method: "GET", path: "federations", query: PAGING, handle: listFederations("federations", "federation:get_all") },
  {
    method: "GET",
    path: "federations/detail",
    query: PAGING,
    handle: listFederations("federations/detail", "federation:detail"),
  },
  { method: "POST", path: "federations", handle: createFederation },
  { method: "GET", path: "federations/:federation", handle: noFederation("federation:get") },
  { method: "PATCH", path: "federations/:federation", handle: noFederation("federation:update") },
  { method: "DELETE", path: "federations/:federation", handle: noFederation("federation:delete") },
];
