import { Background, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Tree, TreeNode } from "../../contract/index.ts";
import { conditionLook } from "../cluster/Conditions.tsx";
import { boxSize, picture, simplified } from "./layout.ts";
import { NodeWords } from "./TopologyTab.tsx";

interface TreePictureProps {
  readonly tree: Tree;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}

type Box = Node<{ readonly node: TreeNode }, "box">;

/** Boxes that can be reached with Tab and opened with Enter; the list says the same. */
export const TreePicture = ({ tree, chosen, onChoose }: TreePictureProps) => {
  const { t } = useTranslation();
  const { nodes, edges } = useMemo(() => {
    const { boxes, lines } = picture(simplified(tree));
    return {
      nodes: boxes.map(
        ({ node, x, y }): Box => ({
          id: node.id,
          type: "box",
          position: { x, y },
          data: { node },
          width: boxSize.width,
          height: boxSize.height,
          draggable: false,
          connectable: false,
          selected: node.id === chosen,
          ariaLabel: `${node.kind} ${node.name} ${node.phase ?? node.ready ?? ""}`,
          ariaRole: "button",
        }),
      ),
      edges: lines.map(
        ({ from, to }): Edge => ({ id: `${from}→${to}`, source: from, target: to, focusable: false, type: "smoothstep" }),
      ),
    };
  }, [tree, chosen]);
  return (
    <div className="tree-picture">
      <ReactFlow
        aria-label={t("topology.picture")}
        nodes={nodes}
        edges={edges}
        nodeTypes={boxTypes}
        fitView
        fitViewOptions={{ maxZoom: 1, minZoom: 0.5, padding: 0.04 }}
        minZoom={0.1}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        preventScrolling={false}
        zoomOnScroll={false}
        panOnScroll={false}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={{
          "node.a11yDescription.default": t("topology.help"),
          "controls.ariaLabel": t("topology.controls"),
          "controls.zoomIn.ariaLabel": t("topology.zoomIn"),
          "controls.zoomOut.ariaLabel": t("topology.zoomOut"),
          "controls.fitView.ariaLabel": t("topology.fit"),
        }}
        onNodeClick={(_, node) => onChoose(node.id)}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === "select" && change.selected) onChoose(change.id);
        }}
      >
        <Background gap={20} size={1} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
};

const BoxView = ({ data: { node }, selected }: NodeProps<Box>) => {
  const tone =
    node.ready === null
      ? "quiet"
      : conditionLook({ status: node.ready, ...(node.severity === null ? {} : { severity: node.severity }) }).tone;
  return (
    <div className="tree-box" data-tone={tone} data-selected={selected}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <NodeWords node={node} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
};

const boxTypes = { box: BoxView };
