import { diagnosisDocument } from "@slipway/doctor";
import { enforce } from "../auth/policy.ts";
import { getCluster } from "../clusters/store.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";

/**
 * An extension of ours: why the cluster is as it is. Whoever may see the cluster may ask. Administrators are told what only they can
 * see and do; tenants are not.
 */
const show = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, params, world } = exchange;
  if (admin) enforce("cluster:get_one_all_projects", caller);
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "everywhereForAdmins");
  enforce("cluster:get", caller, cluster.spec);
  const diagnosis = await world.examine(cluster);
  return { status: 200, body: diagnosisDocument(diagnosis, cluster.metadata.uid, admin ? "operator" : "tenant") };
};

export const diagnosisRoutes: readonly Route[] = [{ method: "GET", path: "clusters/:cluster/diagnosis", handle: show }];
