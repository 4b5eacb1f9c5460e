import { age } from "@slipway/api";
import type { Condition } from "./conditions.ts";
import { type TreeLine, treeLines } from "./lines.ts";
import type { TreeNode } from "./node.ts";
import { type Colors, createColors, groupMessage, nameCell, type Paint, painted } from "./style.ts";
import { type Cell, plainCell, renderTable } from "./table.ts";

export interface PrintOptions {
  readonly now: Date;
  readonly color: boolean;
}

const header = ["NAME", "READY", "SEVERITY", "REASON", "SINCE", "MESSAGE"] as const;
const longestMessage = 100;

/** The tree by its Ready conditions, as `clusterctl describe cluster` prints it; no newline at its end (CTL-097). */
export const printTree = (root: TreeNode, options: PrintOptions): string => {
  const colors = createColors(options.color);
  return renderTable(
    header,
    treeLines(root).flatMap((line) => rowsOf(line, options.now, colors)),
    " ",
  );
};

const rowsOf = (line: TreeLine, now: Date, colors: Colors): readonly (readonly Cell[])[] => {
  const { node } = line;
  const cells = conditionCells(node.state.ready, now, colors);
  const own = node.type === "group" ? cells.with(-1, painted(groupMessage(node), colors.gray)) : cells;
  const conditions = (node.conditions ?? []).map((condition, index) => {
    const { prefix } = line.condition(index);
    const name = { text: `${prefix}${condition.type}`, painted: `${colors.gray(prefix)}${colors.cyan(condition.type)}` };
    return [name, ...conditionCells(condition, now, colors)];
  });
  return [[nameCell(line, colors), ...own], ...conditions];
};

const conditionCells = (condition: Condition | undefined, now: Date, colors: Colors): readonly Cell[] => {
  if (condition === undefined) return ["", "", "", "", ""].map(plainCell);
  const { status, severity, reason, lastTransitionTime } = condition;
  const message = [...condition.message];
  const cut = message.length > longestMessage ? `${message.slice(0, longestMessage).join("")} ...` : condition.message;
  const paint = paintOf(condition, colors);
  return [
    painted(status, paint),
    painted(severity, paint),
    painted(reason, paint),
    plainCell(age(lastTransitionTime, now.getTime())),
    plainCell(cut),
  ];
};

const paintOf = ({ status, severity }: Condition, colors: Colors): Paint => {
  if (status === "True") return colors.green;
  if (status !== "False" && status !== "Unknown") return colors.gray;
  return severity === "Error" ? colors.red : severity === "Warning" ? colors.yellow : colors.white;
};
