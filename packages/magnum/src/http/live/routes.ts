import { ApiError, isNotFound, MAGNUM_NAMESPACE, Machine, MagnumCluster, type Stored } from "@slipway/api";
import { operatorLists } from "@slipway/api/magnum/live.ts";
import { diagnosisDocument } from "@slipway/doctor";
import { enforce } from "../auth/policy.ts";
import { getCluster } from "../clusters/store.ts";
import { conflict, MagnumError, notFound } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { orphanageOf } from "../orphans/orphanage.ts";
import { changeRecord } from "../records.ts";
import { withActivity } from "./activity.ts";
import { noAlerts, showAlerts } from "./alerts.ts";
import { withoutHosts } from "./conditions.ts";
import { administer, fleet, projects } from "./fleet.ts";
import { followCluster, followProject } from "./follow.ts";
import { orphanItems } from "./lists/orphans.ts";
import { banner, pause } from "./operate.ts";
import { type Flow, openStream } from "./stream.ts";
import type { LiveView } from "./watch.ts";

/**
 * Extensions of ours, for the console and whoever else wants to look on: clusters with phase and progress, what they are made of, and
 * a watch. A caller sees the own project and nothing else, with the rights that reading clusters needs.
 */
const viewOf = ({ world }: Exchange): LiveView => {
  if (world.live === undefined) throw new MagnumError(503, "This Magnum has no caches: it cannot show clusters live.");
  return world.live;
};

