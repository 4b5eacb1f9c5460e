import {
  ApiError,
  apiVersionOf,
  builtinTable,
  type Cell,
  declaredTable,
  jsonText,
  type KubeObject,
  type ObjectList,
  type ObjectMeta,
  type Status,
  type TableLayout,
  type UnstructuredObject,
} from "@slipway/api";
import type { ServedResource } from "../registry/served.ts";
import type { Wanted } from "./negotiate.ts";

/** An object, a list or an event in the shape that was asked for: whole, as a Table, or only its metadata. */

export type IncludeObject = "Metadata" | "Object" | "None";

export interface View {
  readonly wanted: Wanted;
  readonly include: IncludeObject;
  readonly nowMs: number;
}

export const includeObject = (query: URLSearchParams): IncludeObject => {
  const value = query.get("includeObject");
  if (value === null || value === "") return "Metadata";
  if (value === "Metadata" || value === "Object" || value === "None") return value;
  throw new ApiError(
    "BadRequest",
    `Unable to convert to Table as requested: includeObject: Invalid value: ${jsonText(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
};

/** Tables are made from declarations that never change: one layout a served resource. */
export const createLayouts = (): ((resource: ServedResource) => TableLayout) => {
  const layouts = new WeakMap<ServedResource, TableLayout>();
  return (resource) => {
    const known = layouts.get(resource);
    if (known !== undefined) return known;
    const layout =
      (resource.kindValue === undefined ? undefined : builtinTable(resource.kindValue)) ?? declaredTable(resource.columns);
    layouts.set(resource, layout);
    return layout;
  };
};

export type Layouts = ReturnType<typeof createLayouts>;

export const presentObject = (object: KubeObject | Status, resource: ServedResource, view: View, layouts: Layouts): unknown => {
  if (object.kind === "Status" || view.wanted.as === undefined) return object;
  const stored = object as UnstructuredObject;
  switch (view.wanted.as) {
    case "Table":
      return tableOf([stored], { resourceVersion: stored.metadata.resourceVersion }, layouts(resource), view, true);
    case "PartialObjectMetadata":
      return partial(stored);
    case "PartialObjectMetadataList":
      throw new ApiError(
        "NotAcceptable",
        `you requested PartialObjectMetadataList, but the requested object is not a list (${resource.kind})`,
      );
  }
};

export const presentList = (
  list: ObjectList<UnstructuredObject>,
  resource: ServedResource,
  view: View,
  layouts: Layouts,
): { readonly head: object; readonly itemsField: "items" | "rows"; item(object: UnstructuredObject): unknown } => {
  switch (view.wanted.as) {
    case "Table": {
      const layout = layouts(resource);
      return {
        head: { kind: "Table", apiVersion: metaVersion, metadata: list.metadata, columnDefinitions: layout.columns },
        itemsField: "rows",
        item: (object) => row(object, layout, view),
      };
    }
    case "PartialObjectMetadataList":
      return {
        head: { kind: "PartialObjectMetadataList", apiVersion: metaVersion, metadata: list.metadata },
        itemsField: "items",
        item: partial,
      };
    case "PartialObjectMetadata":
      throw new ApiError(
        "NotAcceptable",
        `you requested PartialObjectMetadata, but the requested object is a list (${resource.listKind})`,
      );
    case undefined:
      return {
        head: { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata: list.metadata },
        itemsField: "items",
        item: resource.origin === "builtin" ? withoutType : (object) => object,
      };
  }
};

/** Items of built-in lists carry no kind of their own; those of custom resources do. */
const withoutType = ({ apiVersion, kind, ...rest }: UnstructuredObject): unknown => rest;

/** Column definitions stand only in the first event of a stream: later ones would print the header again. */
export const presentEvent = (
  object: UnstructuredObject,
  resource: ServedResource,
  view: View,
  layouts: Layouts,
  first: boolean,
): unknown => {
  switch (view.wanted.as) {
    case "Table":
      return tableOf([object], { resourceVersion: object.metadata.resourceVersion }, layouts(resource), view, first);
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return partial(object);
    case undefined:
      return object;
  }
};

/** A bookmark says only how far the stream has come; the end of the initial events keeps its annotation in every shape. */
export const presentBookmark = (
  resource: ServedResource,
  resourceVersion: string,
  initialEventsEnd: boolean,
  view: View,
  layouts: Layouts,
  first: boolean,
): unknown => {
  const metadata: ObjectMeta = {
    resourceVersion,
    ...(initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
  };
  switch (view.wanted.as) {
    case "Table": {
      const layout = layouts(resource);
      const object = { kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata };
      return {
        kind: "Table",
        apiVersion: metaVersion,
        metadata: { resourceVersion },
        columnDefinitions: first ? layout.columns : null,
        rows: [{ cells: layout.columns.map(() => ""), object: view.include === "None" ? null : object }],
      };
    }
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return { kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata };
    case undefined:
      return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata: { ...metadata, creationTimestamp: null } };
  }
};

const metaVersion = "meta.k8s.io/v1";

const tableOf = (
  objects: readonly UnstructuredObject[],
  metadata: object,
  layout: TableLayout,
  view: View,
  withColumns: boolean,
): unknown => ({
  kind: "Table",
  apiVersion: metaVersion,
  metadata,
  columnDefinitions: withColumns ? layout.columns : null,
  rows: objects.map((object) => row(object, layout, view)),
});

const row = (object: UnstructuredObject, layout: TableLayout, view: View): unknown => ({
  cells: cellsOf(object, layout, view.nowMs),
  object: view.include === "Metadata" ? partial(object) : view.include === "Object" ? object : null,
});

/** One odd object, stored before a rule forbade it, must not hide all others. */
const cellsOf = (object: UnstructuredObject, layout: TableLayout, nowMs: number): readonly Cell[] => {
  try {
    return layout.cells(object, nowMs);
  } catch {
    return layout.columns.map(({ format }) => (format === "name" ? (object.metadata.name ?? "") : "<invalid>"));
  }
};

const partial = ({ metadata }: UnstructuredObject): unknown => ({
  kind: "PartialObjectMetadata",
  apiVersion: metaVersion,
  metadata,
});
