import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Door, doors } from "./testing/doors.ts";
import { knowledge } from "./testing/knowledge.ts";
import { createProbe } from "./testing/surface.ts";

/**
 * Every field of the specification's table (`packages/api/src/testdata/fields.txt`), through the API as kubectl's user meets it: what
 * fits is accepted and comes back, what does not is refused with Kubernetes' reason and field, what is unknown is named.
 */
const rows: readonly string[] = [
  "a KubeadmConfigTemplate holds labels, annotations and a whole spec [BOOT-006]",
  "a KubeadmConfig says what a machine is started with [BOOT-008]",
  "a file is a path and its content, from here or from a Secret [BOOT-009]",
  "a user of the machine [BOOT-010]",
  "where the machine gets the time [BOOT-011]",
  "partitions to make [BOOT-012]",
  "file systems to make [BOOT-013]",
  "what only Ignition reads [BOOT-014]",
  "kubeadm's settings for the whole cluster [BOOT-015]",
  "settings of each control plane component [BOOT-016]",
  "etcd here or elsewhere [BOOT-017]",
  "how the first machine begins [BOOT-018]",
  "how every other machine joins [BOOT-019]",
  "how a joining machine finds the cluster [BOOT-020]",
  "a kubeconfig for discovery [BOOT-021]",
  "how a machine becomes a Node [BOOT-022]",
  "what a KubeadmConfig says of itself [BOOT-025]",
  "a control plane needs a version, a template and a kubeadm spec [KCP-004]",
  "what a control plane may say besides [KCP-005]",
  "what its Machines are made from [KCP-006]",
  "how its machines are replaced [KCP-007]",
  "how given-up machines are replaced [KCP-008]",
  "what a control plane says of itself [KCP-009]",
  "a template leaves out what the topology decides [KCP-049]",
  "an OpenStackCluster needs credentials and nothing else [CAPO-017]",
  "subnets to make [CAPO-018]",
  "routers, networks and subnets that are there already [CAPO-019]",
  "the network's MTU [CAPO-020]",
  "the router's own addresses outside [CAPO-021]",
  "what a cluster does without [CAPO-022]",
  "addresses of the API server [CAPO-023]",
  "the API server's port [CAPO-024]",
  "an endpoint is a host and a port [CAPO-025]",
  "zones and tags [CAPO-026]",
  "rules of security groups [CAPO-029]",
  "a bastion [CAPO-030]",
  "a cluster template is a cluster's spec [CAPO-035]",
  "whether a cluster is ready [CAPO-036]",
  "networks of a cluster that is made [CAPO-037]",
  "its load balancer [CAPO-038]",
  "its security groups [CAPO-039]",
  "its bastion [CAPO-040]",
  "its failure domains [CAPO-041]",
  "why it failed [CAPO-042]",
  "a cluster has no conditions [CAPO-043]",
  "a machine needs an image [CAPO-045]",
  "a machine's ports, groups and metadata [CAPO-046]",
  "a root volume [CAPO-047]",
  "more block devices [CAPO-048]",
  "a server group [CAPO-050]",
  "a pool of floating IPs [CAPO-051]",
  "hints for the scheduler [CAPO-052]",
  "an image by id, by filter or by object [CAPO-054]",
  "a network, subnet, router or group by id or by filter [CAPO-055]",
  "what a filter looks for [CAPO-056]",
  "which tags a filter looks for [CAPO-057]",
  "a port [CAPO-058]",
  "the rest of a port [CAPO-059]",
  "what a machine says of itself [CAPO-061]",
  "a server's spec [CAPO-062]",
  "what a server says of itself [CAPO-063]",
  "a port that is resolved [CAPO-064]",
  "a pool of floating IPs [CAPO-065]",
  "what a pool says of itself [CAPO-066]",
  "templates hold a spec and no metadata [CAPO-067]",
];

describe.each(doors)("%s", (_name, open) => {
  let door: Door;
  let probe: ReturnType<typeof createProbe>;
  beforeAll(async () => {
    door = await open();
    probe = createProbe(door, knowledge);
  }, 60_000);
  afterAll(() => door.close());

  test.each(rows.map((row) => [row, /\[([A-Z]+-\d+)\]/.exec(row)?.[1] ?? ""]))("%s", { timeout: 120_000 }, async (_title, id) => {
    expect(await probe.row(id)).toEqual([]);
  });
});
