import {
  apiVersionOf,
  isAlreadyExists,
  isNotFound,
  MAGNUM_NAMESPACE,
  MagnumQuota,
  PROJECT_LABEL,
  type Stored,
} from "@slipway/api";
import { enforce } from "../auth/policy.ts";
import { type Attributes, readAttributes, strictBoolean, type Values, withDefaults } from "../body/attributes.ts";
import { badRequest, conflict, forbidden, invalidInput, notFound } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { numericId } from "../nodegroups/view.ts";
import { markerMissing, PAGING, page } from "../paging.ts";
import { changeRecord, createRecord, listRecords } from "../records.ts";
import { wireTime } from "../times.ts";

const BODY: Attributes = {
  id: { type: "integer", readOnly: true },
  hard_limit: { type: "integer", minimum: 0, default: 1 },
  project_id: { type: "text", maxLength: 255 },
  resource: { type: "enum", values: ["Cluster"], default: "Cluster" },
  created_at: { type: "text", readOnly: true },
  updated_at: { type: "text", readOnly: true },
};

export const quotaName = (projectId: string, resource: string): string => `${projectId}-${resource}`.toLowerCase();

const view = ({ metadata, spec }: Stored<MagnumQuota>): object => ({
  id: numericId(metadata.uid),
  hard_limit: spec.hardLimit,
  project_id: spec.projectId,
  resource: spec.resource,
  created_at: wireTime(metadata.creationTimestamp),
  updated_at: wireTime(spec.updatedAt),
});

const list = async (exchange: Exchange): Promise<Answer> => {
  const { caller, query, world } = exchange;
  enforce("quota:get_all", caller);
  const all = query["all_tenants"] === undefined ? false : strictBoolean(query["all_tenants"]);
  if (all === undefined) throw invalidInput("all_tenants", query["all_tenants"] ?? "", "Unrecognized value");
  const items = await listRecords(world.client, MagnumQuota, all ? undefined : caller.projectId);
  return {
    status: 200,
    body: page(
      {
        items,
        key: "quotas",
        path: "quotas",
        columns: {
          project_id: ({ spec }) => spec.projectId,
          resource: ({ spec }) => spec.resource,
          hard_limit: ({ spec }) => spec.hardLimit,
          created_at: ({ spec }) => spec.createdAt,
          updated_at: ({ spec }) => spec.updatedAt,
        },
        marker: { of: ({ metadata }) => String(numericId(metadata.uid)), kind: "integer", missing: markerMissing("Quota") },
        view,
      },
      exchange,
    ),
  };
};

/** Of the stored quota; `undefined` when the default holds. */
const find = async ({ params, world }: Exchange): Promise<Stored<MagnumQuota> | undefined> => {
  const { project = "", resource = "" } = params;
  if (resource !== "Cluster") throw invalidInput("resource", resource, "Value should be one of: Cluster");
  return world.client
    .get(MagnumQuota, { namespace: MAGNUM_NAMESPACE, name: quotaName(project, resource) })
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
};

const show = async (exchange: Exchange): Promise<Answer> => {
  const { admin, caller, params, world } = exchange;
  const { project = "", resource = "" } = params;
  enforce("quota:get", caller);
  if (!admin && project !== caller.projectId) throw forbidden("Not authorized.");
  const quota = await find(exchange);
  if (quota !== undefined) return { status: 200, body: view(quota) };
  return { status: 200, body: { hard_limit: world.settings.maxClustersPerProject, project_id: project, resource } };
};

const create = async (exchange: Exchange): Promise<Answer> => {
  const { caller, cloud, world } = exchange;
  const values = withDefaults(BODY, readAttributes(BODY, await exchange.json(), "quota"));
  enforce("quota:create", caller);
  const projectId = values["project_id"] as string | undefined;
  if (projectId === undefined || projectId === "") throw badRequest("Must provide a valid project ID.");
  if (!(await cloud.projectExists(projectId))) throw notFound(`Project ${projectId} could not be found.`);
  const resource = "Cluster" as const;
  try {
    const made = await createRecord(world.client, MagnumQuota, {
      apiVersion: apiVersionOf(MagnumQuota),
      kind: "MagnumQuota",
      metadata: { name: quotaName(projectId, resource), namespace: MAGNUM_NAMESPACE, labels: { [PROJECT_LABEL]: projectId } },
      spec: { projectId, resource, hardLimit: limitIn(values), createdAt: world.clock.now().toISOString() },
    });
    return { status: 201, body: view(made) };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw conflict(`Quota for project ${projectId} already exists for resource ${resource}.`);
  }
};

const limitIn = (values: Values): number => values["hard_limit"] as number;

const missing = ({ params }: Exchange) =>
  notFound(`Quota for project ${params["project"] ?? ""} and resource ${params["resource"] ?? ""} could not be found.`);

/** A plain document, not a JSON patch; the path says whose and of what. */
const update = async (exchange: Exchange): Promise<Answer> => {
  const { caller, world } = exchange;
  const values = withDefaults(BODY, readAttributes(BODY, await exchange.json(), "quota"));
  enforce("quota:update", caller);
  const quota = await find(exchange);
  if (quota === undefined) throw missing(exchange);
  const updatedAt = world.clock.now().toISOString();
  const changed = await changeRecord(world.client, MagnumQuota, quota, (current) => ({
    ...current,
    spec: { ...current.spec, hardLimit: limitIn(values), updatedAt },
  }));
  return { status: 202, body: view(changed) };
};

const remove = async (exchange: Exchange): Promise<Answer> => {
  enforce("quota:delete", exchange.caller);
  const quota = await find(exchange);
  if (quota === undefined) throw missing(exchange);
  await exchange.world.client.delete(MagnumQuota, { namespace: MAGNUM_NAMESPACE, name: quota.metadata.name });
  return { status: 204 };
};

export const quotaRoutes: readonly Route[] = [
  { method: "GET", path: "quotas", query: [...PAGING, "all_tenants"], handle: list },
  { method: "POST", path: "quotas", handle: create },
  { method: "GET", path: "quotas/:project/:resource", handle: show },
  { method: "PATCH", path: "quotas/:project/:resource", handle: update },
  { method: "DELETE", path: "quotas/:project/:resource", handle: remove },
];
