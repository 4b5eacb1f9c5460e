import { Button, Menu, Tabs } from "@mantine/core";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../contract/index.ts";
import { ApiError } from "../api/client.ts";
import { HealthBadge, PhaseBadge, WaitingFor } from "../clusters/PhaseBadge.tsx";
import { useFollow } from "../live/useFollow.ts";
import { Announcer } from "../parts/Announcer.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Icon } from "../parts/Icon.tsx";
import { later } from "../parts/Lazy.tsx";
import { Loading } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { Problem } from "../parts/Problem.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { CaRotation } from "./CaRotation.tsx";
import { type ClusterSearch, type ClusterTab, type ClusterTask, clusterTabs } from "./clustersearch.ts";
import { PhaseStrip } from "./PhaseStrip.tsx";
import { AccessTab } from "./tabs/AccessTab.tsx";
import { EventsTab } from "./tabs/EventsTab.tsx";
import { GroupsTab } from "./tabs/GroupsTab.tsx";
import { HistoryTab } from "./tabs/HistoryTab.tsx";
import { NodesTab } from "./tabs/NodesTab.tsx";
import { OverviewTab } from "./tabs/OverviewTab.tsx";
import { TaskDialog } from "./tasks/TaskDialog.tsx";
import { useCluster } from "./useCluster.ts";
import "./cluster.css";

const TopologyTab = later(async () => (await import("../topology/TopologyTab.tsx")).TopologyTab);
const AddonsTab = later(async () => (await import("./tabs/AddonsTab.tsx")).AddonsTab);
const NetworkTab = later(async () => (await import("./tabs/NetworkTab.tsx")).NetworkTab);
const YamlTab = later(async () => (await import("./tabs/YamlTab.tsx")).YamlTab);
const SettingsTab = later(async () => (await import("./tabs/SettingsTab.tsx")).SettingsTab);

export const ClusterPage = () => {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/clusters/$id" });
  const cluster = useCluster(id);
  useFollow(id);
  usePageTitle(cluster.data?.name ?? t("nav.clusters"));
  const gone = cluster.error instanceof ApiError && cluster.error.fault.code === "notFound";
  if (gone)
    return (
      <Empty
        alone
        icon="cluster"
        title={cluster.data === undefined ? t("detail.notFound") : t("detail.gone", { name: cluster.data.name })}
      >
        <p className="quiet">{cluster.data === undefined ? t("detail.notFoundHelp") : t("detail.goneHelp")}</p>
        <Button variant="default" renderRoot={(props) => <Link to="/clusters" {...props} />}>
          {t("detail.toClusters")}
        </Button>
      </Empty>
    );
  if (cluster.data === undefined)
    return cluster.isError ? <Problem error={cluster.error} onRetry={() => void cluster.refetch()} /> : <Loading />;
  return <Shown cluster={cluster.data} />;
};

