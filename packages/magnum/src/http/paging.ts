import { isUuid } from "../cloud/tenant.ts";
import { badRequest, notFound } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

export const PAGING = ["limit", "marker", "sort_key", "sort_dir"] as const;

export interface Listing<T> {
  /** Already in the order they were made: `id`, the default key. */
  readonly items: readonly T[];
  /** The key in the answer, and the path that `next` leads to. */
  readonly key: string;
  readonly path: string;
  /** What may be sorted by; `id` needs no entry. */
  readonly columns: { readonly [key: string]: (item: T) => unknown };
  readonly marker: {
    readonly of: (item: T) => string;
    readonly kind: "uuid" | "integer";
    readonly missing: (marker: string) => Error;
  };
  readonly view: (item: T) => object;
}

/** One page. `next` is there whenever the page is full, even if nothing follows. @throws MagnumError 400, 404 */
export const page = <T>({ items, key, path, columns, marker, view }: Listing<T>, { query, base, world }: Exchange): object => {
  const limit = readLimit(query["limit"], world.settings.maxLimit);
  const sortKey = query["sort_key"] ?? "id";
  const direction = query["sort_dir"] ?? "asc";
  if (direction !== "asc" && direction !== "desc")
    throw badRequest(`Invalid sort direction: ${direction}. Acceptable values are 'asc' or 'desc'`);
  const sorted = order(items, sortKey, direction, columns);
  const from = query["marker"] === undefined ? 0 : after(sorted, query["marker"], marker);
  const shown = sorted.slice(from, from + limit);
  const last = shown.at(-1);
  return {
    [key]: shown.map(view),
    ...(last === undefined || shown.length < limit
      ? {}
      : { next: `${base}/v1/${path}?sort_key=${sortKey}&sort_dir=${direction}&limit=${limit}&marker=${marker.of(last)}` }),
  };
};

const readLimit = (text: string | undefined, most: number): number => {
  if (text === undefined) return most;
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    throw badRequest(`Invalid input for field/attribute limit. Value: '${text}'. unable to convert to int`);
  const limit = Number(text);
  if (limit <= 0) throw badRequest("Limit must be positive");
  return Math.min(limit, most);
};

const order = <T>(
  items: readonly T[],
  sortKey: string,
  direction: "asc" | "desc",
  columns: Listing<T>["columns"],
): readonly T[] => {
  const sign = direction === "asc" ? 1 : -1;
  if (sortKey === "id") return sign === 1 ? items : items.toReversed();
  const column = Object.hasOwn(columns, sortKey) ? columns[sortKey] : undefined;
  if (column === undefined) throw badRequest(`The sort_key value "${sortKey}" is an invalid field for sorting`);
  // Sorting is stable, so items that are equal here stay in the order they were made.
  return items.toSorted((a, b) => sign * compare(column(a), column(b)));
};

const compare = (a: unknown, b: unknown): number => {
  if (a === b) return 0;
  if (a === undefined || a === null) return -1;
  if (b === undefined || b === null) return 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
};

const after = <T>(items: readonly T[], marker: string, { of, kind, missing }: Listing<T>["marker"]): number => {
  if (kind === "uuid" ? !isUuid(marker) : !/^\d+$/.test(marker))
    throw badRequest(
      `Invalid input for field/attribute marker. Value: '${marker}'. Value should be ${kind === "uuid" ? "UUID format" : "an integer"}`,
    );
  const at = items.findIndex((item) => of(item) === marker);
  if (at < 0) throw missing(marker);
  return at + 1;
};

export const markerMissing = (what: string) => (marker: string) => notFound(`${what} ${marker} could not be found.`);
