import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok, Refusal } from "../http/call.ts";
import { isObject, type Json, listOf, pythonRepr, quotedNames, textOf, textsOf } from "../http/json.ts";
import { isTrue, type Query } from "../http/query.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import { exceeds, limitOf } from "../quotas.ts";
import { baseUrl } from "../settings.ts";
import type { Collection } from "../state/collection.ts";
import { badRequest, overQuota, policy } from "./refusals.ts";

/** One of Neutron's resources: all of them share listing, filtering, tags, bulk creation, policy and revisions. */
export interface Kind<T extends { readonly id: string; readonly project_id: string }, I extends string> {
  readonly singular: string;
  readonly plural: string;
  /** As in the URL: `security-groups`. */
  readonly path: string;
  readonly collection: Collection<T, I>;
  /** Which filters an index answers. */
  readonly indexed: { readonly [filter: string]: I };
  readonly view: (record: T, admin: boolean) => Json;
  readonly notFound: (id: string) => Refusal;
  /** Seen by other projects too. */
  readonly shared?: (record: T) => boolean;
  /** What others share with everybody, besides the project's own. */
  readonly sharedRecords?: () => Iterable<T>;
  readonly attributes: {
    readonly post: readonly string[];
    readonly put: readonly string[];
    readonly admin?: readonly string[];
    /** Filters that are no field of the view. */
    readonly filters?: readonly string[];
  };
  /** Shown only in the answer to its creation. */
  readonly whenCreated?: Json;
  readonly beforeList?: (call: Call) => void;
  readonly create: (call: Call, given: Json, projectId: string) => T;
  readonly update: (call: Call, record: T, given: Json) => T;
  readonly remove: (call: Call, record: T) => void;
}

type Tagged = { readonly tags: readonly string[] };

const control = new Set(["limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields"]);
const tagFilters = new Set(["tags", "tags-any", "not-tags", "not-tags-any"]);

