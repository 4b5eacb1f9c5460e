import type { Machine, Stored } from "@slipway/api";
import { findCondition, type ReconcileContext } from "@slipway/runtime";
import type { MachineReport } from "./status.ts";

/** What happened to the Machine in this pass, for people who read its events. */
export const announce = (
  before: Stored<Machine>,
  after: Stored<Machine>,
  { facts }: MachineReport,
  { events }: ReconcileContext,
): void => {
  const nodeName = after.status?.nodeRef?.name ?? "";
  if (nodeName !== "" && before.status?.nodeRef === undefined && facts.node?.state === "found") {
    events.normal(after, "SuccessfulSetNodeRef", nodeName);
  }
  if (facts.node?.state === "ambiguous") events.warning(after, "Failed to retrieve Node by ProviderID", facts.node.message);
  const became = (type: string): { readonly status: string; readonly reason?: string; readonly message?: string } | undefined => {
    const [was, is] = [findCondition(before.status?.conditions, type), findCondition(after.status?.conditions, type)];
    return is && (was?.status !== is.status || was.reason !== is.reason) ? is : undefined;
  };
  const drained = became("DrainingSucceeded");
  if (drained?.status === "True") events.normal(after, "SuccessfulDrainNode", `success draining Machine's node "${nodeName}"`);
  if (drained?.reason === "DrainingFailed") {
    events.warning(after, "FailedDrainNode", `error draining Machine's node "${nodeName}": ${drained.message ?? ""}`);
  }
  if (became("VolumeDetachSucceeded")?.status === "True") {
    events.normal(after, "NodeVolumesDetached", `success waiting for node volumes detaching Machine's node "${nodeName}"`);
  }
};
