import { jsonText } from "../json/text.ts";
import type { Column } from "../kind/kind.ts";
import type { KubeObject } from "../meta/object.ts";
import { age } from "./duration.ts";
import { parseJsonPath } from "./jsonpath.ts";

/** How a kind is printed: what `kubectl get`, our command line and the console show of it. */
export interface TableLayout {
  readonly columns: readonly TableColumn[];
  /** One cell a column, wide ones included. */
  cells(object: KubeObject, nowMs: number): readonly Cell[];
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** Above 0: only with `-o wide`. */
  readonly priority: number;
}

export type Cell = string | number | bigint | boolean | null;

export const nameColumn: TableColumn = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name of the object, unique among its kind in one namespace.",
  priority: 0,
};

/** From declared printer columns. A custom resource that declares none shows its age. */
export const declaredTable = (declared: readonly Column[]): TableLayout => {
  const columns = declared.length === 0 ? [ageColumn] : declared;
  const cells = columns.map((column) => cellOf(column));
  return {
    columns: [
      nameColumn,
      ...columns.map((column) => ({
        name: column.name,
        type: column.type,
        format: column.format ?? "",
        description: column.description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
        priority: column.priority ?? 0,
      })),
    ],
    cells: (object, nowMs) => [object.metadata.name ?? "", ...cells.map((cell) => cell(object, nowMs))],
  };
};

const ageColumn: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

const cellOf = (column: Column): ((object: unknown, nowMs: number) => Cell) => {
  const path = parseJsonPath(column.jsonPath);
  return (object, nowMs) => {
    const value = path(object)[0];
    if (value === undefined || value === null) return null;
    switch (column.type) {
      case "integer":
        return typeof value === "bigint" ? value : typeof value === "number" ? Math.trunc(value) : null;
      case "number":
        return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
      case "boolean":
        return typeof value === "boolean" ? value : null;
      case "date":
        return typeof value === "string" ? age(value, nowMs) : "<invalid>";
      case "string":
        return typeof value === "object" ? jsonText(value) : String(value);
    }
  };
};
