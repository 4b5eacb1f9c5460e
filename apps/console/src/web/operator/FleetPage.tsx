import { Select, TextInput } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FleetItem } from "../../contract/index.ts";
import { HealthBadge, PhaseBadge, WaitingFor } from "../clusters/PhaseBadge.tsx";
import { Ago } from "../parts/Ago.tsx";
import { Badge } from "../parts/Badge.tsx";
import { CodeBlock } from "../parts/Copy.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { number } from "../parts/time.ts";
import { FleetActions } from "./FleetActions.tsx";
import { byUrgency, totalsOf } from "./order.ts";
import { ForOperators, itemsOf, useOperatorList, useProjectNames } from "./useOperator.tsx";
import "./operator.css";

/** More rows than this are found by searching, not by scrolling. */
const shownAtMost = 200;

export const FleetPage = () => {
  const { t } = useTranslation();
  return (
    <ForOperators title={t("nav.fleet")} list="fleet">
      <Fleet />
    </ForOperators>
  );
};

const Fleet = () => {
  const { t, i18n } = useTranslation();
  const fleet = useOperatorList("fleet");
  const clusters = useMemo(() => (fleet.data === undefined ? [] : byUrgency(itemsOf<"fleet">(fleet.data))), [fleet.data]);
  const nameOf = useProjectNames(clusters.map(({ projectId }) => projectId));
  const [search, setSearch] = useState("");
  const [phase, setPhase] = useState<string | null>(null);
  const [open, setOpen] = useState<string>();
  const rows = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return clusters.filter(
      (cluster) =>
        (phase === null || cluster.phase === phase) &&
        words.every((word) =>
          `${cluster.name} ${cluster.id} ${cluster.capiName} ${nameOf(cluster.projectId) ?? ""} ${cluster.projectId} ${cluster.version ?? ""}`
            .toLowerCase()
            .includes(word),
        ),
    );
  }, [clusters, nameOf, search, phase]);
  const totals = totalsOf(clusters);
  return (
    <>
      <PageHead title={t("nav.fleet")} lead={t("operator.fleetLead")} />
      <Loaded query={fleet}>
        {() => (
          <div className="stack">
            <dl className="totals">
              {(
                [
                  ["clusters", totals.clusters, "quiet"],
                  ["machines", totals.machines, "quiet"],
                  ["failed", totals.failed, totals.failed > 0 ? "bad" : "quiet"],
                  ["stuck", totals.stuck, totals.stuck > 0 ? "warn" : "quiet"],
                ] as const
              ).map(([name, amount, tone]) => (
                <div key={name} className="total" data-tone={tone}>
                  <dt>{t(`operator.totals.${name}`)}</dt>
                  <dd className="number">{number(amount, i18n.language)}</dd>
                </div>
              ))}
            </dl>
            <div className="list-tools">
              <TextInput
                className="list-search"
                type="search"
                aria-label={t("operator.search")}
                placeholder={t("operator.search")}
                leftSection={<Icon name="search" size={16} />}
                value={search}
                onChange={({ currentTarget: { value } }) => setSearch(value)}
              />
              <Select
                aria-label={t("clusters.columns.phase")}
                placeholder={t("clusters.columns.phase")}
                clearable
                clearButtonProps={{ "aria-label": t("action.clear") }}
                data={totals.phases}
                value={phase}
                onChange={setPhase}
              />
              <span className="quiet small number" role="status">
                {t("clusters.count", {
                  count: rows.length,
                  shown: number(Math.min(rows.length, shownAtMost), i18n.language),
                  all: number(totals.clusters, i18n.language),
                })}
              </span>
            </div>
            <Panel flush label={t("nav.fleet")}>
              {rows.length === 0 ? (
                <Empty icon="fleet" title={t("clusters.nothingFound")} />
              ) : (
                <table className="plain-table cards">
                  <thead>
                    <tr>
                      <th scope="col">{t("clusters.columns.name")}</th>
                      <th scope="col">{t("operator.project")}</th>
                      <th scope="col">{t("clusters.columns.phase")}</th>
                      <th scope="col">{t("clusters.columns.health")}</th>
                      <th scope="col">{t("operator.alerts")}</th>
                      <th scope="col">{t("clusters.columns.version")}</th>
                      <th scope="col">{t("detail.nodes")}</th>
                      <th scope="col">{t("clusters.columns.createdAt")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.slice(0, shownAtMost).map((cluster) => (
                      <FleetRow
                        key={cluster.id}
                        cluster={cluster}
                        projectName={nameOf(cluster.projectId)}
                        open={open === cluster.id}
                        onOpen={() => setOpen(open === cluster.id ? undefined : cluster.id)}
                      />
                    ))}
                  </tbody>
                </table>
              )}
            </Panel>
          </div>
        )}
      </Loaded>
    </>
  );
};

interface FleetRowProps {
  readonly cluster: FleetItem;
  readonly projectName: string | undefined;
  readonly open: boolean;
  readonly onOpen: () => void;
}

const FleetRow = ({ cluster, projectName, open, onOpen }: FleetRowProps) => {
  const { t } = useTranslation();
  return (
    <Fragment>
      <tr>
        <td data-column={t("clusters.columns.name")}>
          <button type="button" className="expand-button" aria-expanded={open} onClick={onOpen}>
            <Icon name={open ? "minus" : "plus"} size={14} />
            <span>
              {cluster.name}
              <span className="waiting quiet small machine">{cluster.capiName}</span>
            </span>
          </button>
        </td>
        <td data-column={t("operator.project")}>
          {projectName ?? <code title={cluster.projectId}>{cluster.projectId.slice(0, 8)}…</code>}
        </td>
        <td data-column={t("clusters.columns.phase")}>
          <span>
            <PhaseBadge cluster={cluster} /> {cluster.paused && <Badge tone="warn">{t("operator.paused")}</Badge>}
            <WaitingFor cluster={cluster} />
            {cluster.stuckSince !== null && (
              <span className="waiting small stuck">
                {t("operator.stuckSince")} <Ago at={cluster.stuckSince} />
              </span>
            )}
          </span>
        </td>
        <td data-column={t("clusters.columns.health")}>
          <HealthBadge of={cluster} />
        </td>
        <td data-column={t("operator.alerts")}>{cluster.alerts.length === 0 ? "–" : cluster.alerts.join(", ")}</td>
        <td data-column={t("clusters.columns.version")} className="number">
          {cluster.version ?? "–"}
        </td>
        <td data-column={t("detail.nodes")} className="number">
          {cluster.controlPlane.ready + cluster.workers.ready}/{cluster.controlPlane.desired + cluster.workers.desired}
        </td>
        <td data-column={t("clusters.columns.createdAt")}>
          <Ago at={cluster.createdAt} />
        </td>
      </tr>
      {open && (
        <tr className="expanded">
          <td colSpan={8}>
            <div className="stack">
              <p className="machine small">
                {cluster.id} · {cluster.projectId} · {cluster.userId}
              </p>
              <FleetActions cluster={cluster} />
              <CodeBlock text={cluster.commands.join("\n")} label={t("operator.commands")} />
            </div>
          </td>
        </tr>
      )}
    </Fragment>
  );
};
