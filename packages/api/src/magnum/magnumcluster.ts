import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { MAGNUM_GROUP, MAGNUM_VERSION } from "./common.ts";

const taint = s.object({
  key: required(s.string("Key of the taint")),
  value: s.string("Value of the taint"),
  effect: required(s.enum("What it does to pods that do not tolerate it", ["NoSchedule", "PreferNoSchedule", "NoExecute"])),
});

const nodeGroup = s.object("Machines that are alike", {
  uuid: required(s.uuid("Its id in the Magnum API")),
  name: required(s.string("Unique in the cluster", { minLength: 1, maxLength: 255 })),
  role: required(s.string("master, worker, or any word of the tenant's")),
  isDefault: required(s.boolean("Made with the cluster and gone with it")),
  nodeCount: required(s.integer("How many machines", { minimum: 0 })),
  minNodeCount: required(s.integer("Fewest that a resize may ask for", { minimum: 0 })),
  maxNodeCount: s.integer("Most that a resize may ask for", { minimum: 0 }),
  flavorId: s.string("Flavor name or id, as sent"),
  imageId: s.string("Image name or id, as sent"),
  flavorName: s.string("The flavor's name, looked up with the tenant's token; absent when there is no such flavor"),
  imageUuid: s.string("The image's id, looked up with the tenant's token; absent when there is no such image"),
  dockerVolumeSize: s.integer("GiB of a volume for container images", { minimum: 1 }),
  labels: required(s.map("A copy of the cluster's labels, or the group's own", s.string())),
  nodeLabels: s.map("Labels for the Nodes", s.string()),
  nodeTaints: s.list("Taints that the Nodes register with", taint),
  machinesToRemove: s.list("Servers that go first when the group shrinks", s.string()),
  deleting: s.boolean("The tenant deleted it: its machines go, then it leaves this list"),
  createdAt: required(s.time("When it was asked for")),
  updatedAt: s.time("Last change of what is asked for"),
});

const nodeGroups = s.list(nodeGroup, { merge: ["name"] });

const spec = s.object("One cluster as its tenant asked for it, with every name already looked up", {
  name: required(s.string("What the tenant calls it; not unique", { minLength: 1, maxLength: 242 })),
  projectId: required(s.string("Keystone project that owns it")),
  userId: required(s.string("Keystone user who made it")),
  createdAt: required(s.time("To the millisecond: lists are in this order")),
  updatedAt: s.time("Last change of what is asked for"),
  clusterTemplateId: required(s.string("uuid of its template")),
  keypair: s.string("Nova keypair of the tenant"),
  dockerVolumeSize: s.integer("GiB of a volume for container images on every node", { minimum: 1 }),
  masterFlavorId: s.string("Flavor name or id, as sent"),
  flavorId: s.string("Flavor name or id, as sent"),
  fixedNetwork: s.string("Network name or id, as sent"),
  fixedSubnet: s.string("Subnet name or id, as sent"),
  floatingIpEnabled: required(s.boolean("Floating IPs where there is no load balancer")),
  masterLbEnabled: required(s.boolean("A load balancer in front of the control plane")),
  createTimeout: required(s.integer("Minutes; stored only: Cluster API goes on trying", { minimum: 0 })),
  discoveryUrl: s.string("Stored only"),
  labels: required(s.map("Options for the driver, always text", s.string())),
  kubernetesVersion: required(s.string("From label kube_tag of the cluster, else of its template; with its leading v")),
  networkDriver: required(s.string("From the template")),
  clusterDistro: required(s.string("From the template")),
  dnsNameservers: required(s.list("From the template", s.string())),
  httpProxy: s.string("From the template"),
  httpsProxy: s.string("From the template"),
  noProxy: s.string("From the template"),
  externalNetworkUuid: s.string("The external network's id; absent leaves the choice to the cloud's only one"),
  fixedNetworkUuid: s.string("The network's id; absent asks for a new one"),
  fixedSubnetUuid: s.string("The subnet's id"),
  hardwareDiskBus: s.string("hw_disk_bus of the image"),
  caRotation: s.object("The last time the tenant asked for new certificate authorities", {
    id: required(s.string("Another one is another request")),
    requestedAt: required(s.time("When it was asked for")),
  }),
  nodeGroups: required(s.described("default-master and default-worker first", nodeGroups)),
});

