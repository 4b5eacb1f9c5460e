import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../../contract/index.ts";
import { Panel } from "../../parts/Panel.tsx";
import { number } from "../../parts/time.ts";
import type { ClusterTask } from "../clustersearch.ts";
import { healsItself, labelValue } from "../settings.ts";

interface SettingsTabProps {
  readonly cluster: ClusterDetail;
  readonly onTask: (task: ClusterTask, group?: string) => void;
}

interface Setting {
  readonly name: string;
  readonly now: ReactNode;
  readonly how: ReactNode;
}

/** What of the cluster can be changed, and where; what cannot, and what to do then. */
export const SettingsTab = ({ cluster, onTask }: SettingsTabProps) => {
  const { t, i18n } = useTranslation();
  const { blocked, labels } = cluster;
  const format = (count: number | null) => (count === null ? "∞" : number(count, i18n.language));
  const action = (task: "scale" | "upgrade" | "createNodeGroup" | "rotateCredential", label: string, group?: string) => {
    const because = blocked[task];
    return (
      <span>
        <Button
          size="compact-sm"
          variant="default"
          disabled={because !== undefined}
          aria-label={label}
          onClick={() => onTask(task, group)}
        >
          {t(`task.${task}`)}
        </Button>
        {because !== undefined && <span className="waiting quiet small">{t(`blocked.${because}`)}</span>}
      </span>
    );
  };
  const workers = cluster.nodeGroups.filter(({ role }) => role !== "master");
  const changeable: readonly Setting[] = [
    {
      name: t("settings.version"),
      now: cluster.version ?? cluster.coeVersion,
      how: action("upgrade", `${t("task.upgrade")}: ${t("settings.version")}`),
    },
    ...workers.map(({ name, nodeCount, minNodeCount, maxNodeCount }) => ({
      name: t("settings.size", { name }),
      now: t("settings.bounds", {
        nodes: number(nodeCount, i18n.language),
        min: format(minNodeCount),
        max: format(maxNodeCount),
      }),
      how: action("scale", t("group.resizeNamed", { name }), name),
    })),
    {
      name: t("settings.groups"),
      now: t("settings.groupCount", { count: workers.length }),
      how: action("createNodeGroup", t("task.createNodeGroup")),
    },
    {
      name: t("settings.credential"),
      now: t("settings.credentialNow"),
      how: action("rotateCredential", t("task.rotateCredential")),
    },
  ];
  const yesNo = (is: boolean) => t(is ? "create.on" : "create.off");
  const fixed: readonly Setting[] = [
    {
      name: t("settings.autoHealing"),
      now: t(healsItself(labels) ? "settings.autoHealingOn" : "settings.autoHealingOff"),
      how: t("settings.inCluster"),
    },
    { name: t("settings.autoscaling"), now: t("settings.autoscalingNow"), how: t("settings.autoscalingHow") },
    { name: t("settings.maintenance"), now: t("settings.maintenanceNow"), how: t("settings.notOffered") },
    { name: t("create.masterFlavor"), now: cluster.masterFlavor, how: t("settings.inCluster") },
    { name: t("create.flavor"), now: cluster.flavor, how: t("settings.inGroup") },
    { name: t("settings.zone"), now: labelValue(labels, "availability_zone"), how: t("settings.inGroup") },
    { name: t("create.keypair"), now: cluster.keypair, how: t("settings.inCluster") },
    { name: t("create.network"), now: cluster.fixedNetwork, how: t("settings.inCluster") },
    { name: t("create.loadBalancer"), now: yesNo(cluster.masterLbEnabled), how: t("settings.inCluster") },
    { name: t("create.floatingIp"), now: yesNo(cluster.floatingIpEnabled), how: t("settings.inCluster") },
    {
      name: t("settings.timeout"),
      now:
        cluster.createTimeoutMinutes > 0
          ? t("settings.minutes", { amount: number(cluster.createTimeoutMinutes, i18n.language) })
          : t("settings.unlimited"),
      how: t("settings.inCluster"),
    },
    { name: t("settings.labels"), now: t("settings.labelCount", { count: labels.length }), how: t("settings.inCluster") },
  ];
  return (
    <div className="stack">
      <Panel title={t("settings.change")} flush>
        <SettingTable settings={changeable} />
      </Panel>
      <Panel title={t("settings.fixed")} flush>
        <p className="quiet panel-lead">{t("settings.fixedLead")}</p>
        <SettingTable settings={fixed} />
      </Panel>
    </div>
  );
};

const SettingTable = ({ settings }: { readonly settings: readonly Setting[] }) => {
  const { t } = useTranslation();
  return (
    <table className="plain-table cards">
      <thead>
        <tr>
          <th scope="col">{t("settings.setting")}</th>
          <th scope="col">{t("settings.now")}</th>
          <th scope="col">{t("settings.how")}</th>
        </tr>
      </thead>
      <tbody>
        {settings.map(({ name, now, how }) => (
          <tr key={name}>
            <td data-column={t("settings.setting")}>{name}</td>
            <td data-column={t("settings.now")}>{now ?? "–"}</td>
            <td data-column={t("settings.how")}>{how}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
