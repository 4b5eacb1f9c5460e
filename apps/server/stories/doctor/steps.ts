/** What makes things go wrong: faults of the cloud, quotas, what a tenant or an operator does. */
import { Cluster, Machine, type Stored } from "@slipway/api";
import { cloudOf, namespace, type Story } from "../story.ts";

const fault = (now: Story, rule: object) => now.world.cloud.faults.add(rule as Parameters<typeof now.world.cloud.faults.add>[0]);
export const scenario =
  (name: string, more: object = {}) =>
  (now: Story) =>
    fault(now, { kind: "scenario", scenario: name, ...more });
export const refuse =
  (service: string, status: number, more: object = {}) =>
  (now: Story) =>
    fault(now, {
      kind: "call",
      service,
      action: { do: "refuse", status, message: "The server is currently unavailable." },
      ...more,
    });
export const networkQuota = (limits: object) => (now: Story) =>
  now.world.operator.setQuota("network", "demo", limits as { port: number });
export const volumes = { labels: { kube_tag: "v1.32.5", boot_volume_size: "20" } };
export const resize = (now: Story, uuid: string, count: number) =>
  now.tenant.call("POST", `/clusters/${uuid}/actions/resize`, { node_count: count });
export const machinesOf = async (now: Story): Promise<readonly Stored<Machine>[]> =>
  (await now.client.list(Machine, { namespace })).items;
export const serverOf = async (now: Story, role: "worker" | "control-plane"): Promise<string> => {
  const found = (await machinesOf(now)).find(
    ({ metadata }) => Object.hasOwn(metadata.labels ?? {}, "cluster.x-k8s.io/control-plane") === (role === "control-plane"),
  );
  return found?.spec.providerID?.split("/").at(-1) ?? "";
};
export const ownNetwork = async (now: Story, dhcp: boolean): Promise<void> => {
  const { network } = cloudOf(now, "demo");
  const made = await network.createNetwork({ name: "mine" });
  const subnet = await network.createSubnet({ networkId: made.id, name: "mine", description: "", cidr: "10.7.0.0/24" });
  const [external] = await network.listNetworks({ external: true });
  const router = await network.createRouter({ name: "mine", description: "", externalNetworkId: external?.id });
  await network.addRouterInterface({ routerId: router.id, subnetId: subnet.id });
  const record = now.world.cloud.state.subnets.get(subnet.id);
  if (!dhcp && record !== undefined) now.world.cloud.state.subnets.put({ ...record, enable_dhcp: false });
};
export const remove = <T extends { readonly id: string }>(
  collection: { all(): Iterable<T>; remove(id: string): unknown },
  which: (one: T) => boolean,
): void => {
  for (const one of [...collection.all()].filter(which)) collection.remove(one.id);
};
export const pause = async (now: Story): Promise<void> => {
  await now.until("the Cluster is there", async () => (await now.client.list(Cluster, { namespace })).items.length > 0);
  for (const { metadata } of (await now.client.list(Cluster, { namespace })).items)
    await now.client.patch(Cluster, { namespace, name: metadata.name }, { type: "merge", body: { spec: { paused: true } } });
};
