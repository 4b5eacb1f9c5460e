import { type Client, Machine, MagnumCluster } from "@slipway/api";
import type { Inventory } from "../inventory/schema.ts";
import { namespaces } from "../system/management.ts";
import { signIn, type TenantDoors } from "./tenant.ts";

export interface DemoOptions {
  readonly client: Client;
  readonly demo: NonNullable<Inventory["demo"]>;
  readonly template: string | undefined;
  readonly detail: (text: string) => void;
}

/** Marks the cluster that nobody asked for but the inventory: `uninstall` may remove it. */
export const demoLabel = "slipway.dev/demo";

/** Makes the demo cluster through Magnum, as a tenant would, unless it is there, and waits until it is complete. */
export const ensureDemo = async (doors: TenantDoors, { client, demo, template, detail }: DemoOptions): Promise<string> => {
  const tenant = await signIn(doors, "demo");
  const { clusters } = await tenant.call<{ clusters: readonly { uuid: string; name: string }[] }>("GET", "/clusters");
  let uuid = clusters.find(({ name }) => name === demo.name)?.uuid;
  if (uuid === undefined) {
    if (template === undefined)
      throw new Error(
        "The inventory asks for a demo cluster but names no cluster template. Add one to magnum.capi.templates, or set demo.enabled to false.",
      );
    const created = await tenant.call<{ uuid: string }>("POST", "/clusters", {
      name: demo.name,
      cluster_template_id: template,
      master_count: demo.masterCount,
      node_count: demo.nodeCount,
    });
    uuid = created.uuid;
  }
  return untilComplete(client, uuid, detail);
};

/** Follows the record until the driver says how it ended; tells how many machines run on the way. */
const untilComplete = async (client: Client, uuid: string, detail: (text: string) => void): Promise<string> => {
  const list = await client.list(MagnumCluster, { namespace: namespaces.magnum });
  const record = list.items.find(({ metadata }) => metadata.uid === uuid);
  if (record === undefined) throw new Error(`The demo cluster ${uuid} has no record.`);
  const { name } = record.metadata;
  if (record.metadata.labels?.[demoLabel] !== "true") {
    await client.patch(
      MagnumCluster,
      { namespace: namespaces.magnum, name },
      { type: "merge", body: { metadata: { labels: { [demoLabel]: "true" } } } },
    );
  }
  const stop = new AbortController();
  void tellMachines(client, name, detail, stop.signal);
  try {
    for await (const event of client.watch(MagnumCluster, {
      namespace: namespaces.magnum,
      fieldSelector: `metadata.name=${name}`,
    })) {
      if (event.type === "BOOKMARK") continue;
      if (event.type === "DELETED") throw new Error("The demo cluster was deleted while it was being made.");
      const { status, statusReason } = event.object.status ?? {};
      if (status?.endsWith("_COMPLETE")) return `${event.object.spec.name} (${name}), ${countNodes(event.object)} nodes`;
      if (status?.endsWith("_FAILED"))
        throw new Error(
          `The demo cluster failed: ${statusReason ?? status}. The rest of Slipway runs; see \`slipway describe cluster ${event.object.spec.name}\`.`,
        );
    }
    throw new Error("The watch on the demo cluster ended early.");
  } finally {
    stop.abort();
  }
};

const countNodes = (cluster: MagnumCluster): number => cluster.spec.nodeGroups.reduce((sum, group) => sum + group.nodeCount, 0);

const tellMachines = async (client: Client, name: string, detail: (text: string) => void, signal: AbortSignal): Promise<void> => {
  const phases = new Map<string, string>();
  try {
    for await (const event of client.watch(Machine, {
      namespace: namespaces.magnum,
      labelSelector: `cluster.x-k8s.io/cluster-name=${name}`,
      signal,
    })) {
      if (event.type === "BOOKMARK") continue;
      if (event.type === "DELETED") phases.delete(event.object.metadata.name);
      else phases.set(event.object.metadata.name, event.object.status?.phase ?? "Pending");
      const running = [...phases.values()].filter((phase) => phase === "Running").length;
      detail(`machines running: ${running} of ${phases.size}`);
    }
  } catch {
    // Only decoration: the record's own watch says how it ends.
  }
};
