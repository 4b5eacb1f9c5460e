import type { Node, Pod, Stored } from "@slipway/api";
import { type ControlPlane, isControlPlaneNode, isDeleting, isEtcdManaged, nodeNameOf } from "../controlplane.ts";
import {
  type Finding,
  type Inspection,
  ill,
  isUnreachable,
  nodeReadiness,
  notInspected,
  olderSummary,
  summaryOf,
  unclear,
  well,
} from "./findings.ts";

interface StaticPod {
  readonly condition: string;
  readonly component: string;
}

export const staticPods = (etcdManaged: boolean): readonly StaticPod[] => [
  { condition: "APIServerPodHealthy", component: "kube-apiserver" },
  { condition: "ControllerManagerPodHealthy", component: "kube-controller-manager" },
  { condition: "SchedulerPodHealthy", component: "kube-scheduler" },
  ...(etcdManaged ? [{ condition: "EtcdPodHealthy", component: "etcd" }] : []),
];

const componentsHealthy = "ControlPlaneComponentsHealthy";

export type PodsSeen =
  | { readonly nodes: readonly Stored<Node>[]; readonly pods: readonly Stored<Pod>[]; readonly podsError?: string }
  /** Not even the nodes could be read. */
  | { readonly nodesError: string };

/** The static pods of every control plane machine. */
export const inspectPods = ({ kcp, members }: Pick<ControlPlane, "kcp" | "members">, seen: PodsSeen): Inspection => {
  const pods = staticPods(isEtcdManaged(kcp));
  const perMachine = members.map(({ machine }) => ({
    name: machine.metadata.name,
    hasProviderId: (machine.spec.providerID ?? "") !== "",
    findings: pods.map((pod): Finding => {
      if ("nodesError" in seen) return unclear(pod.condition, "PodInspectionFailed", seen.nodesError);
      const nodeName = nodeNameOf(machine);
      if (nodeName === undefined) return notInspected(pod.condition, notYet(machine.spec.providerID));
      if (isDeleting(machine)) {
        return ill(pod.condition, { older: "Deleting", severity: "Info", newer: "Deleting" }, "Machine is deleting");
      }
      const node = seen.nodes.find(({ metadata }) => metadata.name === nodeName);
      if (node === undefined) {
        const message = `Node ${nodeName} does not exist`;
        return {
          ...unclear(pod.condition, "", message),
          older: ill(pod.condition, { older: "PodFailed", newer: "" }, message).older,
        };
      }
      if (isUnreachable(node)) return unclear(pod.condition, "PodInspectionFailed", `Node ${nodeName} is unreachable`);
      if (nodeReadiness(node) === "Unknown") {
        return unclear(
          pod.condition,
          "PodInspectionFailed",
          `Node ${nodeName} Ready condition is Unknown, Pod data might be stale`,
        );
      }
      if (seen.podsError !== undefined) return unclear(pod.condition, "PodInspectionFailed", seen.podsError);
      const name = `${pod.component}-${nodeName}`;
      return podFinding(
        pod.condition,
        name,
        seen.pods.find(({ metadata }) => metadata.name === name),
      );
    }),
  }));
  if ("nodesError" in seen) {
    return {
      machines: new Map(perMachine.map(({ name, findings }) => [name, findings])),
      controlPlane: [unclear(componentsHealthy, "ControlPlaneComponentsInspectionFailed", seen.nodesError)],
    };
  }
  const known = new Set(members.map(({ machine }) => nodeNameOf(machine)));
  const provisioning = known.has(undefined);
  const errors = provisioning
    ? []
    : seen.nodes
        .filter((node) => isControlPlaneNode(node) && !known.has(node.metadata.name))
        .map((node) => `Control plane Node ${node.metadata.name} does not have a corresponding Machine`);
  const older = olderSummary(
    componentsHealthy,
    { unhealthy: "ControlPlaneComponentsUnhealthy", unknown: "ControlPlaneComponentsUnknown" },
    errors,
    perMachine,
  );
  return {
    machines: new Map(perMachine.map(({ name, findings }) => [name, findings])),
    controlPlane: [{ ...(older ? { older } : {}), newer: summaryOf(componentsHealthy, errors, perMachine) }],
  };
};

export const notYet = (providerId: string | undefined): string =>
  providerId === undefined || providerId === ""
    ? "Waiting for a Node with spec.providerID to exist: the Machine has no providerID yet"
    : `Waiting for a Node with spec.providerID ${providerId} to exist`;

const podFinding = (condition: string, name: string, pod: Stored<Pod> | undefined): Finding => {
  const failed = (message: string) => ill(condition, { older: "PodFailed", newer: "Failed" }, message);
  const provisioning = (message: string) =>
    ill(condition, { older: "PodProvisioning", severity: "Info", newer: "Provisioning" }, message);
  if (pod === undefined) return ill(condition, { older: "PodMissing", newer: "DoesNotExist" }, `Pod ${name} does not exist`);
  const { phase, conditions = [], containerStatuses = [] } = pod.status ?? {};
  switch (phase) {
    case "Pending": {
      const waitingFor = conditions.find(
        ({ type, status }) => type !== "Ready" && type !== "ContainersReady" && status === "False",
      );
      return provisioning(waitingFor?.message ?? "Waiting to be scheduled");
    }
    case "Running": {
      if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return well(condition, "Running");
      const waiting = containerStatuses
        .filter(({ state }) => state?.waiting !== undefined)
        .map(({ state }) => state?.waiting?.reason);
      if (waiting.length > 0) {
        const crashed = containerStatuses.some(({ lastState }) => (lastState?.terminated?.exitCode ?? 0) !== 0);
        const message = waiting.filter((reason) => reason !== undefined).join(", ");
        return crashed ? failed(message) : provisioning(message);
      }
      const ended = containerStatuses.flatMap(({ state }) => state?.terminated?.reason ?? []);
      if (containerStatuses.some(({ state }) => state?.terminated !== undefined)) return failed(ended.join(", "));
      return provisioning("Waiting for startup or readiness probes");
    }
    case "Succeeded":
    case "Failed":
      return failed("All the containers have been terminated");
    default:
      return unclear(condition, "PodInspectionFailed", "Pod is reporting Unknown status");
  }
};
