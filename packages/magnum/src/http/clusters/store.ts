import { MagnumCluster, type MagnumClusterSpec, type Stored } from "@slipway/api";
import { isUuid } from "../../cloud/tenant.ts";
import { clusterNotFound } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { describeChange, withActivity } from "../live/activity.ts";
import { changeRecord, findByUuid, listRecords, pick } from "../records.ts";

const SEVERAL = "Multiple clusters exist with same name. Please use the cluster uuid instead.";

type Caller = Pick<Exchange, "caller" | "admin" | "world">;

/** Whose clusters a request may touch: an administrator's some requests reach every project, others only the caller's own. */
export type Reach = "own" | "everywhereForAdmins";

export const visibleClusters = async (
  { caller, admin, world: { client } }: Caller,
  reach: Reach,
): Promise<readonly Stored<MagnumCluster>[]> => {
  if (admin && reach === "everywhereForAdmins") return listRecords(client, MagnumCluster, undefined);
  return caller.projectId === undefined ? [] : listRecords(client, MagnumCluster, caller.projectId);
};

/** @throws MagnumError 404, 409 */
export const getCluster = async (exchange: Caller, ident: string, reach: Reach): Promise<Stored<MagnumCluster>> => {
  const cluster = isUuid(ident)
    ? await byUuid(exchange, ident.toLowerCase(), reach)
    : pick(await visibleClusters(exchange, reach), ident, SEVERAL);
  if (cluster === undefined) throw clusterNotFound(ident);
  return cluster;
};

const byUuid = async (
  { caller, admin, world }: Caller,
  uuid: string,
  reach: Reach,
): Promise<Stored<MagnumCluster> | undefined> => {
  const cluster = await findByUuid(world.client, MagnumCluster, uuid, world.known);
  const visible = (admin && reach === "everywhereForAdmins") || cluster?.spec.projectId === caller.projectId;
  return visible ? cluster : undefined;
};

/** Writes a changed spec, decided on the record as it is at that moment. */
export const changeSpec = (
  exchange: Pick<Exchange, "caller" | "world">,
  cluster: Stored<MagnumCluster>,
  change: (spec: MagnumClusterSpec, now: string, current: Stored<MagnumCluster>) => MagnumClusterSpec,
): Promise<Stored<MagnumCluster>> => {
  const { world } = exchange;
  const now = world.clock.now().toISOString();
  return changeRecord(world.client, MagnumCluster, cluster, (current) => {
    const spec = change(current.spec, now, current);
    if (spec === current.spec) return current;
    return withActivity({ ...current, spec: { ...spec, updatedAt: now } }, exchange, describeChange(current.spec, spec));
  });
};
