import { useTranslation } from "react-i18next";
import type { ClusterDetail, Stage } from "../../contract/index.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Panel } from "../parts/Panel.tsx";
import { absoluteTime, duration } from "../parts/time.ts";
import { useNow } from "../parts/useNow.ts";
import { createSteps, isBeingMade, type Step } from "./progress.ts";
import { useHistory } from "./useCluster.ts";

const icons: { readonly [S in Step["state"]]: IconName } = { done: "check", now: "refresh", ahead: "minus", failed: "cross" };

/** How far the create has come: the five steps, and below them what is being worked on. */
export const PhaseStrip = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const history = useHistory(cluster.id);
  if (!isBeingMade(cluster) && cluster.phase !== "UPGRADING") return null;
  const stages = history.data?.stages ?? [];
  const done = cluster.phase === "ACTIVE";
  return (
    <Panel label={t("progress.title")}>
      {isBeingMade(cluster) && (
        <ol className="phase-strip">
          {createSteps(cluster, history.data).map((step) => (
            <StepView key={step.phase} step={step} />
          ))}
        </ol>
      )}
      {stages.length > 0 && !done && (
        <ol className="stage-list">
          {stages.map((stage) => (
            <StageView key={stage.name} stage={stage} />
          ))}
        </ol>
      )}
    </Panel>
  );
};

const StepView = ({ step }: { readonly step: Step }) => {
  const { t, i18n } = useTranslation();
  return (
    <li className="phase-step" data-state={step.state} aria-current={step.state === "now" ? "step" : undefined}>
      <span className="phase-mark">
        <Icon name={icons[step.state]} size={14} />
      </span>
      <span className="phase-word">{step.phase}</span>
      <span className="hidden-text">{t(`progress.state.${step.state}`)}</span>
      <span
        className="quiet small number"
        title={step.startedAt === null ? undefined : absoluteTime(step.startedAt, i18n.language)}
      >
        <Elapsed startedAt={step.startedAt} finishedAt={step.finishedAt} ticking={step.state === "now"} />
      </span>
    </li>
  );
};

const StageView = ({ stage }: { readonly stage: Stage }) => {
  const { t } = useTranslation();
  const state = stage.state === "running" ? "now" : stage.state === "waiting" ? "ahead" : stage.state;
  return (
    <li className="stage" data-state={state}>
      <Icon name={icons[state]} size={16} />
      <span className="stage-name">
        {t(`stage.${stage.name}`)}
        <span className="hidden-text"> {t(`progress.state.${state}`)}</span>
        {stage.count !== undefined && (
          <span className="quiet number">
            {" "}
            {stage.count.ready}/{stage.count.desired}
          </span>
        )}
      </span>
      <span className="quiet small number">
        <Elapsed startedAt={stage.startedAt} finishedAt={stage.finishedAt} ticking={stage.state === "running"} />
      </span>
      {stage.blockedBy !== undefined && (
        <span className="stage-blocked small">
          {t("progress.blockedBy", { kind: stage.blockedBy.object.kind, name: stage.blockedBy.object.name })}{" "}
          <code>
            {stage.blockedBy.reason}
            {stage.blockedBy.message === "" ? "" : `: ${stage.blockedBy.message}`}
          </code>
        </span>
      )}
    </li>
  );
};

interface ElapsedProps {
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly ticking: boolean;
}

const Elapsed = ({ startedAt, finishedAt, ticking }: ElapsedProps) => {
  const { i18n } = useTranslation();
  const now = useNow(ticking ? 1_000 : 60_000);
  if (startedAt === null || (finishedAt === null && !ticking)) return null;
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  return <>{duration(end - Date.parse(startedAt), i18n.language)}</>;
};
