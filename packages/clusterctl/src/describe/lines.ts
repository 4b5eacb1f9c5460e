import type { TreeNode } from "./node.ts";

/** Conditions stand ten places to the right of their object (CTL-110). */
const conditionIndent = " ".repeat(10);

/** A row of the tree with the lines that lead to it. */
export interface TreeLine {
  readonly node: TreeNode;
  /** What stands before the row's name. */
  readonly prefix: string;
  /** What stands before a further line of the row's message. */
  readonly continuation: string;
  /** The same two for the condition at this place below the row. */
  condition(index: number): { readonly prefix: string; readonly continuation: string };
}

/** The tree from top to bottom. */
export const treeLines = (root: TreeNode): readonly TreeLine[] => linesOf(root, "", "");

const linesOf = (node: TreeNode, above: string, own: string): readonly TreeLine[] => {
  const below = `${above}${passing(own)}`;
  const towardsChildren = node.children.length > 0 ? "│ " : "  ";
  const line: TreeLine = {
    node,
    prefix: `${above}${own}`,
    continuation: `${below}${towardsChildren}`.trimEnd(),
    condition: (index) => {
      const start = `${below}${towardsChildren}${conditionIndent}`;
      const branch = branchTo(index, node.conditions?.length ?? 0);
      return { prefix: `${start}${branch}`, continuation: `${start}${passing(branch)}`.trimEnd() };
    },
  };
  const children = node.children.flatMap((child, index) => linesOf(child, below, branchTo(index, node.children.length)));
  return [line, ...children];
};

const branchTo = (index: number, count: number): string => (index === count - 1 ? "└─" : "├─");

/** A branch as the rows below it see it. */
const passing = (branch: string): string => branch.replace("├─", "│ ").replace("└─", "  ");
