import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterDetail, Finding } from "../../contract/index.ts";
import { Ago } from "../parts/Ago.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { Panel } from "../parts/Panel.tsx";
import { useSession } from "../session/session.ts";
import { useDiagnosis } from "./useCluster.ts";

/** "Why is it stuck?": what is wrong, why, what to do, and who can. Asked at once when something is. */
export const Diagnosis = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const { features } = useSession();
  const troubled = cluster.phase === "ERROR" || cluster.stuckSince !== null || cluster.health === "UNHEALTHY";
  const [asked, setAsked] = useState(false);
  const diagnosis = useDiagnosis(cluster.id, features.diagnosis && (asked || troubled));
  if (!features.diagnosis) return null;
  const button = (
    <Button
      variant="default"
      leftSection={<Icon name="question" size={16} />}
      loading={diagnosis.isFetching}
      onClick={() => {
        if (asked || troubled) void diagnosis.refetch();
        setAsked(true);
      }}
    >
      {t(cluster.phase === "ACTIVE" ? "diagnosis.ask" : "diagnosis.askStuck")}
    </Button>
  );
  return (
    <Panel title={t(troubled || cluster.phase !== "ACTIVE" ? "diagnosis.title" : "diagnosis.titleWell")} actions={button}>
      {!asked && !troubled ? (
        <p className="quiet">{t("diagnosis.lead")}</p>
      ) : (
        <Loaded query={diagnosis}>
          {({ verdict, summary, findings, checkedAt }) => (
            <div className="stack">
              <p role="status">
                <strong>{t(`diagnosis.verdict.${verdict}`)}</strong> {verdict !== "healthy" && summary}{" "}
                <span className="quiet small">
                  <Ago at={checkedAt} />
                </span>
              </p>
              {findings.map((finding, at) => (
                <FindingView key={`${finding.code}${finding.object?.name ?? at}`} finding={finding} />
              ))}
            </div>
          )}
        </Loaded>
      )}
    </Panel>
  );
};

const tones = { error: "bad", warning: "warn", info: "busy" } as const;

const FindingView = ({ finding }: { readonly finding: Finding }) => {
  const { t } = useTranslation();
  return (
    <Note tone={tones[finding.severity]} title={finding.what}>
      {finding.why.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {finding.todo.length > 0 && (
        <>
          <p>
            <strong>{t(`diagnosis.who.${finding.who}`)}</strong>
          </p>
          <ol className="finding-steps">
            {finding.todo.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </>
      )}
      {(finding.technical !== null || finding.object !== null || finding.requestId !== null) && (
        <details>
          <summary>{t("error.technical")}</summary>
          {finding.object !== null && (
            <p className="machine">
              {finding.object.kind}/{finding.object.name}
            </p>
          )}
          {finding.technical !== null && <p className="machine">{finding.technical}</p>}
          {finding.requestId !== null && (
            <p>
              {t("error.requestId")} <code>{finding.requestId}</code>
            </p>
          )}
        </details>
      )}
    </Note>
  );
};