/** @throws MagnumError 404 */
const clusterOf = async (exchange: Exchange): Promise<Stored<MagnumCluster>> => {
  const { admin, caller, params } = exchange;
  if (admin) enforce("cluster:get_one_all_projects", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  enforce("cluster:get", caller, cluster.spec);
  return cluster;
};

const inside =
  (look: (live: LiveView, record: Stored<MagnumCluster>) => object | Promise<object>) =>
  async (exchange: Exchange): Promise<Answer> => {
    const record = await clusterOf(exchange);
    const live = viewOf(exchange);
    await live.synced();
    // What the caches have is newer than what was read, or as new.
    return { status: 200, body: await look(live, live.record(record.metadata.name) ?? record) };
  };

const object = (exchange: Exchange): Promise<Answer> => {
  const { kind = "", name = "" } = exchange.params;
  return inside((live, record) => live.object(record, kind, name))(exchange);
};

const index = async (exchange: Exchange): Promise<Answer> => {
  enforce("cluster:get_all", exchange.caller);
  return { status: 200, body: { live: exchange.world.live !== undefined } };
};

const list = async (exchange: Exchange): Promise<Answer> => {
  const { caller } = exchange;
  enforce("cluster:get_all", caller);
  const live = viewOf(exchange);
  await live.synced();
  const records = caller.projectId === undefined ? [] : live.records(caller.projectId);
  return { status: 200, body: { clusters: records.map((record) => live.summary(record)) } };
};

const watch = async (exchange: Exchange): Promise<Answer> => {
  const { caller, query } = exchange;
  enforce("cluster:get_all", caller);
  const live = viewOf(exchange);
  await live.synced();
  if (caller.projectId === undefined) throw notFound("A token for no project has no clusters to watch.");
  const ident = query["cluster"];
  const cluster = ident === undefined ? undefined : await clusterOf({ ...exchange, params: { cluster: ident } });
  const { projectId } = caller;
  return streamed(exchange, (flow) =>
    cluster === undefined ? followProject(live, projectId, flow) : followCluster(live, cluster, diagnose(exchange), flow),
  );
};

const streamed = ({ world, stillValid }: Exchange, follow: (flow: Flow) => () => void): Answer => ({
  status: 200,
  stream: openStream({ clock: world.timers, isGood: stillValid, follow }),
  headers: { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store" },
});

const diagnose =
  ({ admin, world }: Exchange) =>
  async (cluster: Stored<MagnumCluster>): Promise<object> =>
    diagnosisDocument(await world.examine(cluster), cluster.metadata.uid, admin ? "operator" : "tenant");

/** One of the lists of every project: for administrators, and not there for others. */
const watchList = async (exchange: Exchange): Promise<Answer> => {
  administer(exchange);
  const name = operatorLists.find((one) => one === exchange.params["list"]);
  if (name === undefined) throw notFound("The resource could not be found.");
  viewOf(exchange);
  if (name === "orphans") orphanageOf(exchange);
  const list = exchange.world.lists?.[name];
  if (list === undefined) throw noAlerts();
  return streamed(exchange, ({ sendText, end }) => {
    let stop: (() => void) | undefined;
    let left = false;
    list.follow(sendText).then(
      (leave) => {
        stop = leave;
        if (left) leave();
      },
      // It could not be read: whoever wants it comes back.
      end,
    );
    return () => {
      left = true;
      stop?.();
    };
  });
};

const orphans = async (exchange: Exchange): Promise<Answer> => {
  administer(exchange);
  const { audit, at } = await orphanageOf(exchange).look();
  return { status: 200, body: { checkedAt: at.toISOString(), problems: audit.problems, orphans: orphanItems(audit) } };
};

const REFUSALS: ReadonlySet<string> = new Set(["Forbidden", "Invalid", "Conflict", "BadRequest"]);

/** The machine is deleted; its owner makes another in its place. */
const replace = async (exchange: Exchange): Promise<Answer> => {
  const { caller, params, world } = exchange;
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  enforce("cluster:update", caller, cluster.spec);
  if (cluster.metadata.deletionTimestamp !== undefined) throw conflict(`Cluster ${cluster.spec.name} is being deleted.`);
  const live = viewOf(exchange);
  await live.synced();
  const node = live.nodes(cluster).nodes.find(({ machine }) => machine === params["machine"]);
  if (node === undefined)
    throw notFound(`Machine ${params["machine"] ?? ""} could not be found in cluster ${cluster.spec.name}.`);
  const masters = live.nodes(cluster).nodes.filter(({ role }) => role === "master");
  if (node.role === "master" && masters.length < 3)
    throw conflict(
      `The control plane of cluster ${cluster.spec.name} has ${masters.length} machine${masters.length === 1 ? "" : "s"}: one that is deleted takes etcd's data with it. Grow it to three first.`,
    );
  await world.client.delete(Machine, { namespace: MAGNUM_NAMESPACE, name: node.machine }).catch((error: unknown) => {
    if (isNotFound(error)) return;
    // The management API itself refuses what would cost etcd its majority.
    if (error instanceof ApiError && REFUSALS.has(error.reason)) throw conflict(withoutHosts(error.message));
    throw error;
  });
  await note(exchange, cluster, "replaceNode", node.machine);
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

const note = (exchange: Exchange, cluster: Stored<MagnumCluster>, action: "replaceNode" | "other", detail: string) =>
  changeRecord(exchange.world.client, MagnumCluster, cluster, (current) => withActivity(current, exchange, { action, detail }));

/** Writing the record wakes the driver, and nothing else changes. */
const retry = async (exchange: Exchange): Promise<Answer> => {
  const { caller, params } = exchange;
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  enforce("cluster:update", caller, cluster.spec);
  await note(exchange, cluster, "other", "retry");
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

export const liveRoutes: readonly Route[] = [
  { method: "GET", path: "live", handle: index },
  { method: "GET", path: "live/clusters", handle: list },
  { method: "GET", path: "live/clusters/:cluster", handle: inside((live, record) => live.summary(record)) },
  { method: "GET", path: "live/watch", query: ["cluster"], handle: watch },
  { method: "GET", path: "live/lists/:list", handle: watchList },
  { method: "GET", path: "live/orphans", handle: orphans },
  { method: "GET", path: "live/fleet", handle: fleet(viewOf) },
  { method: "GET", path: "live/alerts", handle: showAlerts(viewOf, administer) },
  { method: "GET", path: "live/projects", handle: projects(viewOf) },
  { method: "GET", path: "clusters/:cluster/tree", handle: inside((live, record) => live.tree(record)) },
  { method: "GET", path: "clusters/:cluster/objects", handle: inside((live, record) => live.objects(record)) },
  { method: "GET", path: "clusters/:cluster/objects/:kind/:name", handle: object },
  { method: "GET", path: "clusters/:cluster/nodes", handle: inside((live, record) => live.nodes(record)) },
  { method: "GET", path: "clusters/:cluster/history", handle: inside((live, record) => live.history(record)) },
  {
    method: "GET",
    path: "clusters/:cluster/events",
    handle: inside(async (live, record) => ({ events: await live.events(record) })),
  },
  { method: "POST", path: "clusters/:cluster/nodes/:machine/actions/replace", handle: replace },
  { method: "POST", path: "clusters/:cluster/actions/retry", handle: retry },
  { method: "POST", path: "clusters/:cluster/actions/pause", handle: pause },
  { method: "POST", path: "clusters/:cluster/actions/banner", handle: banner },
];
