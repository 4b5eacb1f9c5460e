/** Where the boxes of the picture stand. Pure; dagre does the drawing of layers. */
import { Graph, layout } from "@dagrejs/dagre";
import type { Tree, TreeNode } from "../../contract/index.ts";

export interface Placed {
  readonly node: TreeNode;
  readonly x: number;
  readonly y: number;
}

export interface Picture {
  readonly boxes: readonly Placed[];
  readonly lines: readonly { readonly from: string; readonly to: string }[];
}

export const boxSize = { width: 200, height: 60 } as const;

/** Steps between what a tenant knows and what stands in the cloud; who wants them sees them in the list. */
const between = new Set(["KubeadmConfig", "OpenStackMachine", "OpenStackServer", "MachineSet", "Workers", "OpenStackCluster"]);

/** The tree without the steps between, but for those that something is wrong with; what stood under one stands under the next above. */
export const simplified = (tree: Tree): Tree => {
  const byId = new Map(tree.nodes.map((node) => [node.id, node]));
  const shown = ({ kind, ready }: TreeNode) => !between.has(kind) || ready === "False";
  const parentOf = (node: TreeNode): string | null => {
    let above = node.parent === null ? undefined : byId.get(node.parent);
    while (above !== undefined && !shown(above)) above = above.parent === null ? undefined : byId.get(above.parent);
    return above?.id ?? null;
  };
  return { ...tree, nodes: tree.nodes.filter(shown).map((node) => ({ ...node, parent: parentOf(node) })) };
};

/** From left to right: the cluster, what it is made of, and at the end what stands in the cloud. */
export const picture = (tree: Tree): Picture => {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 12, ranksep: 40 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(tree.nodes.map(({ id }) => id));
  for (const { id } of tree.nodes) graph.setNode(id, { ...boxSize });
  const lines = tree.nodes.flatMap(({ id, parent }) => (parent !== null && ids.has(parent) ? [{ from: parent, to: id }] : []));
  for (const { from, to } of lines) graph.setEdge(from, to);
  layout(graph);
  const boxes = tree.nodes.map((node) => {
    const { x, y } = graph.node(node.id) as { readonly x: number; readonly y: number };
    return { node, x: x - boxSize.width / 2, y: y - boxSize.height / 2 };
  });
  return { boxes, lines };
};

export interface Branch {
  readonly node: TreeNode;
  readonly depth: number;
  readonly children: number;
}

/** The same tree as lines of a list, each under its parent. */
export const branches = (tree: Tree): readonly Branch[] => {
  const ids = new Set(tree.nodes.map(({ id }) => id));
  const under = new Map<string | null, TreeNode[]>();
  for (const node of tree.nodes) {
    const parent = node.parent !== null && ids.has(node.parent) ? node.parent : null;
    under.set(parent, [...(under.get(parent) ?? []), node]);
  }
  const found: Branch[] = [];
  const visit = (parent: string | null, depth: number) => {
    for (const node of under.get(parent) ?? []) {
      found.push({ node, depth, children: under.get(node.id)?.length ?? 0 });
      visit(node.id, depth + 1);
    }
  };
  visit(null, 0);
  return found;
};