const nodeGroupStatus = s.object({
  name: required(s.string("Name of the node group")),
  status: required(s.string("CREATE_COMPLETE, UPDATE_IN_PROGRESS, …")),
  statusReason: s.string("Why it is not complete"),
  nodeAddresses: s.list("Where its nodes can be reached", s.string()),
  version: s.string("Kubernetes version, with its leading v"),
});

const nodeGroupStatuses = s.list("Each node group", nodeGroupStatus, { merge: ["name"] });

const stage = s.object({
  name: required(s.string("network, loadBalancer, firstControlPlaneNode, apiReachable, controlPlane or workers")),
  finishedAt: required(s.time("When the driver first saw it done")),
});

const status = s.object("What the driver saw", {
  observedGeneration: s.int64("Which spec this speaks of"),
  status: s.string("CREATE_COMPLETE, UPDATE_IN_PROGRESS, …"),
  statusReason: s.string("Why it is not complete"),
  obstacle: s.string("What stopped the last attempt, in the words of whoever refused it; absent when nothing did"),
  healthStatus: s.string("HEALTHY, UNHEALTHY or UNKNOWN"),
  healthStatusReason: s.map("What the health is concluded from", s.string()),
  apiAddress: s.string("URL of the Kubernetes API"),
  coeVersion: s.string("Kubernetes version, with its leading v"),
  clusterUid: s.string("uid of the Cluster that was made for it: one that is gone now was deleted by somebody else"),
  serverGroups: s.map("Nova server group ids by their names", s.string()),
  updatedAt: s.time("When anything here last changed"),
  nodeGroups: nodeGroupStatuses,
  caRotation: s.object("How far the exchange of its certificate authorities is; absent when none was ever asked for", {
    stage: required(s.string("trust, trustWorkers, switch, switchAgain, renewWorkers, drop or done; waiting before the first")),
    step: required(s.integer("Which of the steps it is at", { minimum: 0 })),
    steps: required(s.integer("How many there are", { minimum: 1 })),
    requestedAt: required(s.time("When it was asked for")),
    since: required(s.time("When this stage began")),
  }),
  stages: s.list("Stages of its creation that are over", stage, { merge: ["name"] }),
  conditions,
});

export type MagnumClusterSpec = TypeOf<typeof spec>;
export type MagnumClusterStatus = TypeOf<typeof status>;
export type MagnumNodeGroup = TypeOf<typeof nodeGroup>;
export type MagnumNodeGroupStatus = TypeOf<typeof nodeGroupStatus>;
export type NodeTaint = TypeOf<typeof taint>;

/** Named as the Cluster that the driver makes for it (`kube-xxxxx`), which therefore cannot be taken twice. Its uuid is its uid. */
export interface MagnumCluster extends KubeObject {
  readonly spec: MagnumClusterSpec;
  readonly status?: MagnumClusterStatus;
}

export const MagnumCluster = defineKind<MagnumCluster>({
  group: MAGNUM_GROUP,
  version: MAGNUM_VERSION,
  kind: "MagnumCluster",
  plural: "magnumclusters",
  shortNames: ["mc"],
  categories: ["magnum"],
  description:
    "A tenant's cluster: the Magnum API's record of it, from which the driver makes Cluster API objects of the same name.",
  subresources: { status: true },
  columns: [
    column("Title", ".spec.name"),
    column("Project", ".spec.projectId"),
    column("Version", ".spec.kubernetesVersion"),
    column("Status", ".status.status"),
    column("Health", ".status.healthStatus"),
    column("Reason", ".status.statusReason", { priority: 10 }),
    ageColumn,
  ],
  fields: { spec: required(spec), status },
});
