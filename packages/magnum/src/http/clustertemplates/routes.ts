import {
  apiVersionOf,
  MAGNUM_NAMESPACE,
  MagnumClusterTemplate,
  type MagnumClusterTemplateSpec,
  PROJECT_LABEL,
  type Stored,
} from "@slipway/api";
import { allows, enforce } from "../auth/policy.ts";
import { readAttributes, withDefaults } from "../body/attributes.ts";
import { applyPatch, readPatch } from "../body/patch.ts";
import { pythonRepr } from "../body/python.ts";
import { badRequest, forbidden } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { generatedName } from "../names.ts";
import { markerMissing, PAGING, page } from "../paging.ts";
import { changeRecord, createRecord } from "../records.ts";
import {
  checkDnsNameservers,
  checkDockerVolume,
  checkNetworkDriver,
  checkRootDisk,
  checkVolumeDriver,
  findFlavors,
  findImage,
  findNetworks,
  requireDistro,
} from "../validate.ts";
import { TEMPLATE_ATTRIBUTES, TEMPLATE_COLUMNS, TEMPLATE_PATCH_RULES, templateDocument, templateFields } from "./attributes.ts";
import { chooseDriver } from "./drivers.ts";
import { clustersUsing, getTemplate, PUBLIC_LABEL, visibleTemplates } from "./store.ts";
import { templateView } from "./view.ts";

const ARGUMENT = "cluster_template";

const list =
  (path: "clustertemplates" | "clustertemplates/detail", action: "get_all" | "detail") =>
  async (exchange: Exchange): Promise<Answer> => {
    enforce(exchange.admin ? `clustertemplate:${action}_all_projects` : `clustertemplate:${action}`, exchange.caller);
    const columns = Object.fromEntries(
      TEMPLATE_COLUMNS.map((column) => [
        column,
        (template: Stored<MagnumClusterTemplate>) => templateDocument(template.spec)[column],
      ]),
    );
    return {
      status: 200,
      body: page(
        {
          items: await visibleTemplates(exchange),
          key: "clustertemplates",
          path,
          columns: {
            ...columns,
            uuid: ({ metadata }) => metadata.uid,
            project_id: ({ spec }) => spec.projectId,
            user_id: ({ spec }) => spec.userId,
            created_at: ({ spec }) => spec.createdAt,
            updated_at: ({ spec }) => spec.updatedAt,
          },
          marker: { of: ({ metadata }) => metadata.uid, kind: "uuid", missing: markerMissing("ClusterTemplate") },
          view: (template) => templateView(template, exchange.base),
        },
        exchange,
      ),
    };
  };

const show = async (exchange: Exchange): Promise<Answer> => {
  const { caller, admin, base, params } = exchange;
  if (admin) enforce("clustertemplate:get_one_all_projects", caller);
  const template = await getTemplate(exchange, params["template"] ?? "");
  if (!template.spec.public) enforce("clustertemplate:get", caller, template.spec);
  return { status: 200, body: templateView(template, base) };
};

const create = async (exchange: Exchange): Promise<Answer> => {
  const { caller, base, world } = exchange;
  const values = readAttributes(TEMPLATE_ATTRIBUTES, await exchange.json(), ARGUMENT);
  enforce("clustertemplate:create", caller);
  const { networkDriver = world.settings.defaultNetworkDriver, ...fields } = templateFields(
    withDefaults(TEMPLATE_ATTRIBUTES, values),
  );
  if ((fields.public === true || fields.hidden === true) && !allows("clustertemplate:publish", caller)) throw publishDenied();
  const draft = { ...fields, networkDriver, labels: fields.labels ?? {} } as Draft;
  const { distro, driver } = await validate(draft, exchange);
  const now = world.clock.now().toISOString();
  const spec: MagnumClusterTemplateSpec = {
    ...draft,
    name: fields.name ?? generatedName("template", world.random),
    projectId: caller.projectId ?? caller.userId,
    userId: caller.userId,
    createdAt: now,
    clusterDistro: distro,
    driver,
  };
  const made = await createRecord(world.client, MagnumClusterTemplate, {
    apiVersion: apiVersionOf(MagnumClusterTemplate),
    kind: "MagnumClusterTemplate",
    metadata: { name: `template-${world.random.uuid()}`, namespace: MAGNUM_NAMESPACE, labels: labelsFor(spec) },
    spec,
  });
  return {
    status: 201,
    body: templateView(made, base),
    headers: { Location: `${base}/v1/clustertemplates/${made.metadata.uid}` },
  };
};

type Draft = Omit<MagnumClusterTemplateSpec, "name" | "projectId" | "userId" | "createdAt" | "clusterDistro"> & {
  readonly clusterDistro?: string;
};

const publishDenied = () => forbidden("Not authorized to set public or hidden flag for cluster template.");