const Shown = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const search: ClusterSearch = useSearch({ from: "/clusters/$id" });
  const navigate = useNavigate({ from: "/clusters/$id" });
  const show = (next: ClusterSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  const tab = search.tab ?? "overview";
  return (
    <div className="stack">
      <div className="cluster-head">
        <nav aria-label={t("detail.where")} className="small">
          <Link to="/clusters">{t("nav.clusters")}</Link>
          <span className="quiet"> / </span>
          <span aria-current="page">{cluster.name}</span>
        </nav>
        <div className="page-head">
          <div>
            <h1>{cluster.name}</h1>
            <div className="row">
              <PhaseBadge cluster={cluster} />
              <HealthBadge of={cluster} />
              {cluster.version !== null && <span className="quiet">Kubernetes {cluster.version}</span>}
            </div>
            <WaitingFor cluster={cluster} />
          </div>
          <ClusterActions cluster={cluster} onTask={(task) => show({ ...search, task })} />
        </div>
      </div>
      {cluster.banner !== undefined && (
        <Note tone="busy" title={t("detail.operatorSays")}>
          <p>{cluster.banner}</p>
        </Note>
      )}
      {cluster.paused && (
        <Note tone="warn" title={t("detail.paused")}>
          <p>{t("detail.pausedMore")}</p>
        </Note>
      )}
      <PhaseStrip cluster={cluster} />
      <CaRotation cluster={cluster} />
      <Tabs
        value={tab}
        onChange={(next) => show({ tab: (next ?? "overview") as ClusterTab })}
        keepMounted={false}
        classNames={{ list: "tab-list" }}
      >
        <Tabs.List aria-label={cluster.name}>
          {clusterTabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {clusterTabs.map((name) => (
          <Tabs.Panel key={name} value={name} className="tab-panel">
            {name === "overview" && <OverviewTab cluster={cluster} />}
            {name === "topology" && <TopologyTab clusterId={cluster.id} />}
            {name === "nodes" && <NodesTab cluster={cluster} />}
            {name === "groups" && <GroupsTab cluster={cluster} onTask={(task, group) => show({ ...search, task, group })} />}
            {name === "events" && <EventsTab clusterId={cluster.id} />}
            {name === "addons" && <AddonsTab cluster={cluster} />}
            {name === "network" && <NetworkTab cluster={cluster} />}
            {name === "access" && <AccessTab cluster={cluster} onTask={(task) => show({ ...search, task })} />}
            {name === "history" && <HistoryTab clusterId={cluster.id} />}
            {name === "yaml" && <YamlTab clusterId={cluster.id} />}
            {name === "settings" && <SettingsTab cluster={cluster} onTask={(task, group) => show({ ...search, task, group })} />}
          </Tabs.Panel>
        ))}
      </Tabs>
      {search.task !== undefined && (
        <TaskDialog
          cluster={cluster}
          task={search.task}
          group={search.group}
          onClose={() => show(search.tab === undefined ? {} : { tab: search.tab })}
          onGone={() => void navigate({ to: "/clusters" })}
        />
      )}
      <Announcer text={t("clusters.newsOne", { name: cluster.name, phase: cluster.phase })} />
    </div>
  );
};

const secondary = [
  { task: "upgrade", icon: "up" },
  { task: "createNodeGroup", icon: "plus" },
  { task: "rotateCa", icon: "refresh" },
  { task: "rotateCredential", icon: "key" },
  { task: "delete", icon: "trash" },
] as const;

interface ClusterActionsProps {
  readonly cluster: ClusterDetail;
  readonly onTask: (task: ClusterTask) => void;
}

/** The two things that are done most, and a menu for the rest; what cannot be done now says why. */
const ClusterActions = ({ cluster, onTask }: ClusterActionsProps) => {
  const { t } = useTranslation();
  const { blocked } = cluster;
  return (
    <div className="page-actions">
      <Button
        leftSection={<Icon name="download" size={16} />}
        disabled={blocked.kubeconfig !== undefined}
        title={blocked.kubeconfig === undefined ? undefined : t(`blocked.${blocked.kubeconfig}`)}
        onClick={() => onTask("kubeconfig")}
      >
        {t("task.kubeconfig")}
      </Button>
      <Button
        variant="default"
        leftSection={<Icon name="resize" size={16} />}
        disabled={blocked.scale !== undefined}
        title={blocked.scale === undefined ? undefined : t(`blocked.${blocked.scale}`)}
        onClick={() => onTask("scale")}
      >
        {t("task.scale")}
      </Button>
      <Menu position="bottom-end" width={280} transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="down" size={14} />}>
            {t("detail.more")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {secondary.map(({ task, icon }) => {
            const because = blocked[task];
            return (
              <Menu.Item
                key={task}
                disabled={because !== undefined}
                {...(task === "delete" ? { color: "red" } : {})}
                leftSection={<Icon name={icon} size={16} />}
                onClick={() => onTask(task)}
              >
                {t(`task.${task}`)}
                {because !== undefined && <span className="item-reason">{t(`blocked.${because}`)}</span>}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
};
