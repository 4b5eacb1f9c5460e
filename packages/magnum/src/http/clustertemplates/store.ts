import { type Client, MAGNUM_NAMESPACE, MagnumCluster, MagnumClusterTemplate, type Stored } from "@slipway/api";
import { templateNotFound } from "../errors.ts";
import type { Exchange, World } from "../exchange.ts";
import { findByUuid, inOrder, listRecords, pick } from "../records.ts";

/** Set on templates that every project may use. */
export const PUBLIC_LABEL = "magnum.slipway.dev/public";

const SEVERAL = "Multiple ClusterTemplates exist with same name. Please use the ClusterTemplate uuid instead.";

type Caller = Pick<Exchange, "caller" | "admin" | "world">;

/** The project's own and the public ones that are not hidden; an administrator sees every one. */
export const visibleTemplates = async ({
  caller,
  admin,
  world: { client },
}: Caller): Promise<readonly Stored<MagnumClusterTemplate>[]> => {
  if (admin) return listRecords(client, MagnumClusterTemplate, undefined);
  const [own, open] = await Promise.all([
    caller.projectId === undefined ? [] : listRecords(client, MagnumClusterTemplate, caller.projectId),
    client.list(MagnumClusterTemplate, { namespace: MAGNUM_NAMESPACE, labelSelector: `${PUBLIC_LABEL}=true` }),
  ]);
  const others = open.items.filter(({ spec }) => spec.projectId !== caller.projectId && spec.public && !spec.hidden);
  return inOrder([...own, ...others]);
};

/** @throws MagnumError 404, 409 */
export const getTemplate = async (exchange: Caller, ident: string): Promise<Stored<MagnumClusterTemplate>> => {
  const template = pick(await visibleTemplates(exchange), ident, SEVERAL);
  if (template === undefined) throw templateNotFound(ident);
  return template;
};

export const clustersUsing = async (client: Client, templateId: string): Promise<boolean> =>
  (await client.list(MagnumCluster, { namespace: MAGNUM_NAMESPACE })).items.some(
    ({ spec }) => spec.clusterTemplateId === templateId,
  );

/** Whoever owns it: what a cluster was made from. */
export const getTemplateByUid = (
  world: Pick<World, "client" | "known">,
  uid: string,
): Promise<Stored<MagnumClusterTemplate> | undefined> => findByUuid(world.client, MagnumClusterTemplate, uid, world.known);
