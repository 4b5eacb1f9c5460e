import type { KubeObject } from "../../meta/object.ts";
import { age } from "../../table/duration.ts";
import { type Cell, nameColumn, type TableColumn, type TableLayout } from "../../table/table.ts";
import type { LabelSelector } from "../meta.ts";
import type { PodSpec } from "../pod.ts";

/** The pieces that tables of built-in kinds are made of. */

/** One column and how its cell is made. */
export interface Printed<T> {
  readonly column: TableColumn;
  cell(object: T, nowMs: number): Cell;
}

export const text = <T>(name: string, cell: (object: T, nowMs: number) => Cell): Printed<T> => printed(name, "string", 0, cell);
export const count = <T>(name: string, cell: (object: T, nowMs: number) => Cell): Printed<T> => printed(name, "integer", 0, cell);
/** Only with `-o wide`. */
export const wide = <T>(name: string, cell: (object: T, nowMs: number) => Cell): Printed<T> => printed(name, "string", 1, cell);

const printed = <T>(name: string, type: string, priority: number, cell: Printed<T>["cell"]): Printed<T> => ({
  column: { name, type, format: "", description: "", priority },
  cell,
});

export const ageCell: Printed<KubeObject> = text("Age", (object, now) => age(object.metadata.creationTimestamp, now));

/** Name first, then these. */
export const table = <T extends KubeObject>(...columns: readonly Printed<T>[]): TableLayout => layout([named, ...columns]);

export const layout = <T extends KubeObject>(columns: readonly Printed<T>[]): TableLayout => ({
  columns: columns.map(({ column }) => column),
  cells: (object, nowMs) => columns.map(({ cell }) => cell(object as T, nowMs)),
});

export const named: Printed<KubeObject> = { column: nameColumn, cell: (object) => object.metadata.name ?? "" };

/** Kinds without columns of their own. */
export const createdAt: TableLayout = table(text<KubeObject>("Created At", (object) => object.metadata.creationTimestamp ?? ""));

/** `a, b, c + 2 more...` */
export const firstThree = (items: readonly string[], separator = ","): string =>
  items.length === 0
    ? "<none>"
    : items.length <= 3
      ? items.join(separator)
      : `${items.slice(0, 3).join(separator)} + ${items.length - 3} more...`;

export const labelsText = (labels: { readonly [key: string]: string } | undefined): string => {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? "<none>" : entries.map(([key, value]) => `${key}=${value}`).join(",");
};

/** A selector as `-l` takes it. */
export const selectorText = (selector: LabelSelector | undefined): string => {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${[...values].sort().join(",")})`;
  });
  const terms = [...equal, ...others].sort();
  return terms.length === 0 ? "<none>" : terms.join(",");
};

export const containerNames = (spec: PodSpec | undefined): string => (spec?.containers ?? []).map(({ name }) => name).join(",");
export const containerImages = (spec: PodSpec | undefined): string =>
  (spec?.containers ?? []).map(({ image = "" }) => image).join(",");
