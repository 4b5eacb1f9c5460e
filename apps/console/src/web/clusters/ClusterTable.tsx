import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterSummary } from "../../contract/index.ts";
import { Ago } from "../parts/Ago.tsx";
import { Icon } from "../parts/Icon.tsx";
import { HealthBadge, PhaseBadge, WaitingFor } from "./PhaseBadge.tsx";
import { RowActions } from "./RowActions.tsx";
import { type ListView, type SortColumn, sortColumns, sortedBy } from "./rows.ts";

interface ClusterTableProps {
  readonly rows: readonly ClusterSummary[];
  readonly view: ListView;
  readonly onView: (view: ListView) => void;
  readonly chosen: ReadonlySet<string>;
  readonly onChosen: (chosen: ReadonlySet<string>) => void;
}

/** One table however many clusters: only the rows in sight are in the page, with two rows as high as all the others. */
export const ClusterTable = ({ rows, view, onView, chosen, onChosen }: ClusterTableProps) => {
  const { t } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(table.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 56,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (at) => rows[at]?.id ?? at,
  });
  const shown = virtual.getVirtualItems();
  const before = (shown[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((shown.at(-1)?.end ?? top) - top);
  const choose = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    onChosen(next);
  };
  const all = rows.length > 0 && rows.every(({ id }) => chosen.has(id));
  return (
    <section className="panel flush" aria-label={t("nav.clusters")}>
      <table className="plain-table cluster-table" ref={table} aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="choose-cell">
              <Checkbox
                size="xs"
                aria-label={t("clusters.chooseAll")}
                checked={all}
                indeterminate={!all && chosen.size > 0}
                onChange={() => onChosen(all ? new Set() : new Set(rows.map(({ id }) => id)))}
              />
            </th>
            {sortColumns.map((column) => (
              <SortHeading key={column} column={column} view={view} onView={onView} />
            ))}
            <th scope="col">
              <span className="hidden-text">{t("clusters.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Gap height={before} />}
          {shown.map(({ index }) => {
            const cluster = rows[index];
            return cluster === undefined ? null : (
              <Row
                key={cluster.id}
                cluster={cluster}
                index={index}
                chosen={chosen.has(cluster.id)}
                onChoose={choose}
                measure={virtual.measureElement}
              />
            );
          })}
          {after > 0 && <Gap height={after} />}
        </tbody>
      </table>
    </section>
  );
};

const Gap = ({ height }: { readonly height: number }) => (
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it holds nothing that could have the focus
  <tr aria-hidden="true" className="gap-row" style={{ height }}>
    <td colSpan={9} />
  </tr>
);

interface SortHeadingProps {
  readonly column: SortColumn;
  readonly view: ListView;
  readonly onView: (view: ListView) => void;
}

const SortHeading = ({ column, view, onView }: SortHeadingProps) => {
  const { t } = useTranslation();
  const active = (view.sort ?? "name") === column;
  return (
    <th scope="col" aria-sort={active ? (view.down ? "descending" : "ascending") : "none"}>
      <button type="button" className="sort-button" onClick={() => onView(sortedBy(view, column))}>
        {t(`clusters.columns.${column}`)}
        {active && <Icon name={view.down ? "down" : "up"} size={13} />}
      </button>
    </th>
  );
};

interface RowProps {
  readonly cluster: ClusterSummary;
  readonly index: number;
  readonly chosen: boolean;
  readonly onChoose: (id: string, on: boolean) => void;
  readonly measure: (element: HTMLElement | null) => void;
}

const Row = memo(
  ({ cluster, index, chosen, onChoose, measure }: RowProps) => {
    const { t } = useTranslation();
    const column = (name: SortColumn) => t(`clusters.columns.${name}`);
    const { controlPlane, workers } = cluster;
    return (
      <tr ref={measure} data-index={index} aria-rowindex={index + 2} data-cluster={cluster.id} className="cluster-row">
        <td className="choose-cell">
          <Checkbox
            size="xs"
            aria-label={t("clusters.choose", { name: cluster.name })}
            checked={chosen}
            onChange={({ currentTarget: { checked } }) => onChoose(cluster.id, checked)}
          />
        </td>
        <th scope="row" className="name-cell">
          <Link to="/clusters/$id" params={{ id: cluster.id }} className="cluster-link">
            {cluster.name}
          </Link>
        </th>
        <td data-column={column("phase")}>
          <PhaseBadge cluster={cluster} />
          <WaitingFor cluster={cluster} />
        </td>
        <td data-column={column("health")}>
          <HealthBadge of={cluster} />
        </td>
        <td data-column={column("version")} className="number">
          {cluster.version ?? "–"}
        </td>
        <td data-column={column("controlPlane")} className="number">
          {controlPlane.ready}/{controlPlane.desired}
        </td>
        <td data-column={column("workers")} className="number">
          {workers.ready}/{workers.desired}
        </td>
        <td data-column={column("createdAt")}>
          <Ago at={cluster.createdAt} />
        </td>
        <td className="actions-cell">
          <RowActions cluster={cluster} />
        </td>
      </tr>
    );
  },
  (a, b) => a.cluster === b.cluster && a.index === b.index && a.chosen === b.chosen,
);
Row.displayName = "Row";
