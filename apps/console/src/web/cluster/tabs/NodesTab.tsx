import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterDetail, NodeView } from "../../../contract/index.ts";
import { useServices } from "../../app/services.tsx";
import { HealthBadge } from "../../clusters/PhaseBadge.tsx";
import { keys } from "../../live/apply.ts";
import { Ago } from "../../parts/Ago.tsx";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Icon } from "../../parts/Icon.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Note } from "../../parts/Note.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { Problem } from "../../parts/Problem.tsx";
import { useSession } from "../../session/session.ts";
import { ConditionTable } from "../Conditions.tsx";
import { useNodes } from "../useCluster.ts";

export const NodesTab = ({ cluster }: { readonly cluster: ClusterDetail }) => {
  const { t } = useTranslation();
  const nodes = useNodes(cluster.id);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [replacing, setReplacing] = useState<NodeView>();
  const [logOf, setLogOf] = useState<NodeView>();
  const toggle = (machine: string) => {
    const next = new Set(open);
    if (!next.delete(machine)) next.add(machine);
    setOpen(next);
  };
  return (
    <Loaded query={nodes}>
      {(list) =>
        list.length === 0 ? (
          <Panel>
            <Empty icon="server" title={t("nodes.none")} />
          </Panel>
        ) : (
          <Panel title={t("tab.nodes")} flush>
            <table className="plain-table cards">
              <thead>
                <tr>
                  <th scope="col">{t("nodes.name")}</th>
                  <th scope="col">{t("nodes.group")}</th>
                  <th scope="col">{t("nodes.phase")}</th>
                  <th scope="col">{t("nodes.health")}</th>
                  <th scope="col">{t("nodes.flavor")}</th>
                  <th scope="col">{t("nodes.address")}</th>
                  <th scope="col">{t("nodes.version")}</th>
                  <th scope="col">{t("clusters.columns.createdAt")}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((node) => (
                  <Fragment key={node.machine}>
                    <tr>
                      <td data-column={t("nodes.name")}>
                        <button
                          type="button"
                          className="expand-button"
                          aria-expanded={open.has(node.machine)}
                          onClick={() => toggle(node.machine)}
                        >
                          <Icon name={open.has(node.machine) ? "minus" : "plus"} size={14} />
                          {node.name ?? node.machine}
                        </button>
                      </td>
                      <td data-column={t("nodes.group")}>{node.nodeGroup}</td>
                      <td data-column={t("nodes.phase")}>
                        <span>
                          {node.phase}
                          {node.reason !== null && node.reason !== "" && (
                            <span className="waiting quiet small">{node.reason}</span>
                          )}
                        </span>
                      </td>
                      <td data-column={t("nodes.health")}>
                        <HealthBadge of={{ health: node.health }} />
                      </td>
                      <td data-column={t("nodes.flavor")}>{node.flavor ?? "–"}</td>
                      <td data-column={t("nodes.address")} className="number">
                        {node.addresses.find(({ type }) => type === "InternalIP")?.address ?? "–"}
                      </td>
                      <td data-column={t("nodes.version")} className="number">
                        {node.version ?? "–"}
                      </td>
                      <td data-column={t("clusters.columns.createdAt")}>
                        <Ago at={node.createdAt} />
                      </td>
                    </tr>
                    {open.has(node.machine) && (
                      <tr className="expanded">
                        <td colSpan={8}>
                          <NodeMore
                            cluster={cluster}
                            node={node}
                            onReplace={() => setReplacing(node)}
                            onLog={() => setLogOf(node)}
                          />
                        </td>
                      </tr>
                    )}
                  </Fragment>
                ))}
              </tbody>
            </table>
            {replacing !== undefined && (
              <ReplaceNode cluster={cluster} node={replacing} onClose={() => setReplacing(undefined)} />
            )}
            {logOf !== undefined && <ConsoleLog cluster={cluster} node={logOf} onClose={() => setLogOf(undefined)} />}
          </Panel>
        )
      }
    </Loaded>
  );
};

interface NodeMoreProps {
  readonly cluster: ClusterDetail;
  readonly node: NodeView;
  readonly onReplace: () => void;
  readonly onLog: () => void;
}

const NodeMore = ({ cluster, node, onReplace, onLog }: NodeMoreProps) => {
  const { t } = useTranslation();
  const { features } = useSession();
  const because = cluster.blocked.replaceNode;
  return (
    <div className="stack">
      {node.message !== null && node.message !== "" && (
        <Note tone="warn" title={node.reason ?? undefined}>
          <p className="machine">{node.message}</p>
        </Note>
      )}
      <p className="quiet small machine">
        Machine/{node.machine} {node.serverId !== null && `· Server/${node.serverId}`}{" "}
        {node.availabilityZone !== null && `· ${node.availabilityZone}`} {node.image !== null && `· ${node.image}`}
      </p>
      <ConditionTable conditions={node.conditions} />
      <div className="row">
        {features.nodeConsoleLog && (
          <Button size="xs" variant="default" onClick={onLog}>
            {t("nodes.log")}
          </Button>
        )}
        {features.nodeReplace && (
          <Button
            size="xs"
            variant="default"
            disabled={because !== undefined}
            title={because === undefined ? undefined : t(`blocked.${because}`)}
            onClick={onReplace}
          >
            {t("nodes.replace")}
          </Button>
        )}
      </div>
    </div>
  );
};

interface NodeDialogProps {
  readonly cluster: ClusterDetail;
  readonly node: NodeView;
  readonly onClose: () => void;
}

const ReplaceNode = ({ cluster, node, onClose }: NodeDialogProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const replace = useMutation({
    mutationFn: () =>
      api.call("POST /api/clusters/:id/nodes/:machine/replace", { params: { id: cluster.id, machine: node.machine } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.nodes(cluster.id) });
      onClose();
    },
  });
  return (
    <Dialog title={t("nodes.replaceTitle", { name: node.name ?? node.machine })} onClose={onClose} size="md">
      <p>{t("nodes.replaceEffect", { group: node.nodeGroup })}</p>
      {replace.isError && <Problem error={replace.error} />}
      <div className="row dialog-actions">
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button color="red" loading={replace.isPending} onClick={() => replace.mutate()}>
          {t("nodes.replace")}
        </Button>
      </div>
    </Dialog>
  );
};

const ConsoleLog = ({ cluster, node, onClose }: NodeDialogProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const log = useQuery({
    queryKey: ["console", cluster.id, node.machine],
    queryFn: ({ signal }) =>
      api.call("GET /api/clusters/:id/nodes/:machine/console", { params: { id: cluster.id, machine: node.machine }, signal }),
    staleTime: 0,
  });
  return (
    <Dialog title={t("nodes.logOf", { name: node.name ?? node.machine })} onClose={onClose} size="xl">
      <Loaded query={log}>{({ text }) => <CodeBlock text={text} label={t("nodes.log")} />}</Loaded>
    </Dialog>
  );
};
