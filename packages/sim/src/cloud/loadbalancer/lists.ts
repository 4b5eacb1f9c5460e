import { type Answer, type Call, ok } from "../http/call.ts";
import { isObject, type Json, listOf } from "../http/json.ts";
import { isTrue, type Query } from "../http/query.ts";
import { baseUrl, type CloudSettings } from "../settings.ts";
import type { Collection } from "../state/collection.ts";
import { bad, denied, notFound } from "./refusals.ts";

type Owned = { readonly id: string; readonly project_id: string; readonly tags: readonly string[] };

/** Octavia tells that something of another project is there, but not what. */
export const find = <T extends Owned, I extends string>(
  call: Call,
  collection: Collection<T, I>,
  what: string,
  param = "id",
): T => {
  const id = call.params[param] ?? "";
  const record = collection.get(id);
  if (!record) throw notFound(what, id);
  if (!call.scope.admin && record.project_id !== call.scope.projectId) throw denied();
  return record;
};

const control = [
  "limit",
  "marker",
  "sort",
  "sort_key",
  "sort_dir",
  "fields",
  "page_reverse",
  "tags",
  "tags-any",
  "not-tags",
  "not-tags-any",
];

export const list =
  <T extends Owned>(
    plural: string,
    collection: Collection<T, "project" | "name" | "tag" | never>,
    view: (record: T) => Json,
    settings: CloudSettings,
    among: (call: Call) => readonly T[] | undefined = () => undefined,
  ) =>
  (call: Call): Answer => {
    const { query, scope } = call;
    const name = query.get("name");
    const candidates =
      among(call) ??
      (query.has("id")
        ? query.all("id").flatMap((id) => collection.get(id) ?? [])
        : name !== undefined
          ? collection.by("name", name)
          : scope.admin
            ? [...collection.all()]
            : collection.by("project", scope.projectId));
    const filters = query.names().filter((one) => !control.includes(one));
    const found = candidates
      .filter((record) => scope.admin || record.project_id === scope.projectId)
      .filter((record) => hasTags(query, record.tags))
      .map(view)
      .filter((shown) => filters.every((one) => passes(shown, one, query.all(one))));
    const marker = query.get("marker");
    const start = marker ? found.findIndex((one) => one["id"] === marker) + 1 : 0;
    if (marker && start === 0) throw bad(`Invalid value passed for "marker": ${marker}`);
    const limit = Number(query.get("limit") ?? 0) || found.length;
    const page = found.slice(start, start + limit);
    const more = page.length > 0 && start + limit < found.length;
    const kept = query.text.split("&").filter((pair) => pair !== "" && !pair.startsWith("marker="));
    const href = `${baseUrl(settings, "loadbalancer")}${call.path}?${[...kept, `marker=${String(page.at(-1)?.["id"])}`].join("&")}`;
    const wanted = query.all("fields");
    return ok({
      [plural]:
        wanted.length === 0
          ? page
          : page.map((one) => Object.fromEntries(Object.entries(one).filter(([key]) => wanted.includes(key)))),
      [`${plural}_links`]: more ? [{ rel: "next", href }] : [],
    });
  };

const passes = (shown: Json, name: string, values: readonly string[]): boolean => {
  const reference = name.endsWith("_id") ? shown[`${name.slice(0, -3)}s`] : undefined; // loadbalancer_id of a listener, pool_id of a monitor
  if (Array.isArray(reference) && !(name in shown))
    return listOf(reference).some((one) => isObject(one) && values.includes(String(one["id"])));
  const field = shown[name];
  if (typeof field === "boolean") return values.some((value) => isTrue(value) === field);
  if (field === null || field === undefined) return false;
  return values.includes(String(field));
};

const hasTags = (query: Query, tags: readonly string[]): boolean => {
  const asked = (name: string): readonly string[] | undefined =>
    query.has(name) ? query.all(name).flatMap((value) => value.split(",")) : undefined;
  if (asked("tags")?.every((tag) => tags.includes(tag)) === false) return false;
  if (asked("tags-any")?.some((tag) => tags.includes(tag)) === false) return false;
  if (asked("not-tags")?.every((tag) => tags.includes(tag))) return false;
  return !asked("not-tags-any")?.some((tag) => tags.includes(tag));
};
