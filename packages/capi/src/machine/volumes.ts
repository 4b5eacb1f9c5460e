import { type KubeObject, type Node, type Pod, type Resource, type Stored, VolumeAttachment } from "@slipway/api";
import { act, hasStatus, isFalse, isTrue, phase, ready, shorten, wait, wholeSeconds } from "@slipway/runtime";
import type { WorkloadCluster } from "../workload/index.ts";
import { isVolumeWaitAllowed, recheckSeconds } from "./drain/index.ts";
import { isUnreachable, observePods } from "./drain/observe.ts";
import type { MachineEffect, MachineFacts, MachineScope } from "./scope.ts";

interface PersistentVolumeObject extends KubeObject {
  readonly spec?: {
    readonly csi?: { readonly driver: string; readonly volumeHandle: string };
    readonly claimRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
  };
}
const PersistentVolume: Resource<PersistentVolumeObject> = {
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  scope: "Cluster",
};

/** Volumes that are still attached to a Node, by how they can be named. */
export interface AttachedVolumes {
  readonly claims: readonly string[];
  readonly volumesWithoutClaim: readonly string[];
  readonly nodeEntriesWithoutVolume: readonly string[];
  readonly attachmentsWithoutVolume: readonly string[];
}

type Observed =
  | { readonly state: "not needed" | "done" | "not started" | "nothing attached" }
  | { readonly state: "unreadable" }
  | { readonly state: "attached"; readonly volumes: AttachedVolumes };

const type = "VolumeDetachSucceeded";

/** A volume must be let go by its Node before another can have it; deleting the server first would tear it off. CORE-243, CORE-244 */
export const volumesDetached = phase<MachineScope, Observed, MachineEffect, MachineFacts>({
  name: "volumesDetached",
  observe: async (scope, facts) => {
    const { machine, workload, now } = scope;
    if (!facts.nodeDeletionAllowed || !isVolumeWaitAllowed(machine, now)) return { state: "not needed" };
    if (hasStatus(machine.status?.conditions, type, "True")) return { state: "done" };
    if (!workload) return { state: "unreadable" };
    const node = workload.node((machine.status?.nodeRef ?? facts.nodeRef)?.name ?? "");
    if (!node || isUnreachable(node)) return { state: "nothing attached" };
    try {
      const volumes = await attachedVolumes(scope, workload, node);
      if (Object.values(volumes).every((names) => names.length === 0)) return { state: "nothing attached" };
      if (machine.status?.deletion?.waitForNodeVolumeDetachStartTime === undefined) return { state: "not started" };
      return { state: "attached", volumes };
    } catch {
      return { state: "unreadable" };
    }
  },
  decide: (observed, { machine, now }) => {
    const waiting = isFalse(type, "WaitingForVolumeDetach", "Info", "Waiting for node volumes to be detached");
    const reason = "WaitingForVolumeDetach";
    switch (observed.state) {
      case "not needed":
      case "done":
        return ready();
      case "nothing attached":
        return ready({ volumeWaitStarted: wholeSeconds(now), volumeDetach: isTrue(type) });
      case "not started": {
        const volumeWaitStarted = wholeSeconds(now);
        const message = `Waiting for Node volumes to be detached (started at ${volumeWaitStarted})`;
        return act(reason, [], { message, facts: { volumeWaitStarted, volumeDetach: waiting } });
      }
      case "unreadable":
        return wait(reason, {
          message: "Error waiting for volumes to be detached from Node, please check controller logs for errors",
          recheckSeconds: recheckSeconds(machine, now),
          facts: { volumeDetach: waiting },
        });
      case "attached":
        return wait(reason, {
          message: volumesMessage(machine.status?.deletion?.waitForNodeVolumeDetachStartTime ?? "", observed.volumes),
          recheckSeconds: recheckSeconds(machine, now),
          facts: { volumeDetach: waiting },
        });
    }
  },
});

