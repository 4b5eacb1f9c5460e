import type { CaRotationView } from "@slipway/api/magnum/live.ts";
import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../contract/index.ts";
import { Ago, Moment } from "../parts/Ago.tsx";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Note } from "../parts/Note.tsx";
import { Panel } from "../parts/Panel.tsx";

type StageState = CaRotationView["stages"][number]["state"];
const icons: { readonly [S in StageState]: IconName } = { done: "check", running: "refresh", waiting: "minus" };
const states = { done: "done", running: "now", waiting: "ahead" } as const;

/** A rotation of the certificate authorities under way: which stage it is at, and what that means for whoever has a kubeconfig. */
export const CaRotation = ({ cluster: { caRotation } }: { readonly cluster: Pick<ClusterDetail, "caRotation"> }) => {
  const { t } = useTranslation();
  if (caRotation === undefined || caRotation.state === "done") return null;
  const { stages, state } = caRotation;
  const at = stages.findIndex((stage) => stage.state === "running");
  return (
    <Panel
      title={t("rotation.title")}
      label={t("rotation.title")}
      actions={<span className="quiet small number">{t("rotation.step", { step: at + 1, steps: stages.length })}</span>}
    >
      <div className="stack">
        {state === "waiting" && <p className="quiet">{t("rotation.waiting")}</p>}
        <ol className="stage-list">
          {stages.map((stage) => (
            <li
              key={stage.name}
              className="stage"
              data-state={states[stage.state]}
              data-stage={stage.name}
              aria-current={stage.state === "running" ? "step" : undefined}
            >
              <Icon name={icons[stage.state]} size={16} />
              <span className="stage-name">
                {t(`rotation.stages.${stage.name}`)}
                <span className="hidden-text"> {t(`progress.state.${states[stage.state]}`)}</span>
              </span>
              <span className="quiet small">{stage.startedAt !== null && <Ago at={stage.finishedAt ?? stage.startedAt} />}</span>
            </li>
          ))}
        </ol>
        <Note tone="busy" title={t("rotation.meanwhile")}>
          <p>{t(isSigning(caRotation) ? "rotation.downloadNow" : "rotation.downloadLater")}</p>
        </Note>
      </div>
    </Panel>
  );
};

/** Whether a kubeconfig of today is one of the new authority: it is from the stage on in which that one signs. */
export const isSigning = ({ stages }: CaRotationView): boolean =>
  stages.some(({ name, startedAt }) => name === "switch" && startedAt !== null);

/** When the authorities were last exchanged. */
export const LastRotation = ({ rotation }: { readonly rotation: CaRotationView | undefined }) => {
  const { t } = useTranslation();
  if (rotation?.finishedAt === null || rotation === undefined) return null;
  return (
    <Note tone="good" title={t("rotation.done")}>
      <p>
        <Moment at={rotation.finishedAt} /> {t("rotation.doneMore")}
      </p>
    </Note>
  );
};
