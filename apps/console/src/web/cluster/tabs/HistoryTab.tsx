import { useTranslation } from "react-i18next";
import { Ago, Moment } from "../../parts/Ago.tsx";
import { Badge } from "../../parts/Badge.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { duration } from "../../parts/time.ts";
import { useHistory } from "../useCluster.ts";

const tones = { accepted: "busy", done: "good", refused: "warn", failed: "bad" } as const;

/** Who asked for what, and through which states the cluster went. */
export const HistoryTab = ({ clusterId }: { readonly clusterId: string }) => {
  const { t, i18n } = useTranslation();
  const history = useHistory(clusterId);
  return (
    <Loaded query={history}>
      {({ actions, phases }) => (
        <div className="stack">
          <Panel title={t("history.actions")} flush>
            {actions.length === 0 ? (
              <Empty icon="clock" title={t("history.none")} />
            ) : (
              <table className="plain-table cards">
                <thead>
                  <tr>
                    <th scope="col">{t("history.when")}</th>
                    <th scope="col">{t("history.action")}</th>
                    <th scope="col">{t("history.by")}</th>
                    <th scope="col">{t("history.result")}</th>
                    <th scope="col">{t("error.requestId")}</th>
                  </tr>
                </thead>
                <tbody>
                  {actions.map((activity) => (
                    <tr key={`${activity.at}${activity.requestId ?? activity.action}`}>
                      <td data-column={t("history.when")}>
                        <Ago at={activity.at} />
                      </td>
                      <td data-column={t("history.action")}>
                        <span>
                          {t(`history.actionNames.${activity.action}`)}
                          {activity.detail !== null && <span className="waiting quiet small">{activity.detail}</span>}
                        </span>
                      </td>
                      <td data-column={t("history.by")}>
                        {activity.by ?? "–"} {activity.operator && <Badge tone="busy">{t("history.operator")}</Badge>}
                      </td>
                      <td data-column={t("history.result")}>
                        <Badge tone={tones[activity.result]}>{t(`history.results.${activity.result}`)}</Badge>
                      </td>
                      <td data-column={t("error.requestId")} className="machine">
                        {activity.requestId ?? "–"}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Panel>
          <Panel title={t("history.phases")} flush>
            <table className="plain-table cards">
              <thead>
                <tr>
                  <th scope="col">{t("detail.status")}</th>
                  <th scope="col">{t("history.when")}</th>
                  <th scope="col">{t("history.took")}</th>
                </tr>
              </thead>
              <tbody>
                {phases.map(({ phase, startedAt, finishedAt }) => (
                  <tr key={`${phase}${startedAt}`}>
                    <td data-column={t("detail.status")}>{phase}</td>
                    <td data-column={t("history.when")}>
                      <Moment at={startedAt} />
                    </td>
                    <td data-column={t("history.took")} className="number">
                      {finishedAt === null ? "–" : duration(Date.parse(finishedAt) - Date.parse(startedAt), i18n.language)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        </div>
      )}
    </Loaded>
  );
};
