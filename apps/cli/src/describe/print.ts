import picocolors from "picocolors";
import type { Condition, TreeNode } from "./tree.ts";

const header = ["NAME", "READY", "SEVERITY", "REASON", "SINCE", "MESSAGE"] as const;
const longestMessage = 100;
/** Conditions stand ten places to the right of their object (CTL-110). */
const conditionIndent = " ".repeat(10);

interface Row {
  readonly name: string;
  readonly condition: Condition | undefined;
  readonly isCondition: boolean;
  readonly prefix: string;
}

/** The tree as `clusterctl describe cluster` prints it: no borders, every cell padded and followed by two blanks (CTL-097…100). */
export const printTree = (root: TreeNode, options: { readonly now: Date; readonly color: boolean }): string => {
  const rows = rowsOf(root, "", "");
  const cells = rows.map((row) => [`${row.prefix}${row.name}`, ...conditionCells(row.condition, options.now)]);
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((line) => [...(line[column] ?? "")].length)));
  const pad = (text: string, column: number) => `${text}${" ".repeat((widths[column] ?? 0) - [...text].length)}  `;
  const lines = rows.map((row, index) =>
    (cells[index] ?? [])
      .map((text, column) => {
        const padded = pad(text, column);
        if (!options.color) return padded;
        if (column === 0) return row.isCondition ? `${row.prefix}${picocolors.cyan(padded.slice(row.prefix.length))}` : padded;
        return paint(padded, column, row.condition);
      })
      .join(""),
  );
  return [header.map(pad).join(""), ...lines].join("\n");
};

const rowsOf = (node: TreeNode, prefix: string, own: string): readonly Row[] => {
  const below = `${own.replace("├─", "│ ").replace("└─", "  ")}`;
  const pipe = node.children.length > 0 ? "│ " : "  ";
  const conditions = node.conditions.map((condition, index) => ({
    name: condition.type,
    condition,
    isCondition: true,
    prefix: `${prefix}${below}${pipe}${conditionIndent}${index === node.conditions.length - 1 ? "└─" : "├─"}`,
  }));
  const children = node.children.flatMap((child, index) =>
    rowsOf(child, `${prefix}${below}`, index === node.children.length - 1 ? "└─" : "├─"),
  );
  const name = `${node.deleted ? "!! DELETED !! " : ""}${node.label}`;
  return [{ name, condition: node.ready, isCondition: false, prefix: `${prefix}${own}` }, ...conditions, ...children];
};

const conditionCells = (condition: Condition | undefined, now: Date): readonly string[] => {
  if (condition === undefined) return ["", "", "", "", ""];
  const message =
    condition.message.length > longestMessage ? `${condition.message.slice(0, longestMessage)} ...` : condition.message;
  return [condition.status, condition.severity, condition.reason, since(condition.lastTransitionTime, now), message];
};

const paint = (text: string, column: number, condition: Condition | undefined): string => {
  if (condition === undefined || column > 3) return text;
  if (condition.status === "True") return picocolors.green(text);
  if (condition.status === "Unknown" || condition.severity === "Warning") return picocolors.yellow(text);
  return condition.severity === "Info" ? picocolors.white(text) : picocolors.red(text);
};

/** A duration as Kubernetes' tools print ages: the two largest units while small, one when large. */
export const since = (time: string, now: Date): string => {
  const seconds = Math.floor((now.getTime() - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return "";
  if (seconds < -1) return "<invalid>";
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 && days % 365 !== 0 ? `${years}y${days % 365}d` : `${years}y`;
};
