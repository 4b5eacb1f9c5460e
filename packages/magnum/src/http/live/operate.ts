import { Cluster, MAGNUM_NAMESPACE, MagnumCluster } from "@slipway/api";
import { type Attributes, readAttributes } from "../body/attributes.ts";
import { getCluster } from "../clusters/store.ts";
import { conflict } from "../errors.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { changeRecord } from "../records.ts";
import { withActivity } from "./activity.ts";
import { administer } from "./fleet.ts";
import { BANNER_ANNOTATION } from "./summary.ts";

const PAUSE: Attributes = { paused: { type: "boolean", mandatory: true } };
const BANNER: Attributes = { text: { type: "text", maxLength: 1000 } };

/** An operator stops every controller's work on a tenant's cluster, or lets it go on; the tenant sees who did (CON-061). */
export const pause = async (exchange: Exchange): Promise<Answer> => {
  administer(exchange);
  const { params, world } = exchange;
  const paused = readAttributes(PAUSE, await exchange.json(), "pause")["paused"] === true;
  const record = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  if (record.status?.clusterUid === undefined) throw conflict(`Cluster ${record.spec.name} has no objects yet.`);
  await world.client.patch(
    Cluster,
    { namespace: MAGNUM_NAMESPACE, name: record.metadata.name },
    { type: "merge", body: { spec: { paused: paused ? true : null } } },
    { fieldManager: "magnum-operator" },
  );
  await changeRecord(world.client, MagnumCluster, record, (current) =>
    withActivity(current, exchange, { action: "other", detail: paused ? "pause" : "resume" }),
  );
  return { status: 202, body: { uuid: record.metadata.uid } };
};

/** A line above a cluster's page, for its tenant; without a text there is none any more. */
export const banner = async (exchange: Exchange): Promise<Answer> => {
  administer(exchange);
  const { params, world } = exchange;
  const text = String(readAttributes(BANNER, await exchange.json(), "banner")["text"] ?? "").trim();
  const record = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  await changeRecord(world.client, MagnumCluster, record, (current) => {
    const { [BANNER_ANNOTATION]: _former, ...others } = current.metadata.annotations ?? {};
    const annotations = text === "" ? others : { ...others, [BANNER_ANNOTATION]: text };
    return withActivity({ ...current, metadata: { ...current.metadata, annotations } }, exchange, {
      action: "other",
      detail: "banner",
    });
  });
  return { status: 202, body: { uuid: record.metadata.uid } };
};
