import { SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TreeNode } from "../../contract/index.ts";
import { ConditionTable, conditionLook } from "../cluster/Conditions.tsx";
import { useTree } from "../cluster/useCluster.ts";
import { Ago } from "../parts/Ago.tsx";
import { Badge } from "../parts/Badge.tsx";
import { Facts } from "../parts/Facts.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { Panel } from "../parts/Panel.tsx";
import { branches } from "./layout.ts";
import { TreePicture } from "./TreePicture.tsx";
import "./topology.css";

/** What the cluster is made of, down to servers and ports: as a picture, or as a list for those who prefer or need one. */
export const TopologyTab = ({ clusterId }: { readonly clusterId: string }) => {
  const { t } = useTranslation();
  const tree = useTree(clusterId);
  const small = useMediaQuery("(max-width: 40rem)");
  const [form, setForm] = useState<"picture" | "list">();
  const [chosen, setChosen] = useState<string>();
  const shown = form ?? (small ? "list" : "picture");
  return (
    <Panel
      title={t("tab.topology")}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("topology.form")}
          value={shown}
          onChange={(value) => setForm(value as typeof shown)}
          data={[
            { value: "picture", label: t("topology.picture") },
            { value: "list", label: t("topology.list") },
          ]}
        />
      }
    >
      <Loaded query={tree}>
        {(data) => {
          const node = data.nodes.find(({ id }) => id === chosen);
          return (
            <div className="stack">
              {!data.complete && <Note tone="warn" title={t("topology.incomplete")} />}
              <div className={node === undefined ? "topology" : "topology with-side"}>
                {shown === "picture" ? (
                  <TreePicture tree={data} chosen={chosen} onChoose={setChosen} />
                ) : (
                  <ul className="tree-list">
                    {branches(data).map(({ node: one, depth }) => (
                      <li key={one.id} data-depth={Math.min(depth, 7)}>
                        <button
                          type="button"
                          className="tree-line"
                          aria-pressed={one.id === chosen}
                          onClick={() => setChosen(one.id)}
                        >
                          <NodeWords node={one} />
                        </button>
                      </li>
                    ))}
                  </ul>
                )}
                {node !== undefined && <NodeSide node={node} />}
              </div>
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
};

/** Kind, name and state of one thing, in one line. */
export const NodeWords = ({ node }: { readonly node: TreeNode }) => (
  <span className="node-words">
    <span className="quiet small">{node.kind}</span>
    <span className="node-name">{node.name}</span>
    {node.ready !== null && (
      <Badge {...conditionLook({ status: node.ready, ...(node.severity === null ? {} : { severity: node.severity }) })}>
        {node.phase ?? node.reason ?? node.ready}
      </Badge>
    )}
  </span>
);

const NodeSide = ({ node }: { readonly node: TreeNode }) => {
  const { t } = useTranslation();
  return (
    <section className="node-side stack" aria-label={node.name} aria-live="polite">
      <div>
        <p className="quiet small">
          {node.kind} {node.role !== null && `· ${node.role}`}
        </p>
        <h3>{node.name}</h3>
      </div>
      {node.message !== null && node.message !== "" && (
        <Note tone={node.ready === "True" ? "quiet" : "warn"} title={node.reason ?? undefined}>
          <p className="machine">{node.message}</p>
        </Note>
      )}
      <Facts
        facts={[
          ...(node.phase === null ? [] : [{ name: t("nodes.phase"), value: node.phase }]),
          ...(node.replicas === undefined
            ? []
            : [{ name: t("group.count"), value: `${node.replicas.ready}/${node.replicas.desired}` }]),
          ...Object.entries(node.facts).map(([name, value]) => ({ name, value: <span className="machine">{value}</span> })),
          { name: t("detail.created"), value: <Ago at={node.createdAt} /> },
        ]}
      />
      {node.conditions.length > 0 && <ConditionTable conditions={node.conditions} />}
    </section>
  );
};
