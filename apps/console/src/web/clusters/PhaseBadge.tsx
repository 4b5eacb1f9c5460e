import { useTranslation } from "react-i18next";
import type { ClusterSummary } from "../../contract/index.ts";
import { Badge } from "../parts/Badge.tsx";
import { healthLook, phaseLook } from "./phases.ts";

export const PhaseBadge = ({ cluster }: { readonly cluster: Pick<ClusterSummary, "phase" | "stuckSince"> }) => {
  const { tone, icon } = phaseLook(cluster);
  return (
    <Badge tone={tone} icon={icon}>
      {cluster.phase}
    </Badge>
  );
};

/** Of a cluster, or of a node. */
export const HealthBadge = ({ of }: { readonly of: Parameters<typeof healthLook>[0] }) => {
  const { tone, icon } = healthLook(of);
  return (
    <Badge tone={tone} icon={icon}>
      {of.health}
    </Badge>
  );
};

/** What a state that passes waits for, in words, and the reason as the system wrote it. */
export const WaitingFor = ({ cluster }: { readonly cluster: Pick<ClusterSummary, "waitingFor" | "phase" | "statusReason"> }) => {
  const { t } = useTranslation();
  const { waitingFor, phase, statusReason } = cluster;
  if (phase === "ERROR") return statusReason === null ? null : <span className="waiting quiet small">{statusReason}</span>;
  if (waitingFor === null) return null;
  const { what, ready, desired, reason, message } = waitingFor;
  const technical = [reason, message].filter(Boolean).join(": ");
  return (
    <span className="waiting quiet small">
      {ready !== undefined && desired !== undefined ? t(`waiting.counted.${what}`, { ready, desired }) : t(`waiting.${what}`)}
      {technical !== "" && <span className="waiting-reason"> {technical}</span>}
    </span>
  );
};
