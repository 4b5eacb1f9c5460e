import { Button, CloseButton, TextInput } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterSummary } from "../../contract/index.ts";
import { useFollow } from "../live/useFollow.ts";
import { Announcer } from "../parts/Announcer.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { PageHead } from "../parts/Panel.tsx";
import { number } from "../parts/time.ts";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { useSession } from "../session/session.ts";
import { ClusterTable } from "./ClusterTable.tsx";
import { DeleteMany } from "./DeleteMany.tsx";
import { NoClusters } from "./NoClusters.tsx";
import { type ListView, visibleRows } from "./rows.ts";
import { useClusters } from "./useClusters.ts";
import "./clusters.css";

export const ClustersPage = () => {
  const { t } = useTranslation();
  const { project } = useSession();
  usePageTitle(t("nav.clusters"));
  if (project === null)
    return (
      <Empty alone icon="building" title={t("shell.noProject")}>
        <p className="quiet">{t("shell.noProjectHelp")}</p>
      </Empty>
    );
  return <ProjectClusters />;
};

const ProjectClusters = () => {
  const { t } = useTranslation();
  const { may } = useSession();
  const clusters = useClusters();
  useFollow(undefined);
  const createButton = (
    <Button renderRoot={(props) => <Link to="/clusters/new" {...props} />} leftSection={<Icon name="plus" size={16} />}>
      {t("clusters.create")}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("nav.clusters")}
        lead={t("clusters.lead")}
        actions={may.change ? createButton : <span className="quiet">{t("blocked.role", { role: "member" })}</span>}
      />
      <Loaded query={clusters}>
        {(known) => (known.clusters.size === 0 ? <NoClusters /> : <Listed clusters={known.clusters} />)}
      </Loaded>
    </>
  );
};

const Listed = ({ clusters }: { readonly clusters: ReadonlyMap<string, ClusterSummary> }) => {
  const { t, i18n } = useTranslation();
  const view: ListView = useSearch({ from: "/clusters" });
  const navigate = useNavigate({ from: "/clusters" });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState(false);
  const deferred = useDeferredValue(view);
  const rows = useMemo(() => visibleRows(clusters.values(), deferred), [clusters, deferred]);
  const chosenRows = useMemo(() => [...clusters.values()].filter(({ id }) => chosen.has(id)), [clusters, chosen]);
  const show = (next: ListView) => void navigate({ search: next, replace: true, resetScroll: false });
  return (
    <div className="stack">
      <div className="list-tools">
        <TextInput
          className="list-search"
          type="search"
          aria-label={t("clusters.search")}
          placeholder={t("clusters.searchHint")}
          leftSection={<Icon name="search" size={16} />}
          rightSection={
            view.search === undefined ? undefined : (
              <CloseButton
                size="sm"
                aria-label={t("clusters.clearSearch")}
                onClick={() => show({ ...view, search: undefined })}
              />
            )
          }
          value={view.search ?? ""}
          onChange={({ currentTarget: { value } }) => show({ ...view, search: value === "" ? undefined : value })}
        />
        <span className="quiet small number" role="status">
          {t("clusters.count", {
            count: rows.length,
            shown: number(rows.length, i18n.language),
            all: number(clusters.size, i18n.language),
          })}
        </span>
        {chosenRows.length > 0 && (
          <Button
            variant="outline"
            color="red"
            leftSection={<Icon name="trash" size={16} />}
            onClick={() => setDeleting(true)}
            className="list-delete"
          >
            {t("clusters.deleteChosen", { count: chosenRows.length })}
          </Button>
        )}
      </div>
      {rows.length === 0 ? (
        <Empty icon="search" title={t("clusters.nothingFound")}>
          <Button variant="default" onClick={() => show({})}>
            {t("clusters.clearSearch")}
          </Button>
        </Empty>
      ) : (
        <ClusterTable rows={rows} view={view} onView={show} chosen={chosen} onChosen={setChosen} />
      )}
      {deleting && (
        <DeleteMany
          clusters={chosenRows}
          onClose={(done) => {
            setDeleting(false);
            if (done) setChosen(new Set());
          }}
        />
      )}
      <PhaseNews clusters={clusters} />
    </div>
  );
};

/** Tells a screen reader what changed last, without moving anything. */
const PhaseNews = ({ clusters }: { readonly clusters: ReadonlyMap<string, ClusterSummary> }) => {
  const { t } = useTranslation();
  const [seen, setSeen] = useState(clusters);
  const [text, setText] = useState("");
  if (seen !== clusters) {
    setSeen(clusters);
    const changed = [...clusters.values()].filter(({ id, phase }) => seen.has(id) && seen.get(id)?.phase !== phase);
    const one = changed[0];
    if (one !== undefined)
      setText(
        changed.length === 1
          ? t("clusters.newsOne", { name: one.name, phase: one.phase })
          : t("clusters.newsMany", { count: changed.length }),
      );
  }
  return <Announcer text={text} />;
};
