import { humanDuration } from "../../table/duration.ts";
import type { Container, ContainerStatus, Pod } from "../pod.ts";
import { ageCell, table, text, wide } from "./cells.ts";

export const podTable = table<Pod>(
  text("Ready", (pod) => readiness(pod)),
  text("Status", podStatus),
  text("Restarts", restarts),
  ageCell,
  wide("IP", ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? "<none>"),
  wide("Node", ({ spec }) => orNone(spec?.nodeName)),
  wide("Nominated Node", ({ status }) => orNone(status?.nominatedNodeName)),
  wide("Readiness Gates", readinessGates),
);

const orNone = (value: string | undefined): string => (value === undefined || value === "" ? "<none>" : value);

/** An init container that keeps running beside the others. */
const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";

const sidecars = (pod: Pod): ReadonlySet<string> =>
  new Set((pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));

function readiness(pod: Pod): string {
  const beside = sidecars(pod);
  const total = (pod.spec?.containers.length ?? 0) + beside.size;
  const ready =
    (pod.status?.initContainerStatuses ?? []).filter((status) => beside.has(status.name) && status.ready).length +
    (pod.status?.containerStatuses ?? []).filter((status) => status.ready && status.state?.running !== undefined).length;
  return `${ready}/${total}`;
}

/** The one word (or two) for what a pod is up to: the last thing that is wrong, else its phase. */
function podStatus(pod: Pod): string {
  const { status, metadata } = pod;
  let reason = status?.reason ?? status?.phase ?? "";
  if (status?.conditions?.some(({ type, reason: why }) => type === "PodScheduled" && why === "SchedulingGated"))
    reason = "SchedulingGated";
  const initializing = initReason(pod);
  if (initializing !== undefined) reason = initializing;
  else reason = runReason(pod, reason);
  if (metadata.deletionTimestamp !== undefined) {
    if (status?.reason === "NodeLost") return "Unknown";
    if (status?.phase !== "Succeeded" && status?.phase !== "Failed") return "Terminating";
  }
  return reason;
}

function initReason(pod: Pod): string | undefined {
  const beside = sidecars(pod);
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [at, container] of statuses.entries()) {
    const { waiting, terminated } = container.state ?? {};
    if (terminated !== undefined && terminated.exitCode === 0) continue;
    if (beside.has(container.name) && container.started === true) continue;
    if (terminated !== undefined) return `Init:${terminatedReason(terminated)}`;
    if (waiting?.reason !== undefined && waiting.reason !== "" && waiting.reason !== "PodInitializing")
      return `Init:${waiting.reason}`;
    return `Init:${at}/${pod.spec?.initContainers?.length ?? statuses.length}`;
  }
  return undefined;
}

function runReason(pod: Pod, start: string): string {
  let reason = start;
  let running = false;
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated, running: runs } = container.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== "") reason = waiting.reason;
    else if (terminated !== undefined) reason = terminatedReason(terminated);
    else if (container.ready && runs !== undefined) running = true;
  }
  if (reason === "Completed" && running)
    return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ? "Running" : "NotReady";
  return reason;
}

const terminatedReason = ({
  reason,
  signal,
  exitCode,
}: {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}): string =>
  reason !== undefined && reason !== ""
    ? reason
    : signal !== undefined && signal !== 0
      ? `Signal:${signal}`
      : `ExitCode:${exitCode}`;

function restarts(pod: Pod, nowMs: number): string {
  const beside = sidecars(pod);
  const init = pod.status?.initContainerStatuses ?? [];
  const initializing = initReason(pod) !== undefined;
  const counted: readonly ContainerStatus[] = initializing
    ? init
    : [...init.filter(({ name }) => beside.has(name)), ...(pod.status?.containerStatuses ?? [])];
  const total = counted.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const last = Math.max(...counted.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? "") || 0), 0);
  return total === 0 || last === 0 ? String(total) : `${total} (${humanDuration((nowMs - last) / 1000)} ago)`;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter(({ conditionType }) =>
    pod.status?.conditions?.some(({ type, status }) => type === conditionType && status === "True"),
  );
  return `${open.length}/${gates.length}`;
}
