import { createHash } from "node:crypto";
import type { Deployment, Pod, ReplicaSet, Stored } from "@slipway/api";

type Made = Stored<Deployment>;

/** Of the pod template, so that another template is another ReplicaSet and another Pod. */
export const templateHash = ({ spec }: Made): string =>
  createHash("sha256")
    .update(JSON.stringify(spec?.template ?? {}))
    .digest("hex")
    .slice(0, 10);

const hashLabel = "pod-template-hash";

export const replicaSetOf = (deployment: Made): ReplicaSet => {
  const { namespace = "", name, uid } = deployment.metadata;
  const { matchLabels = {} } = deployment.spec?.selector ?? {};
  const hash = templateHash(deployment);
  const labels = { ...deployment.spec?.template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      namespace,
      name: `${name}-${hash}`,
      labels,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { ...matchLabels, [hashLabel]: hash } },
      template: { ...deployment.spec?.template, metadata: { ...deployment.spec?.template.metadata, labels } },
    },
  };
};

/**
 * `predecessor`: the uid of the Pod whose place it takes. A Pod of the same name made at once would look, to who waits for the old one
 * to be gone, as if it never went.
 */
export const podOf = (set: Stored<ReplicaSet>, nodeName: string, predecessor = ""): Pod => {
  const { namespace = "", name, uid, labels = {} } = set.metadata;
  const { annotations } = set.spec?.template?.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      name: `${name}-${createHash("sha256").update(`${uid}${predecessor}`).digest("hex").slice(0, 5)}`,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: { containers: [], ...set.spec?.template?.spec, nodeName },
  };
};

/** Which start of this program a container is. */
const containerIdOf = (run: string, pod: Stored<Pod>) => `slipway://${run}/${pod.metadata.uid}`;

/** Whether its status tells of this start of the program. */
export const isOfThisRun = (pod: Stored<Pod>, run: string): boolean =>
  pod.status?.containerStatuses?.[0]?.containerID === containerIdOf(run, pod);

/** A container of an earlier start of the program has been restarted with it. */
export const runningStatus = (pod: Stored<Pod>, run: string, now: Date): NonNullable<Pod["status"]> => {
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const [container] = pod.spec?.containers ?? [];
  const before = pod.status?.containerStatuses?.[0];
  const condition = (type: string) => ({ type, status: "True" as const, lastTransitionTime: at });
  return {
    phase: "Running",
    startTime: pod.status?.startTime ?? at,
    hostIP: "127.0.0.1",
    podIP: "127.0.0.1",
    podIPs: [{ ip: "127.0.0.1" }],
    qosClass: "BestEffort",
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(condition),
    containerStatuses: [
      {
        name: container?.name ?? "manager",
        image: container?.image ?? "",
        imageID: "",
        containerID: containerIdOf(run, pod),
        ready: true,
        started: true,
        restartCount: before === undefined ? 0 : before.restartCount + 1,
        state: { running: { startedAt: at } },
        ...(before?.state?.running === undefined
          ? {}
          : {
              lastState: {
                terminated: {
                  exitCode: 0,
                  reason: "Completed",
                  finishedAt: at,
                  ...(before.state.running.startedAt === undefined ? {} : { startedAt: before.state.running.startedAt }),
                  ...(before.containerID === undefined ? {} : { containerID: before.containerID }),
                },
              },
            }),
      },
    ],
  };
};

export const replicaSetStatus = (set: Stored<ReplicaSet>): NonNullable<ReplicaSet["status"]> => ({
  replicas: 1,
  fullyLabeledReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
  observedGeneration: set.metadata.generation ?? 1,
});

/** One program runs one copy of a provider: a Deployment that wants more never completes, and says why. */
export const deploymentStatus = (deployment: Made, running: boolean, now: Date): NonNullable<Deployment["status"]> => {
  const wanted = deployment.spec?.replicas ?? 1;
  const count = running ? 1 : 0;
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const condition = (type: string, good: boolean, reason: string, message: string) => {
    const status = good ? ("True" as const) : ("False" as const);
    const before = deployment.status?.conditions?.find((known) => known.type === type);
    const same = before?.status === status && before.reason === reason;
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? at) : at,
      lastUpdateTime: same ? (before.lastUpdateTime ?? at) : at,
    };
  };
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(count === 0 ? {} : { replicas: count, updatedReplicas: count, readyReplicas: count, availableReplicas: count }),
    ...(wanted > count ? { unavailableReplicas: wanted - count } : {}),
    conditions: [
      running || wanted === 0
        ? condition("Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.")
        : condition("Available", false, "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
      wanted > 1
        ? condition(
            "Progressing",
            false,
            "ProgressDeadlineExceeded",
            `${wanted} replicas are wanted, and this program runs one copy of each provider: set replicas to 1, or to 0 to stop it`,
          )
        : condition("Progressing", true, "NewReplicaSetAvailable", "The provider runs as the template says."),
    ],
  };
};
