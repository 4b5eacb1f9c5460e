import { useTranslation } from "react-i18next";
import { Ago } from "../parts/Ago.tsx";
import { Badge } from "../parts/Badge.tsx";
import { CodeBlock } from "../parts/Copy.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { bySeverity } from "./order.ts";
import { ForOperators, itemsOf, useOperatorList } from "./useOperator.tsx";

const tones = { critical: "bad", warning: "warn", info: "busy" } as const;

export const AlertsPage = () => {
  const { t } = useTranslation();
  return (
    <ForOperators title={t("nav.alerts")} list="alerts">
      <PageHead title={t("nav.alerts")} lead={t("operator.alertsLead")} />
      <Alerts />
    </ForOperators>
  );
};

const Alerts = () => {
  const { t } = useTranslation();
  const alerts = useOperatorList("alerts");
  return (
    <Loaded query={alerts}>
      {(known) => {
        const list = bySeverity(itemsOf<"alerts">(known));
        return list.length === 0 ? (
          <Panel>
            <Empty icon="check" title={t("operator.noAlerts")} />
          </Panel>
        ) : (
          <div className="stack">
            {list.map((alert) => (
              <Panel
                key={alert.uid}
                title={
                  <span className="row">
                    {alert.title}
                    <Badge tone={tones[alert.severity]} icon="bell">
                      {alert.severity}
                    </Badge>
                    <Badge tone={alert.state === "firing" ? "bad" : "quiet"}>{alert.state}</Badge>
                  </span>
                }
              >
                <div className="stack">
                  <p>
                    {alert.summary}{" "}
                    <span className="quiet small">
                      {alert.object.kind}/{alert.object.name} · <Ago at={alert.since} />
                    </span>
                  </p>
                  <p className="quiet">{alert.description}</p>
                  {alert.command !== null && <CodeBlock text={alert.command} label={t("operator.commands")} />}
                  {alert.runbookUrl !== null && /^https?:\/\//.test(alert.runbookUrl) && (
                    <a href={alert.runbookUrl} target="_blank" rel="noreferrer">
                      {t("operator.runbook")}
                    </a>
                  )}
                </div>
              </Panel>
            ))}
          </div>
        );
      }}
    </Loaded>
  );
};
