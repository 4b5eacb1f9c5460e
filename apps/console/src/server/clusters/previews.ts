import type {
  CreatePreview,
  DeletionPreview,
  NewCluster,
  NodeRef,
  NodeView,
  Removal,
  RollStep,
  ScalePreview,
  Tree,
  UpgradePreview,
  UpgradeTarget,
} from "../../contract/index.ts";
import { readFlavors, readQuotas } from "../cloud/doors.ts";
import type { Doors } from "../http/doors.ts";
import { Fault, isFault } from "../http/fault.ts";
import { inside, type Json, list, textOf, textsOf } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import { magnumCluster, readNewCluster, readScale } from "./body.ts";
import { createCommand, deleteCommand, resizeCommand, upgradeCommand } from "./command.ts";
import { checkNewCluster, needsOf, shortfallsOf, withNeeds } from "./needs.ts";
import type { FullOverview } from "./overview.ts";
import { comparePath } from "./versions.ts";
import { nodeGroupOf } from "./view.ts";

type PreviewDoors = Pick<
  Doors,
  | "POST /api/clusters/preview"
  | "GET /api/clusters/:id/upgrade"
  | "GET /api/clusters/:id/deletion"
  | "POST /api/clusters/:id/scale/preview"
>;

/** What would happen, before it does. Nothing here changes anything. */
export const previewDoors = (options: {
  readonly services: Services;
  readonly overview: FullOverview;
}): { readonly doors: PreviewDoors; readonly checkQuota: (session: Session, wanted: NewCluster) => Promise<void> } => {
  const { services, overview } = options;
  const { ask } = services;

  const templateOf = (session: Session, id: string): Promise<Json> =>
    ask(session, "containerInfra", "GET", `/clustertemplates/${encodeURIComponent(id)}`);
  const preview = async (session: Session, wanted: NewCluster): Promise<CreatePreview> => {
    const [template, flavors, quotas, clusters, existing] = await Promise.all([
      templateOf(session, wanted.templateId).catch((error: unknown) => {
        if (isFault(error, "notFound")) return undefined;
        throw error;
      }),
      readFlavors(services, session),
      readQuotas(services, session),
      overview.list(session),
      wanted.fixedNetwork === undefined || wanted.fixedNetwork === "" ? "new" : "existing",
    ]);
    const needs = needsOf(wanted, template ?? {}, flavors, existing === "new");
    const quota = withNeeds(quotas.quotas, needs);
    return {
      body: magnumCluster(wanted),
      command: createCommand(wanted, template === undefined ? wanted.templateId : textOf(template, "name")),
      quota,
      shortfalls: shortfallsOf(quota),
      problems: checkNewCluster(
        wanted,
        template,
        flavors,
        clusters.map(({ name }) => name),
      ),
      estimatedSeconds: estimate(clusters.filter(({ status }) => status === "CREATE_COMPLETE")),
    };
  };
  const nodesOf = async (session: Session, id: string): Promise<readonly NodeView[]> =>
    (await overview.isSlipway(session))
      ? (list(await ask(session, "containerInfra", "GET", `/clusters/${id}/nodes`), "nodes") as unknown as readonly NodeView[])
      : [];
  const refOf = ({ machine, serverId, nodeGroup }: NodeView): NodeRef => ({ name: machine, serverId, nodeGroup });

  return {
    checkQuota: async (session, wanted) => {
      const { shortfalls } = await preview(session, wanted);
      if (shortfalls.length === 0) return;
      const told = shortfalls.map(({ resource, needed, free }) => `${resource}: ${needed} needed, ${free} free`);
      throw new Fault("quotaExceeded", `The project has too little left: ${told.join("; ")}.`, { shortfalls });
    },
    doors: {
      "POST /api/clusters/preview": ({ session, json }) => preview(session, readNewCluster(json)),
      "GET /api/clusters/:id/upgrade": async ({ session, params }): Promise<UpgradePreview> => {
        const id = params["id"] ?? "";
        const [cluster, templates, images, nodes] = await Promise.all([
          ask(session, "containerInfra", "GET", `/clusters/${id}`),
          ask(session, "containerInfra", "GET", "/clustertemplates/detail"),
          ask(session, "image", "GET", "/v2/images?status=active&limit=1000"),
          nodesOf(session, id),
        ]);
        const versions = new Map<string, string>();
        for (const image of list(images, "images")) {
          const version = textOf(image, "kube_version");
          if (version === "") continue;
          versions.set(textOf(image, "id"), version.startsWith("v") ? version : `v${version}`);
          versions.set(textOf(image, "name"), version.startsWith("v") ? version : `v${version}`);
        }
        const labels = textsOf(inside(cluster, "labels"));
        const from = labels["kube_tag"] ?? (textOf(cluster, "coe_version") || null);
        const targets: UpgradeTarget[] = [];
        const unavailable: {
          templateId: string;
          name: string;
          version: string | null;
          because: "skipsMinor" | "sameOrOlder" | "unknownVersion";
        }[] = [];
        for (const template of list(templates, "clustertemplates")) {
          const [templateId, name] = [textOf(template, "uuid"), textOf(template, "name")];
          const version = textsOf(inside(template, "labels"))["kube_tag"] ?? versions.get(textOf(template, "image_id")) ?? null;
          const path = version === null || from === null ? "unknownVersion" : comparePath(from, version);
          if (path === "ok" && version !== null)
            targets.push({
              templateId,
              name,
              version,
              steps: stepsOf(nodes, version),
              command: upgradeCommand(textOf(cluster, "name"), name),
            });
          else if (path !== "ok") unavailable.push({ templateId, name, version, because: path });
        }
        return { from, targets, unavailable };
      },
      "GET /api/clusters/:id/deletion": async ({ session, params }): Promise<DeletionPreview> => {
        const id = params["id"] ?? "";
        const cluster = await ask(session, "containerInfra", "GET", `/clusters/${id}`);
        const tree = (await overview.isSlipway(session))
          ? ((await ask(session, "containerInfra", "GET", `/clusters/${id}/tree`)) as unknown as Tree)
          : { nodes: [] };
        const removed = tree.nodes
          .filter(({ kind }) => cloudKinds.has(kind))
          .map((node): Removal => ({ kind: node.kind, id: node.facts["id"] ?? null, name: node.name }));
        return { removed, kept: null, typeName: true, command: deleteCommand(textOf(cluster, "name")) };
      },
      "POST /api/clusters/:id/scale/preview": async ({ session, params, json }): Promise<ScalePreview> => {
        const id = params["id"] ?? "";
        const wanted = readScale(json);
        const [cluster, groups, nodes, flavors, quotas] = await Promise.all([
          ask(session, "containerInfra", "GET", `/clusters/${id}`),
          ask(session, "containerInfra", "GET", `/clusters/${id}/nodegroups`),
          nodesOf(session, id),
          readFlavors(services, session),
          readQuotas(services, session),
        ]);
        const name = wanted.nodeGroup ?? "default-worker";
        const listed = list(groups, "nodegroups").find((one) => textOf(one, "name") === name || textOf(one, "uuid") === name);
        if (listed === undefined) throw new Fault("notFound", `There is no node group ${name}.`, { field: "nodeGroup" });
        const group = nodeGroupOf(listed);
        const to = wanted.nodeCount ?? group.nodeCount;
        const more = Math.max(to, wanted.maxNodeCount ?? 0) - group.nodeCount;
        const flavor = flavors.find((one) => one.id === group.flavor || one.name === group.flavor);
        const quota = withNeeds(quotas.quotas, {
          instances: Math.max(0, more),
          cores: Math.max(0, more) * (flavor?.vcpus ?? 0),
          ram: Math.max(0, more) * (flavor?.ram ?? 0),
          ports: Math.max(0, more),
        });
        const own = nodes.filter((node) => node.nodeGroup === group.name);
        const chosen = new Set(wanted.nodesToRemove ?? []);
        const isChosen = (node: NodeView) => chosen.has(node.machine) || (node.serverId !== null && chosen.has(node.serverId));
        // Chosen ones first, then what is broken, then in the order that MachineSets take without other advice: the youngest.
        const order = own.toSorted(
          (a, b) =>
            Number(isChosen(b)) - Number(isChosen(a)) ||
            Number(b.health === "UNHEALTHY") - Number(a.health === "UNHEALTHY") ||
            b.createdAt.localeCompare(a.createdAt),
        );
        return {
          from: group.nodeCount,
          to,
          removed: order.slice(0, Math.max(0, group.nodeCount - to)).map(refOf),
          quota,
          shortfalls: shortfallsOf(quota),
          command: resizeCommand(textOf(cluster, "name"), group.name, to),
        };
      },
    },
  };
};