export const kindRoutes = <T extends { readonly id: string; readonly project_id: string }, I extends string>(
  kind: Kind<T, I>,
  context: CloudContext,
): Routes => {
  const { collection, singular, plural, view } = kind;
  const base = `/v2.0/${kind.path}`;
  const resource = singular;

  const visible = (call: Call, record: T): boolean =>
    call.scope.admin || record.project_id === call.scope.projectId || kind.shared?.(record) === true;
  const find = (call: Call): T => {
    const id = call.params["id"] ?? "";
    const record = collection.get(id);
    if (!record || !visible(call, record)) throw kind.notFound(id);
    return record;
  };
  const own = (call: Call, record: T, verb: string): void => {
    if (!call.scope.admin && record.project_id !== call.scope.projectId) throw policy(`${verb}_${resource}`);
  };

  const candidates = (call: Call): Iterable<T> => {
    const { query, scope } = call;
    const ids = query.all("id");
    if (ids.length > 0) return ids.flatMap((id) => collection.get(id) ?? []);
    // Of all the indexes that fit, the one with the fewest records.
    let best: { index: I; keys: readonly string[]; size: number } | undefined;
    for (const [filter, index] of Object.entries(kind.indexed)) {
      const keys = query.all(filter);
      if (keys.length === 0 || keys.includes("")) continue;
      const size = keys.reduce((sum, key) => sum + collection.count(index, key), 0);
      if (!best || size < best.size) best = { index, keys, size };
    }
    if (best) {
      const { index, keys } = best;
      return keys.length === 1
        ? collection.by(index, keys[0] ?? "")
        : new Set(keys.flatMap((key) => [...collection.by(index, key)]));
    }
    const tag = query.get("tags")?.split(",")[0];
    if (tag && "tag" in kind.indexed) return collection.by(kind.indexed["tag"] as I, tag);
    if (scope.admin) return collection.all();
    const mine = collection.by("project" as I, scope.projectId);
    return kind.sharedRecords ? new Set([...mine, ...kind.sharedRecords()]) : mine;
  };

  const list = (call: Call): Answer => {
    kind.beforeList?.(call);
    const { query, scope } = call;
    const filters = query.names().filter((name) => !control.has(name) && !tagFilters.has(name));
    const known = kind.attributes;
    let views: Json[] = [];
    for (const record of candidates(call)) {
      if (!visible(call, record) || !hasTags(query, (record as Partial<Tagged>).tags ?? [])) continue;
      const shown = view(record, scope.admin);
      if (filters.every((name) => passes(shown, name, query.all(name)))) views.push(shown);
    }
    if (views.length === 0) {
      const example = [...known.post, ...known.put, ...(known.filters ?? []), ...standardFilters];
      const unknown = filters.filter((name) => !example.includes(name));
      if (unknown.length > 0) throw badRequest(`[${quotedNames(unknown)}] is invalid attribute for filtering`);
    }
    views = sorted(views, query);
    const page = paged(views, query);
    const shown = query.has("fields") ? page.items.map((item) => only(item, query.all("fields"))) : page.items;
    const links = page.more ? { [`${plural}_links`]: [{ rel: "next", href: nextHref(call, page.items) }] } : {};
    return ok({ [plural]: shown, ...links });
  };
  const nextHref = (call: Call, items: readonly Json[]): string => {
    const kept = call.query.text.split("&").filter((pair) => !pair.startsWith("marker="));
    const marker = textOf(items[items.length - 1]?.["id"]) ?? "";
    return `${baseUrl(context.settings, "network")}${base}?${[...kept, `marker=${marker}`].join("&")}`;
  };

  const projectOf = (call: Call, given: Json): string => {
    const asked = textOf(given["project_id"]) ?? textOf(given["tenant_id"]);
    if (asked === undefined || asked === call.scope.projectId) return call.scope.projectId;
    if (!call.scope.admin) throw policy(`create_${resource}`, `create_${resource}:tenant_id`);
    return asked;
  };
  const allowed = (call: Call, given: Json, verb: "create" | "update"): void => {
    const names = verb === "create" ? kind.attributes.post : kind.attributes.put;
    const unknown = Object.keys(given).filter(
      (name) => !names.includes(name) && !(verb === "create" && projectNames.includes(name)),
    );
    if (unknown.length > 0) {
      const readable =
        verb === "update" && unknown.every((name) => kind.attributes.post.includes(name) || readOnly.includes(name));
      throw badRequest(
        readable ? `Cannot update read-only attribute ${unknown[0]}` : `Unrecognized attribute(s) ${quotedNames(unknown)}`,
      );
    }
    checkTypes(given);
    const forbidden = Object.keys(given).find((name) => kind.attributes.admin?.includes(name));
    if (forbidden && !call.scope.admin) throw policy(`${verb}_${resource}`, `${verb}_${resource}:${forbidden}`);
  };
  const reserve = (projectId: string, wanted: number): void => {
    const limit = limitOf(context, "network", projectId, resource);
    if (exceeds(limit, collection.count("project" as I, projectId), wanted)) throw overQuota(resource);
  };
  const create = (call: Call): Answer => {
    const body = isObject(call.body) ? call.body : {};
    const bulk = body[plural];
    const items = Array.isArray(bulk) ? listOf(bulk) : [body[singular]];
    const wanted = items.map((item) => {
      if (!isObject(item)) throw badRequest(`Unable to find '${singular}' in request body`);
      allowed(call, item, "create");
      return { item, projectId: projectOf(call, item) };
    });
    const perProject = groupBy(wanted);
    for (const [projectId, ofProject] of perProject) reserve(projectId, ofProject.length);
    const views = wanted.map(({ item, projectId }) => ({
      ...view(kind.create(call, item, projectId), call.scope.admin),
      ...kind.whenCreated,
    }));
    return created(Array.isArray(bulk) ? { [plural]: views } : { [singular]: views[0] });
  };

  const tagsOf = (record: T): readonly string[] => (record as Partial<Tagged>).tags ?? [];
  const setTags = (record: T, tags: readonly string[]): Answer => {
    const clean = [...new Set(tags)].sort();
    for (const tag of clean)
      if (tag.length > 255) throw badRequest(`Invalid input for tags. Reason: '${tag}' exceeds maximum length of 255.`);
    collection.put(touched(context, record, { tags: clean } as unknown as Partial<T>));
    return ok({ tags });
  };

  return {
    [base]: { GET: list, POST: create },
    [`${base}/:id`]: {
      GET: (call) => {
        const shown = view(find(call), call.scope.admin);
        return ok({ [singular]: call.query.has("fields") ? only(shown, call.query.all("fields")) : shown });
      },
      PUT: (call) => {
        const record = find(call);
        own(call, record, "update");
        const given = isObject(call.body) ? call.body[singular] : undefined;
        if (!isObject(given)) throw badRequest(`Unable to find '${singular}' in request body`);
        allowed(call, given, "update");
        return ok({ [singular]: view(kind.update(call, record, given), call.scope.admin) });
      },
      DELETE: (call) => {
        const record = find(call);
        own(call, record, "delete");
        kind.remove(call, record);
        return noContent;
      },
    },
    [`${base}/:id/tags`]: {
      GET: (call) => ok({ tags: tagsOf(find(call)) }),
      PUT: (call) => {
        const record = find(call);
        own(call, record, "update");
        const given = isObject(call.body) ? call.body["tags"] : undefined;
        if (!Array.isArray(given) || textsOf(given).length !== given.length) {
          throw badRequest("Invalid tags body");
        }
        return setTags(record, textsOf(given));
      },
      DELETE: (call) => {
        const record = find(call);
        own(call, record, "update");
        setTags(record, []);
        return noContent;
      },
    },
    [`${base}/:id/tags/:tag`]: {
      GET: (call) => {
        if (!tagsOf(find(call)).includes(call.params["tag"] ?? "")) throw tagNotFound(call.params["tag"] ?? "");
        return noContent;
      },
      PUT: (call) => {
        const record = find(call);
        own(call, record, "update");
        setTags(record, [...tagsOf(record), call.params["tag"] ?? ""]);
        return { status: 201 };
      },
      DELETE: (call) => {
        const record = find(call);
        own(call, record, "update");
        const tag = call.params["tag"] ?? "";
        if (!tagsOf(record).includes(tag)) throw tagNotFound(tag);
        setTags(
          record,
          tagsOf(record).filter((one) => one !== tag),
        );
        return noContent;
      },
    },
  };
};