const labelsFor = (spec: MagnumClusterTemplateSpec): { readonly [label: string]: string } => ({
  [PROJECT_LABEL]: spec.projectId,
  ...(spec.public && !spec.hidden ? { [PUBLIC_LABEL]: "true" } : {}),
});

/** Against the caller's own view of the cloud. */
const validate = async (draft: Draft, { cloud, world: { settings } }: Exchange): Promise<{ distro: string; driver: string }> => {
  checkNetworkDriver(draft.networkDriver, settings.allowedNetworkDrivers);
  checkVolumeDriver(draft.volumeDriver);
  checkDockerVolume(draft.dockerStorageDriver, draft.dockerVolumeSize);
  checkDnsNameservers(draft.dnsNameserver);
  const image = await findImage(cloud, draft.imageId);
  const distro = requireDistro(image);
  const driver = chooseDriver(draft, image, settings.defaultDriver);
  const flavors = await findFlavors(cloud, { worker: draft.flavorId, master: draft.masterFlavorId });
  checkRootDisk(draft.labels, [flavors.worker, flavors.master], settings.defaultBootVolumeSize);
  await findNetworks(cloud, {
    externalNetwork: draft.externalNetworkId,
    fixedNetwork: draft.fixedNetwork,
    fixedSubnet: draft.fixedSubnet,
  });
  return { distro, driver };
};

const update = async (exchange: Exchange): Promise<Answer> => {
  const { caller, admin, base, params, world } = exchange;
  const patch = readPatch(await exchange.json(), TEMPLATE_PATCH_RULES);
  if (admin) enforce("clustertemplate:update_all_projects", caller);
  const template = await getTemplate(exchange, params["template"] ?? "");
  enforce("clustertemplate:update", caller, template.spec);
  const before = templateDocument(template.spec);
  const values = readAttributes(TEMPLATE_ATTRIBUTES, applyPatch(before, patch, TEMPLATE_ATTRIBUTES), ARGUMENT);
  const after = { ...templateFields(values) };
  const changed = Object.keys(before).filter((name) => pythonRepr(before[name]) !== pythonRepr(values[name] ?? null));
  if (changed.length === 0) return { status: 200, body: templateView(template, base) };
  const publishes = changed.some((name) => name === "public" || name === "hidden");
  if (publishes && !allows("clustertemplate:publish", caller)) throw publishDenied();
  const draft = { labels: {}, ...after } as Draft;
  const { distro } = await validate(draft, exchange);
  if (!mayChangeWhileUsed(changed, draft) && (await clustersUsing(world.client, template.metadata.uid)))
    throw referenced(template.metadata.uid);
  const { projectId, userId, createdAt } = template.spec;
  const spec: MagnumClusterTemplateSpec = {
    ...draft,
    name: after.name ?? template.spec.name,
    projectId,
    userId,
    createdAt,
    clusterDistro: distro,
    updatedAt: world.clock.now().toISOString(),
  };
  const written = await changeRecord(world.client, MagnumClusterTemplate, template, (current) => ({
    ...current,
    metadata: { ...current.metadata, labels: labelsFor(spec) },
    spec,
  }));
  return { status: 200, body: templateView(written, base) };
};

/** Clusters were made from the rest: it stays as it is while there are any. */
const mayChangeWhileUsed = (changed: readonly string[], after: Draft): boolean => {
  if (changed.length !== 1) return false;
  return changed[0] === "public" ? after.public : ["name", "hidden", "tags"].includes(changed[0] ?? "");
};

const referenced = (uuid: string) => badRequest(`ClusterTemplate ${uuid} is referenced by one or multiple clusters.`);

const remove = async (exchange: Exchange): Promise<Answer> => {
  const { caller, admin, params, world } = exchange;
  if (admin) enforce("clustertemplate:delete_all_projects", caller);
  const template = await getTemplate(exchange, params["template"] ?? "");
  enforce("clustertemplate:delete", caller, template.spec);
  const { uid, name } = template.metadata;
  await world.inTurn(`template:${uid}`, async () => {
    if (await clustersUsing(world.client, uid)) throw referenced(uid);
    await world.client.delete(MagnumClusterTemplate, { namespace: MAGNUM_NAMESPACE, name });
  });
  return { status: 204 };
};

export const templateRoutes: readonly Route[] = [
  { method: "GET", path: "clustertemplates", query: PAGING, handle: list("clustertemplates", "get_all") },
  { method: "GET", path: "clustertemplates/detail", query: PAGING, handle: list("clustertemplates/detail", "detail") },
  { method: "GET", path: "clustertemplates/:template", handle: show },
  { method: "POST", path: "clustertemplates", handle: create },
  { method: "PATCH", path: "clustertemplates/:template", handle: update },
  { method: "DELETE", path: "clustertemplates/:template", handle: remove },
];