const cloudKinds: ReadonlySet<string> = new Set([
  "Server",
  "Port",
  "Volume",
  "LoadBalancer",
  "FloatingIP",
  "Network",
  "Subnet",
  "Router",
  "SecurityGroup",
]);

/** The control plane first, one machine more at a time; then each group of workers. */
const stepsOf = (nodes: readonly NodeView[], to: string): readonly RollStep[] => {
  const groups = [...new Set(nodes.map(({ nodeGroup }) => nodeGroup))];
  return groups
    .map((nodeGroup) => {
      const own = nodes.filter((node) => node.nodeGroup === nodeGroup);
      return {
        nodeGroup,
        role: own[0]?.role ?? "worker",
        from: own[0]?.version ?? null,
        to,
        machines: own.map(({ machine, serverId }) => ({ name: machine, serverId, nodeGroup })),
        surge: 1,
      };
    })
    .sort((a, b) => Number(b.role === "master") - Number(a.role === "master") || a.nodeGroup.localeCompare(b.nodeGroup));
};

/** The middle of what creates took: from the record to the last change of a cluster that was not touched since. */
const estimate = (done: readonly { readonly createdAt: string; readonly updatedAt: string | null }[]): number | null => {
  const seconds = done
    .map(({ createdAt, updatedAt }) => (Date.parse(updatedAt ?? "") - Date.parse(createdAt)) / 1000)
    .filter((one) => Number.isFinite(one) && one >= 0)
    .sort((a, b) => a - b);
  const middle = seconds[Math.floor(seconds.length / 2)];
  return middle === undefined ? null : Math.round(middle);
};
