import { useTranslation } from "react-i18next";
import { Ago } from "../parts/Ago.tsx";
import { CopyButton } from "../parts/Copy.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { ForOperators, itemsOf, useOperatorList } from "./useOperator.tsx";

export const OrphansPage = () => {
  const { t } = useTranslation();
  return (
    <ForOperators title={t("nav.orphans")} list="orphans">
      <PageHead title={t("nav.orphans")} lead={t("operator.orphansLead")} />
      <Orphans />
    </ForOperators>
  );
};

const Orphans = () => {
  const { t } = useTranslation();
  const orphans = useOperatorList("orphans");
  return (
    <Loaded query={orphans}>
      {(known) => {
        const list = itemsOf<"orphans">(known);
        const { checkedAt = null, problems = [] } = known.about;
        return (
          <div className="stack">
            <p className="quiet">
              {t("operator.checked")} <Ago at={checkedAt} /> · {t("operator.checksAgain")}
            </p>
            {problems.length > 0 && (
              <Note tone="warn" title={t("operator.orphansMissing")}>
                <ul className="plain-list small">
                  {problems.map((problem) => (
                    <li key={problem}>{problem}</li>
                  ))}
                </ul>
              </Note>
            )}
            <Panel flush label={t("nav.orphans")}>
              {list.length === 0 ? (
                <Empty icon="check" title={t("operator.noOrphans")} />
              ) : (
                <table className="plain-table cards">
                  <thead>
                    <tr>
                      <th scope="col">{t("operator.kind")}</th>
                      <th scope="col">{t("group.name")}</th>
                      <th scope="col">{t("operator.ofCluster")}</th>
                      <th scope="col">{t("operator.size")}</th>
                      <th scope="col">{t("clusters.columns.createdAt")}</th>
                      <th scope="col">{t("operator.remove")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {list.map((orphan) => (
                      <tr key={orphan.id}>
                        <td data-column={t("operator.kind")}>{orphan.kind}</td>
                        <td data-column={t("group.name")}>
                          <span>
                            {orphan.name}
                            <span className="waiting quiet small machine">{orphan.id}</span>
                          </span>
                        </td>
                        <td data-column={t("operator.ofCluster")}>{orphan.clusterName ?? "–"}</td>
                        <td data-column={t("operator.size")}>{orphan.size ?? "–"}</td>
                        <td data-column={t("clusters.columns.createdAt")}>
                          <Ago at={orphan.createdAt} />
                        </td>
                        <td data-column={t("operator.remove")}>
                          {orphan.command === null ? (
                            "–"
                          ) : (
                            <span className="row">
                              <code>{orphan.command}</code>
                              <CopyButton text={orphan.command} label={t("operator.copyCommand", { name: orphan.name })} />
                            </span>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </Panel>
          </div>
        );
      }}
    </Loaded>
  );
};
