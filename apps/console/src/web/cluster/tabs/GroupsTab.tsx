import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterDetail, NodeGroup } from "../../../contract/index.ts";
import { useServices } from "../../app/services.tsx";
import { keys } from "../../live/apply.ts";
import { Badge, type Tone } from "../../parts/Badge.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { DialogActions } from "../../parts/DialogActions.tsx";
import { Icon, type IconName } from "../../parts/Icon.tsx";
import { Note } from "../../parts/Note.tsx";
import { Panel } from "../../parts/Panel.tsx";
import type { ClusterTask } from "../clustersearch.ts";
import { useDecidedOn } from "../tasks/useDecidedOn.ts";
import { useNodes } from "../useCluster.ts";

interface GroupsTabProps {
  readonly cluster: ClusterDetail;
  readonly onTask: (task: ClusterTask, group?: string) => void;
}

const look = (status: string): { readonly tone: Tone; readonly icon: IconName } =>
  status.endsWith("_FAILED")
    ? { tone: "bad", icon: "cross" }
    : status.endsWith("_COMPLETE")
      ? { tone: "good", icon: "check" }
      : { tone: "busy", icon: "refresh" };

export const GroupsTab = ({ cluster, onTask }: GroupsTabProps) => {
  const { t } = useTranslation();
  const [deleting, setDeleting] = useState<NodeGroup>();
  const { blocked } = cluster;
  return (
    <Panel
      title={t("tab.groups")}
      flush
      actions={
        <Button
          size="xs"
          leftSection={<Icon name="plus" size={14} />}
          disabled={blocked.createNodeGroup !== undefined}
          title={blocked.createNodeGroup === undefined ? undefined : t(`blocked.${blocked.createNodeGroup}`)}
          onClick={() => onTask("createNodeGroup")}
        >
          {t("task.createNodeGroup")}
        </Button>
      }
    >
      <table className="plain-table cards">
        <thead>
          <tr>
            <th scope="col">{t("group.name")}</th>
            <th scope="col">{t("group.role")}</th>
            <th scope="col">{t("group.status")}</th>
            <th scope="col">{t("group.count")}</th>
            <th scope="col">{t("group.bounds")}</th>
            <th scope="col">{t("nodes.flavor")}</th>
            <th scope="col">{t("nodes.version")}</th>
            <th scope="col">
              <span className="hidden-text">{t("clusters.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {cluster.nodeGroups.map((group) => (
            <tr key={group.id}>
              <td data-column={t("group.name")}>
                <span>
                  <strong>{group.name}</strong>
                  <GroupMarks group={group} />
                </span>
              </td>
              <td data-column={t("group.role")}>{group.role}</td>
              <td data-column={t("group.status")}>
                <span>
                  <Badge {...look(group.status)}>{group.status}</Badge>
                  {group.statusReason !== null && <span className="waiting quiet small">{group.statusReason}</span>}
                </span>
              </td>
              <td data-column={t("group.count")} className="number">
                {group.readyCount === null ? group.nodeCount : `${group.readyCount}/${group.nodeCount}`}
              </td>
              <td data-column={t("group.bounds")} className="number">
                {group.minNodeCount}–{group.maxNodeCount ?? "∞"}
              </td>
              <td data-column={t("nodes.flavor")}>{group.flavor ?? "–"}</td>
              <td data-column={t("nodes.version")} className="number">
                {group.version ?? "–"}
              </td>
              <td className="actions-cell">
                <span className="row group-actions">
                  {group.role !== "master" && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      disabled={blocked.scale !== undefined}
                      title={blocked.scale === undefined ? undefined : t(`blocked.${blocked.scale}`)}
                      onClick={() => onTask("scale", group.name)}
                      aria-label={t("group.resizeNamed", { name: group.name })}
                    >
                      {t("group.resize")}
                    </Button>
                  )}
                  {!group.isDefault && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      disabled={blocked.scale !== undefined}
                      onClick={() => setDeleting(group)}
                      aria-label={t("group.deleteNamed", { name: group.name })}
                    >
                      {t("action.delete")}
                    </Button>
                  )}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {deleting !== undefined && <DeleteGroup cluster={cluster} group={deleting} onClose={() => setDeleting(undefined)} />}
    </Panel>
  );
};

const GroupMarks = ({ group }: { readonly group: NodeGroup }) => (
  <span className="waiting quiet small machine">
    {[
      ...Object.entries(group.nodeLabels).map(([key, value]) => `${key}=${value}`),
      ...group.nodeTaints.map(({ key, value, effect }) => `${key}${value === undefined ? "" : `=${value}`}:${effect}`),
    ].join(" ")}
  </span>
);

interface DeleteGroupProps {
  readonly cluster: ClusterDetail;
  readonly group: NodeGroup;
  readonly onClose: () => void;
}

/** With the nodes that go. */
const DeleteGroup = ({ cluster, group, onClose }: DeleteGroupProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const nodes = useNodes(cluster.id);
  const decided = useDecidedOn(cluster);
  const going = (nodes.data ?? []).filter(({ nodeGroup }) => nodeGroup === group.name);
  const remove = useMutation({
    mutationFn: () =>
      api.call("DELETE /api/clusters/:id/nodegroups/:group", {
        params: { id: cluster.id, group: group.id },
        ifMatch: decided.revision,
      }),
    onError: decided.onError,
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.cluster(cluster.id) });
      onClose();
    },
  });
  return (
    <Dialog title={t("group.deleteTitle", { name: group.name })} onClose={onClose} size="md">
      <Note tone="warn" title={t("group.deleteEffect", { count: going.length })}>
        <ul>
          {going.map(({ machine, name }) => (
            <li key={machine}>{name ?? machine}</li>
          ))}
        </ul>
      </Note>
      <DialogActions work={remove} label={t("action.delete")} onCancel={onClose} danger onPress={() => remove.mutate()} />
    </Dialog>
  );
};