export const volumesMessage = (started: string, volumes: AttachedVolumes): string =>
  [
    `Waiting for Node volumes to be detached (started at ${started})`,
    ...bullet("PersistentVolumeClaims", volumes.claims),
    ...bullet("PersistentVolumes without a .spec.claimRef to a PersistentVolumeClaim", volumes.volumesWithoutClaim),
    ...bullet("Node with .status.volumesAttached entries not matching a PersistentVolume", volumes.nodeEntriesWithoutVolume),
    ...bullet(
      "VolumeAttachment with .spec.source.persistentVolumeName not matching a PersistentVolume",
      volumes.attachmentsWithoutVolume,
    ),
  ].join("\n");

const bullet = (title: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : [`* ${title}: ${shorten([...names].sort(), 5)}`];

const attachedVolumes = async (scope: MachineScope, workload: WorkloadCluster, node: Stored<Node>): Promise<AttachedVolumes> => {
  const { items: attachments } = await workload.client.list(VolumeAttachment);
  const attached = attachments.filter(({ spec, status }) => status?.attached === true && spec.nodeName === node.metadata.name);
  const entries = (node.status?.volumesAttached ?? []).map(({ name }) => name);
  const attachedNames = attached.map(({ metadata, spec }) => {
    const name = spec.source.persistentVolumeName;
    if (name === undefined) throw new Error(`spec.source.persistentVolumeName for VolumeAttachment ${metadata.name} is not set`);
    return name;
  });
  if (entries.length === 0 && attachedNames.length === 0) return nothing;
  const { items: volumes } = await workload.client.list(PersistentVolume);
  const { skipped } = await observePods(scope, workload, node);
  return matchVolumes(entries, attachedNames, volumes, claimsOf(skipped));
};

const nothing: AttachedVolumes = {
  claims: [],
  volumesWithoutClaim: [],
  nodeEntriesWithoutVolume: [],
  attachmentsWithoutVolume: [],
};

/** Which volumes those are, without the claims of Pods that stay. */
export const matchVolumes = (
  nodeEntries: readonly string[],
  attachedNames: readonly string[],
  volumes: readonly Stored<PersistentVolumeObject>[],
  ignoredClaims: ReadonlySet<string>,
): AttachedVolumes => {
  const entryOf = ({ spec }: PersistentVolumeObject): string | undefined =>
    spec?.csi && `kubernetes.io/csi/${spec.csi.driver}^${spec.csi.volumeHandle}`;
  const attached = volumes.filter(
    (volume) => attachedNames.includes(volume.metadata.name) || nodeEntries.includes(entryOf(volume) ?? ""),
  );
  const claims = attached.flatMap(({ spec }) =>
    spec?.claimRef?.kind === "PersistentVolumeClaim" ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : [],
  );
  const known = new Set(attached.flatMap((volume) => entryOf(volume) ?? []));
  const knownNames = new Set(attached.map(({ metadata }) => metadata.name));
  return {
    claims: [...new Set(claims)].filter((claim) => !ignoredClaims.has(claim)),
    volumesWithoutClaim: attached
      .filter(({ spec }) => spec?.claimRef?.kind !== "PersistentVolumeClaim")
      .map(({ metadata }) => metadata.name),
    nodeEntriesWithoutVolume: [...new Set(nodeEntries)].filter((entry) => !known.has(entry)),
    attachmentsWithoutVolume: [...new Set(attachedNames)].filter((name) => !knownNames.has(name)),
  };
};

const claimsOf = (pods: readonly Stored<Pod>[]): ReadonlySet<string> =>
  new Set(
    pods.flatMap(({ metadata, spec }) =>
      (((spec as { volumes?: readonly unknown[] } | undefined)?.volumes ?? []) as readonly PodVolume[]).flatMap(
        ({ persistentVolumeClaim }) =>
          persistentVolumeClaim ? [`${metadata.namespace ?? ""}/${persistentVolumeClaim.claimName}`] : [],
      ),
    ),
  );
interface PodVolume {
  readonly persistentVolumeClaim?: { readonly claimName: string };
}
