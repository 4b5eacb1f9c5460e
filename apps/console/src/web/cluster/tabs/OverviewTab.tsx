import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../../contract/index.ts";
import { HealthBadge } from "../../clusters/PhaseBadge.tsx";
import { Ago } from "../../parts/Ago.tsx";
import { Badge } from "../../parts/Badge.tsx";
import { CodeBlock, CopyButton } from "../../parts/Copy.tsx";
import { Facts } from "../../parts/Facts.tsx";
import { Note } from "../../parts/Note.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { Diagnosis } from "../Diagnosis.tsx";

export const OverviewTab = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const yesNo = (value: boolean) => t(value ? "create.on" : "create.off");
  const faults = Object.entries(cluster.faults);
  return (
    <div className="stack">
      {cluster.phase === "ERROR" && (
        <Note tone="bad" title={t("detail.failed", { status: cluster.status })}>
          {cluster.statusReason !== null && <p>{cluster.statusReason}</p>}
          {faults.length > 0 && (
            <ul>
              {faults.map(([what, why]) => (
                <li key={what}>
                  <code>{what}</code>: {why}
                </li>
              ))}
            </ul>
          )}
        </Note>
      )}
      <Diagnosis cluster={cluster} />
      <div className="columns">
        <Panel title={t("detail.state")}>
          <Facts
            facts={[
              { name: t("detail.status"), value: <code>{cluster.status}</code> },
              { name: t("detail.reason"), value: cluster.statusReason },
              { name: t("detail.health"), value: <HealthBadge of={cluster} /> },
              { name: t("detail.api"), value: cluster.apiAddress === null ? null : <ApiAddress address={cluster.apiAddress} /> },
              { name: t("detail.nodes"), value: `${cluster.controlPlane.desired} + ${cluster.workers.desired}` },
              { name: t("detail.created"), value: <Ago at={cluster.createdAt} /> },
              { name: t("detail.createdBy"), value: cluster.createdBy.name ?? <code>{cluster.createdBy.id}</code> },
              { name: t("detail.updated"), value: <Ago at={cluster.updatedAt} /> },
              { name: t("detail.id"), value: <code>{cluster.id}</code> },
            ]}
          />
        </Panel>
        <Panel title={t("detail.make")}>
          <Facts
            facts={[
              { name: t("detail.version"), value: cluster.version ?? cluster.coeVersion },
              { name: t("detail.template"), value: cluster.template.name ?? <code>{cluster.template.id}</code> },
              { name: t("detail.runtime"), value: cluster.containerRuntime },
              { name: t("detail.networkDriver"), value: cluster.networkDriver },
              { name: t("detail.cloudProvider"), value: cluster.cloudProvider },
              { name: t("create.masterFlavor"), value: cluster.masterFlavor },
              { name: t("create.flavor"), value: cluster.flavor },
              { name: t("create.keypair"), value: cluster.keypair },
              { name: t("create.network"), value: cluster.fixedNetwork },
              { name: t("create.loadBalancer"), value: yesNo(cluster.masterLbEnabled) },
              { name: t("create.floatingIp"), value: yesNo(cluster.floatingIpEnabled) },
            ]}
          />
        </Panel>
      </div>
      {Object.keys(cluster.healthReasons).length > 0 && (
        <Panel title={t("detail.healthReasons")}>
          <Facts facts={Object.entries(cluster.healthReasons).map(([name, value]) => ({ name, value }))} />
        </Panel>
      )}
      <Panel title={t("detail.labels")} flush>
        <table className="plain-table cards">
          <thead>
            <tr>
              <th scope="col">{t("detail.label")}</th>
              <th scope="col">{t("detail.value")}</th>
              <th scope="col">{t("detail.origin")}</th>
            </tr>
          </thead>
          <tbody>
            {cluster.labels.map(({ key, value, origin }) => (
              <tr key={key}>
                <td data-column={t("detail.label")}>
                  <code>{key}</code>
                </td>
                <td data-column={t("detail.value")}>
                  <code>{value}</code>
                </td>
                <td data-column={t("detail.origin")}>
                  <Badge tone={origin === "template" ? "quiet" : "busy"}>{t(`detail.origins.${origin}`)}</Badge>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={t("detail.commands")}>
        <CodeBlock text={cluster.commands.show} label={t("detail.commands")} />
      </Panel>
    </div>
  );
};

const ApiAddress = ({ address }: { readonly address: string }) => {
  const { t } = useTranslation();
  return (
    <span className="row">
      <code>{address}</code>
      <CopyButton text={address} label={t("detail.copyApi")} />
    </span>
  );
};
