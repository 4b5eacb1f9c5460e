import picocolors from "picocolors";
import type { TreeLine } from "./lines.ts";
import { rowName, type TreeNode } from "./node.ts";
import { type Cell, plainCell } from "./table.ts";

export type Paint = (text: string) => string;
export type Colors = ReturnType<typeof picocolors.createColors>;

/** All colours, or none: an empty text is never painted. */
export const createColors = (enabled: boolean): Colors => picocolors.createColors(enabled);

export const painted = (text: string, paint: Paint): Cell => (text === "" ? plainCell("") : { text, painted: paint(text) });

/** The NAME cell: lines and roles are dim, names stand out (CTL-113). */
export const nameCell = (line: TreeLine, colors: Colors): Cell => {
  const text = `${line.prefix}${rowName(line.node)}`;
  const prefix = line.prefix === "" ? "" : colors.gray(line.prefix);
  return { text, painted: `${prefix}${paintedName(line.node, colors)}` };
};

const paintedName = (node: TreeNode, colors: Colors): string => {
  if (node.type === "virtual") return node.name;
  if (node.type === "group") return colors.bold(colors.white(rowName(node)));
  const own = `${node.kind}/${colors.bold(node.name)}`;
  const named = node.role === "" ? own : `${node.role} - ${colors.gray(own)}`;
  return node.deleted ? `${colors.red("!! DELETED !!")} ${named}` : named;
};

/** `See a, b, ...`: which objects a group stands for. */
export const groupMessage = (node: TreeNode): string =>
  `See ${node.members.slice(0, 2).join(", ")}${node.members.length > 2 ? ", ..." : ""}`;
