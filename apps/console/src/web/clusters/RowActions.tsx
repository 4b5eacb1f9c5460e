import { ActionIcon, Menu } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ClusterAction, ClusterSummary } from "../../contract/index.ts";
import type { ClusterTask } from "../cluster/clustersearch.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";

const offered = [
  { action: "kubeconfig", task: "kubeconfig", icon: "download" },
  { action: "scale", task: "scale", icon: "resize" },
  { action: "upgrade", task: "upgrade", icon: "up" },
  { action: "delete", task: "delete", icon: "trash" },
] as const satisfies readonly { action: ClusterAction; task: ClusterTask; icon: IconName }[];

/** What can be done with a cluster from its row; what cannot be done now says why. */
export const RowActions = ({ cluster }: { readonly cluster: ClusterSummary }) => {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const go = (task: ClusterTask) => void navigate({ to: "/clusters/$id", params: { id: cluster.id }, search: { task } });
  return (
    <span className="row-actions">
      {cluster.blocked.kubeconfig === undefined && (
        <ActionIcon
          variant="subtle"
          color="gray"
          title={t("kubeconfig.download")}
          aria-label={t("clusters.kubeconfigOf", { name: cluster.name })}
          onClick={() => go("kubeconfig")}
        >
          <Icon name="download" size={16} />
        </ActionIcon>
      )}
      <Menu position="bottom-end" width={280} transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("clusters.actionsOf", { name: cluster.name })}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {offered.map(({ action, task, icon }) => {
            const because = cluster.blocked[action];
            return (
              <Menu.Item
                key={action}
                disabled={because !== undefined}
                leftSection={<Icon name={icon} size={16} />}
                onClick={() => go(task)}
              >
                {t(`task.${task}`)}
                {because !== undefined && <span className="item-reason">{t(`blocked.${because}`)}</span>}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
    </span>
  );
};
