import type { NewCluster } from "../../contract/index.ts";

/** Quoted so that a POSIX shell hands the program exactly this text. */
export const shellQuote = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

const command = (...words: readonly string[]): string => words.map(shellQuote).join(" ");

export const showCommand = (cluster: string): string => command("openstack", "coe", "cluster", "show", cluster);
export const configCommand = (cluster: string): string => command("openstack", "coe", "cluster", "config", cluster);
export const deleteCommand = (cluster: string): string => command("openstack", "coe", "cluster", "delete", cluster);
export const resizeCommand = (cluster: string, group: string, count: number): string =>
  command("openstack", "coe", "cluster", "resize", "--nodegroup", group, cluster, String(count));
export const upgradeCommand = (cluster: string, template: string): string =>
  command("openstack", "coe", "cluster", "upgrade", cluster, template);

/** The `openstack coe cluster create` that asks for the same. */
export const createCommand = (wanted: NewCluster, templateName: string): string => {
  const option = (name: string, value: string | number | undefined) => (value === undefined ? [] : [`--${name}`, String(value)]);
  const choice = (value: boolean | undefined, yes: string, no: string) => (value === undefined ? [] : [`--${value ? yes : no}`]);
  const labels = Object.entries(wanted.labels ?? {});
  const create = command(
    "openstack",
    "coe",
    "cluster",
    "create",
    ...option("cluster-template", templateName),
    ...option("master-count", wanted.masterCount),
    ...option("node-count", wanted.nodeCount),
    ...option("master-flavor", wanted.masterFlavor),
    ...option("flavor", wanted.flavor),
    ...option("keypair", wanted.keypair),
    ...option("fixed-network", wanted.fixedNetwork),
    ...option("fixed-subnet", wanted.fixedSubnet),
    ...option("docker-volume-size", wanted.dockerVolumeSize),
    ...option("timeout", wanted.createTimeoutMinutes),
    ...choice(wanted.floatingIpEnabled, "floating-ip-enabled", "floating-ip-disabled"),
    ...choice(wanted.masterLbEnabled, "master-lb-enabled", "master-lb-disabled"),
    ...(labels.length === 0 ? [] : ["--labels", labels.map(([key, value]) => `${key}=${value}`).join(",")]),
    ...(labels.length > 0 && wanted.mergeLabels === true ? ["--merge-labels"] : []),
    wanted.name,
  );
  const groups = (wanted.nodeGroups ?? []).map((group) =>
    command(
      "openstack",
      "coe",
      "nodegroup",
      "create",
      ...option("node-count", group.nodeCount),
      ...option("min-nodes", group.minNodeCount),
      ...option("max-nodes", group.maxNodeCount),
      ...option("role", group.role),
      ...option("flavor", group.flavor),
      ...option("image", group.imageId),
      wanted.name,
      group.name,
    ),
  );
  return [create, ...groups].join("\n");
};
