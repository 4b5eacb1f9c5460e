import { ApiError, type Client, isAlreadyExists, isNotFound, Node, Pod, type UnstructuredObject } from "@slipway/api";
import type { ClusterRecord, GuestRecords } from "../records.ts";
import type { WorkloadApi } from "./api.ts";
import { addMember, type EtcdMember, electLeader, hasQuorum, moveLeader, removeMember } from "./etcd.ts";
import { type NodeFacts, nodeObject, nodeStatus, podStatus, readyConditions, staticPods } from "./objects.ts";
import { builtinResource } from "./resources.ts";

/** One tenant's Kubernetes cluster inside the simulated cloud: its API, its etcd members, its nodes. */
export interface WorkloadCluster {
  readonly api: WorkloadApi;
  record(): ClusterRecord;
  /** The API answers only while etcd has a majority. */
  isServing(): boolean;
  addEtcdMember(member: EtcdMember): Promise<void>;
  removeEtcdMember(memberId: string): Promise<void>;
  moveEtcdLeader(memberId: string): Promise<void>;
  /** A control plane server came up or went down. */
  membersChanged(): Promise<void>;
  registerNode(facts: NodeFacts): Promise<void>;
  /** Writes Ready of a node that is there; a missing node is nobody's concern. */
  setNodeReady(name: string, ready: "True" | "Unknown", now: string): Promise<void>;
  upload(objects: readonly UnstructuredObject[]): Promise<void>;
}

export const createWorkloadCluster = (options: {
  readonly record: ClusterRecord;
  readonly api: WorkloadApi;
  readonly records: GuestRecords;
  readonly isAlive: (serverId: string) => boolean;
}): WorkloadCluster => {
  const { api, records, isAlive } = options;
  let record = options.record;
  // Changes of the membership are made one after the other: each is decided on the state the one before left.
  let last: Promise<unknown> = Promise.resolve();
  const change = (next: (record: ClusterRecord) => ClusterRecord): Promise<void> => {
    const run = last.then(async () => {
      const changed = next(record);
      if (changed === record) return;
      await records.saveCluster(changed);
      record = changed;
    });
    last = run.catch(() => undefined);
    return run;
  };
  const isServing = () => (record.localEtcd ? hasQuorum(record.etcd, isAlive) : true);
  return {
    api,
    record: () => record,
    isServing,
    addEtcdMember: (member) => change((now) => ({ ...now, etcd: addMember(now.etcd, member, isAlive) })),
    removeEtcdMember: (id) => change((now) => ({ ...now, etcd: removeMember(now.etcd, id, isAlive) })),
    moveEtcdLeader: (id) => change((now) => ({ ...now, etcd: moveLeader(now.etcd, id, isAlive) })),
    membersChanged: () =>
      change((now) => {
        const etcd = electLeader(now.etcd, isAlive);
        return etcd.leaderId === now.etcd.leaderId ? now : { ...now, etcd };
      }),
    registerNode: (facts) => registerNode(api.admin, facts, record),
    setNodeReady: (name, ready, now) => setNodeReady(api.admin, name, ready, now),
    upload: async (objects) => {
      for (const object of objects) await createIfMissing(api.admin, object);
    },
  };
};

const createIfMissing = async (client: Client, object: UnstructuredObject): Promise<UnstructuredObject> => {
  const resource = builtinResource(object);
  try {
    return await client.create(resource, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get(resource, {
      ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
      name: object.metadata.name ?? "",
    });
  }
};

/** The kubelet registers its Node, the static pods appear, kube-proxy's pod is scheduled; each only if it is not there yet. */
const registerNode = async (client: Client, facts: NodeFacts, record: ClusterRecord): Promise<void> => {
  const node = await createIfMissing(client, nodeObject(facts));
  await client.patch(
    Node,
    { name: facts.name },
    { type: "merge", body: { status: nodeStatus(facts) } },
    { subresource: "status" },
  );
  if (facts.controlPlane) {
    const nodeUid = node.metadata.uid ?? "";
    const pods = staticPods(facts, { imageRepository: record.imageRepository, localEtcd: record.localEtcd, nodeUid });
    for (const pod of pods) {
      const created = await createIfMissing(client, pod);
      const status = podStatus(facts, pod.metadata.labels.component);
      await client.patch(Pod, refOfPod(created), { type: "merge", body: { status } }, { subresource: "status" });
    }
  }
};

const refOfPod = (pod: UnstructuredObject) => ({
  namespace: pod.metadata.namespace ?? "kube-system",
  name: pod.metadata.name ?? "",
});

const setNodeReady = async (client: Client, name: string, ready: "True" | "Unknown", now: string): Promise<void> => {
  try {
    const node = await client.get(Node, { name });
    const conditions = readyConditions(node.status?.conditions ?? [], ready, now);
    await client.patch(Node, { name }, { type: "merge", body: { status: { conditions } } }, { subresource: "status" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

/** What a client of a cluster without an API server gets. */
export const notServing = (endpoint: string): ApiError =>
  new ApiError(
    "ServiceUnavailable",
    `dial tcp ${endpoint}: connect: connection refused (no control plane node of this cluster answers)`,
  );