/** With the marks that Neutron makes at every change. */
export const touched = <T>(context: CloudContext, record: T, changes: Partial<T>): T => ({
  ...record,
  ...changes,
  updated_at: time.zulu(context.clock.now()),
  revision_number: ((record as { revision_number?: number }).revision_number ?? 0) + 1,
});

/** The fields that all resources begin with. */
export const standard = (context: CloudContext, given: Json, projectId: string) => {
  const now = time.zulu(context.clock.now());
  return {
    id: context.ids.uuid(),
    project_id: projectId,
    name: textOf(given["name"]) ?? "",
    description: textOf(given["description"]) ?? "",
    tags: textsOf(given["tags"]),
    created_at: now,
    updated_at: now,
    revision_number: 0,
  };
};

const texts = [
  "name",
  "description",
  "network_id",
  "device_id",
  "device_owner",
  "mac_address",
  "cidr",
  "security_group_id",
  "floating_network_id",
];
const flags = [
  "admin_state_up",
  "shared",
  "router:external",
  "port_security_enabled",
  "enable_dhcp",
  "stateful",
  "propagate_uplink_status",
];
/** What all resources mean by these names. */
const checkTypes = (given: Json): void => {
  for (const name of texts) {
    const value = given[name];
    if (value === undefined || (value === null && name === "description")) continue;
    if (typeof value !== "string")
      throw badRequest(`Invalid input for ${name}. Reason: '${pythonRepr(value).replace(/^'|'$/g, "")}' is not a valid string.`);
    if (value.length > 255) throw badRequest(`Invalid input for ${name}. Reason: '${value}' exceeds maximum length of 255.`);
  }
  for (const name of flags) {
    const value = given[name];
    if (value === undefined || typeof value === "boolean" || value === 0 || value === 1) continue;
    if (typeof value === "string" && /^(true|false)$/i.test(value)) continue;
    throw badRequest(
      `Invalid input for ${name}. Reason: '${pythonRepr(value).replace(/^'|'$/g, "")}' cannot be converted to boolean.`,
    );
  }
};

