import { age } from "@slipway/api";
import { replicaCells } from "./cells.ts";
import type { Condition } from "./conditions.ts";
import { type TreeLine, treeLines } from "./lines.ts";
import type { TreeNode } from "./node.ts";
import { paragraph } from "./paragraph.ts";
import type { PrintOptions } from "./print.ts";
import { type Colors, createColors, groupMessage, nameCell, type Paint, painted } from "./style.ts";
import { type Cell, plainCell, renderTable } from "./table.ts";

const header = ["NAME", "REPLICAS", "AVAILABLE", "READY", "UP TO DATE", "STATUS", "REASON", "SINCE", "MESSAGE"] as const;
const messageWidth = 100;
/** True of one of these is what a reader should notice (CTL-113). */
const negativePolarity = new Set(["Paused", "Deleting", "RollingOut", "ScalingUp", "ScalingDown", "Remediating"]);

/** The tree by its v1beta2 conditions and counters, between two empty lines; no newline at its end (CTL-098, CTL-099). */
export const printTreeV1Beta2 = (root: TreeNode, options: PrintOptions): string => {
  const colors = createColors(options.color);
  const rows = treeLines(root).flatMap((line) => rowsOf(line, options.now, colors));
  return `\n${renderTable(header, rows)}\n`;
};

const rowsOf = (line: TreeLine, now: Date, colors: Colors): readonly (readonly Cell[])[] => {
  const { node } = line;
  const shown = node.conditions === undefined ? shownCondition(node) : undefined;
  const message = node.type === "group" ? [groupMessage(node)] : messageOf(shown?.condition);
  const paintMessage = node.type === "group" ? colors.gray : asIs;
  const status = shown === undefined ? plainCell("") : statusCell(shown.condition, colors, `${shown.label}: `);
  const own = [
    [
      nameCell(line, colors),
      ...replicaCells(node).map(plainCell),
      status,
      ...reasonAndAge(shown?.condition, now),
      painted(message[0] ?? "", paintMessage),
    ],
    ...furtherLines(message, line.continuation, colors),
  ];
  return [
    ...own,
    ...(node.conditions ?? []).flatMap((condition, index) => conditionRows(condition, line.condition(index), now, colors)),
  ];
};

const conditionRows = (
  condition: Condition,
  { prefix, continuation }: { readonly prefix: string; readonly continuation: string },
  now: Date,
  colors: Colors,
): readonly (readonly Cell[])[] => {
  const message = messageOf(condition);
  return [
    [
      { text: `${prefix}${condition.type}`, painted: `${colors.gray(prefix)}${colors.cyan(condition.type)}` },
      ...["", "", "", ""].map(plainCell),
      statusCell(condition, colors),
      ...reasonAndAge(condition, now),
      plainCell(message[0] ?? ""),
    ],
    ...furtherLines(message, continuation, colors),
  ];
};

/** Available of Clusters and MachineDeployments, which have no Ready; Ready of all others, so nothing of most control planes (CTL-112). */
const shownCondition = (node: TreeNode): { readonly label: string; readonly condition: Condition } | undefined => {
  if (node.kind === "Cluster" || node.kind === "MachineDeployment")
    return node.state.available === undefined ? undefined : { label: "Available", condition: node.state.available };
  const ready = ["MachineSet", "MachinePool"].includes(node.kind) ? undefined : node.state.ready;
  return ready === undefined ? undefined : { label: "Ready", condition: ready };
};

const asIs: Paint = (text) => text;
const messageOf = (condition: Condition | undefined): readonly string[] => paragraph(condition?.message ?? "", messageWidth);

const reasonAndAge = (condition: Condition | undefined, now: Date): readonly Cell[] =>
  condition === undefined
    ? ["", ""].map(plainCell)
    : [plainCell(condition.reason), plainCell(age(condition.lastTransitionTime, now.getTime()))];

const furtherLines = (message: readonly string[], continuation: string, colors: Colors): readonly (readonly Cell[])[] =>
  message
    .slice(1)
    .map((text) => [painted(continuation, colors.gray), ...["", "", "", "", "", "", ""].map(plainCell), plainCell(text)]);

const statusCell = ({ type, status }: Condition, colors: Colors, label = ""): Cell => {
  const good = negativePolarity.has(type) ? "False" : "True";
  const known = status === "True" || status === "False";
  const paint = known ? (status === good ? colors.green : colors.red) : status === "Unknown" ? colors.yellow : colors.gray;
  return painted(`${label}${status}`, paint);
};