const projectNames = ["tenant_id", "project_id"];
const readOnly = ["id", "status", "created_at", "updated_at", "revision_number", "tenant_id", "project_id"];
const standardFilters = [...readOnly, "name", "description", "revision_number", "changed_since", "admin_state_up"];

const tagNotFound = (tag: string): Refusal => new Refusal(404, `Tag ${tag} could not be found.`, "TagNotFound");

const groupBy = <T extends { projectId: string }>(items: readonly T[]): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(item.projectId, [...(groups.get(item.projectId) ?? []), item]);
  return groups;
};

const hasTags = (query: Query, tags: readonly string[]): boolean => {
  const asked = (name: string): readonly string[] | undefined => query.get(name)?.split(",");
  const all = asked("tags");
  if (all && !all.every((tag) => tags.includes(tag))) return false;
  const any = asked("tags-any");
  if (any && !any.some((tag) => tags.includes(tag))) return false;
  const notAll = asked("not-tags");
  if (notAll?.every((tag) => tags.includes(tag))) return false;
  const notAny = asked("not-tags-any");
  return !notAny?.some((tag) => tags.includes(tag));
};

/** Several values of one filter mean: any of them. */
const passes = (shown: Json, name: string, values: readonly string[]): boolean => {
  const field = shown[name];
  if (name === "fixed_ips") return passesFixedIps(listOf(field), values);
  if (field === undefined) return !(name in shown) && name.startsWith("provider:"); // hidden from tenants, so never decisive
  if (typeof field === "boolean") return values.some((value) => isTrue(value) === field);
  if (field === null) return values.some((value) => value === "" || value === "null" || value === "None");
  if (Array.isArray(field)) return values.some((value) => field.some((item) => item === value));
  return values.some((value) => value === String(field));
};

/** `fixed_ips=subnet_id=…` and `fixed_ips=ip_address=…` given together must both hold. */
const passesFixedIps = (ips: readonly unknown[], values: readonly string[]): boolean => {
  const byKey = new Map<string, string[]>();
  for (const value of values) {
    const cut = value.indexOf("=");
    byKey.set(value.slice(0, cut), [...(byKey.get(value.slice(0, cut)) ?? []), value.slice(cut + 1)]);
  }
  return [...byKey].every(([key, wanted]) =>
    ips.some((ip) => {
      const address = isObject(ip) ? ip : {};
      if (key === "ip_address_substr") return wanted.some((part) => textOf(address["ip_address"])?.includes(part));
      return wanted.includes(textOf(address[key]) ?? "");
    }),
  );
};

const sorted = (views: Json[], query: Query): Json[] => {
  const keys = query.all("sort_key");
  if (keys.length === 0) return views;
  const directions = query.all("sort_dir");
  return views.toSorted((a, b) => {
    for (const [i, key] of keys.entries()) {
      const order = String(a[key] ?? "").localeCompare(String(b[key] ?? "")) * (directions[i] === "desc" ? -1 : 1);
      if (order !== 0) return order;
    }
    return 0;
  });
};

const paged = (views: readonly Json[], query: Query): { items: readonly Json[]; more: boolean } => {
  const marker = query.get("marker");
  const start = marker ? views.findIndex((one) => one["id"] === marker) + 1 : 0;
  if (marker && start === 0) throw badRequest(`Invalid input for operation: 'marker' ${marker} was not found.`);
  const limit = Number(query.get("limit") ?? 0);
  if (!(limit > 0)) return { items: views.slice(start), more: false };
  const items = views.slice(start, start + limit);
  return { items, more: items.length === limit }; // as Neutron: a full page links on, even to an empty one
};

const only = (item: Json, fields: readonly string[]): Json =>
  Object.fromEntries(Object.entries(item).filter(([key]) => fields.includes(key)));
