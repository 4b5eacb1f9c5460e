import type { ListOptions, ObjectList, ObjectRef, Resource, UnstructuredObject } from "@slipway/api";
import { ApiError, apiVersionOf, jsonText } from "@slipway/api";
import { isStorageError } from "../storage/storage.ts";
import { decodeContinue, encodeContinue } from "./continue.ts";
import { type Core, servedAs } from "./core.ts";
import {
  badRequest,
  expired,
  forbiddenValue,
  invalidOptions,
  invalidValue,
  notFound,
  tooLargeVersion,
  unsupportedValue,
} from "./errors.ts";
import type { Pin } from "./indexes.ts";
import { objectKey, resourcePrefix } from "./keys.ts";
import type { StoredObject } from "./object.ts";
import type { RegistryGetOptions, RequestContext } from "./registry.ts";
import { scaleOf } from "./scale.ts";
import { type Selection, selectionOf } from "./selection.ts";
import type { ServedResource } from "./served.ts";

const futureSeconds = 3;

export const get = async (
  core: Core,
  resource: Resource,
  ref: ObjectRef,
  options: RegistryGetOptions,
  context: RequestContext,
): Promise<StoredObject> => {
  const served = servedAs(core, resource, context);
  const revision = parseRevision(options.resourceVersion);
  if (revision !== undefined && revision > core.storage.revision()) await reach(core, revision, options.signal);
  const { subresource } = options;
  if (subresource !== undefined && !hasSubresource(served, subresource)) throw notFound(resource, ref.name);
  const item = core.storage.get(objectKey(served.storage, ref.namespace, ref.name));
  if (item === undefined) throw notFound(resource, ref.name);
  await core.versions.prepare(served, [item.value]);
  const object = core.versions.view(served, item.value);
  return subresource === "scale" ? scaleOf(served, object) : object;
};

export const hasSubresource = (served: ServedResource, name: string): boolean =>
  (name === "status" && served.hasStatus) ||
  (name === "scale" && served.scale !== undefined) ||
  (name === "finalize" && served.group === "" && served.plural === "namespaces") ||
  served.subresources?.[name] !== undefined;

export const list = async (
  core: Core,
  resource: Resource,
  options: ListOptions,
  context: RequestContext,
): Promise<ObjectList<UnstructuredObject>> => {
  const served = servedAs(core, resource, context);
  const wanted = parseRevision(options.resourceVersion);
  checkListOptions(options, wanted);
  const selection = selectionOf(served, options);
  const prefix = resourcePrefix(served.storage, selection.namespace);
  const resumed = options.continue === undefined || options.continue === "" ? undefined : decodeContinue(options.continue);
  if (resumed !== undefined && wanted !== undefined && wanted !== 0) {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  if (wanted !== undefined && wanted > core.storage.revision()) await reach(core, wanted, options.signal);

  // `resourceVersion=0` asks for any state, in one piece: Go reflectors build a partial cache from pages otherwise.
  const limit = wanted === 0 && resumed === undefined ? 0 : (options.limit ?? 0);
  const exact =
    options.resourceVersionMatch === "Exact" ||
    (options.resourceVersionMatch === undefined && wanted !== undefined && wanted > 0 && limit > 0);
  const at = resumed === undefined ? (exact ? wanted : undefined) : resumed.revision < 0 ? undefined : resumed.revision;

  if (selection.pin !== undefined && limit === 0 && resumed === undefined && at === undefined) {
    const found = await listIndexed(core, served, selection, selection.pin);
    if (found !== undefined) return found;
  }
  const items: StoredObject[] = [];
  let startAfter = resumed === undefined ? undefined : resourcePrefix(served.storage) + resumed.start;
  let revision: number | undefined = at;
  let more = false;
  let remaining: number | undefined;
  // Items are filtered before they are counted: a page of a selector still holds up to `limit` objects.
  do {
    const page = readPage(core, prefix, {
      startAfter,
      at: revision,
      limit: limit === 0 ? undefined : limit - items.length,
      // A token older than history is answered with one that goes on inconsistently.
      ...(resumed === undefined ? {} : { goesOn: encodeContinue({ revision: -1, start: resumed.start }) }),
    });
    revision = page.revision;
    more = page.more;
    startAfter = page.items[page.items.length - 1]?.key;
    const conversion = core.versions.prepare(
      served,
      page.items.map(({ value }) => value),
    );
    if (conversion !== undefined) await conversion;
    for (const item of page.items) {
      const object = core.versions.view(served, item.value);
      if (selection.matches === undefined || selection.matches(object)) items.push(object);
    }
  } while (more && items.length < limit);
  if (more && selection.matches === undefined) remaining = countAfter(core, prefix, startAfter ?? "", revision);

  return {
    apiVersion: apiVersionOf(served),
    kind: served.listKind,
    metadata: {
      resourceVersion: String(revision),
      ...(more
        ? { continue: encodeContinue({ revision, start: (startAfter ?? "").slice(resourcePrefix(served.storage).length) }) }
        : {}),
      ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
    },
    items,
  };
};

/** Undefined: no index can say it now. */
const listIndexed = async (
  core: Core,
  served: ServedResource,
  selection: Selection,
  pin: Pin,
): Promise<ObjectList<UnstructuredObject> | undefined> => {
  const keys = await core.indexes?.keys(resourcePrefix(served.storage), pin);
  if (keys === undefined) return undefined;
  // Nothing is waited for from here on: keys and objects are of one revision.
  const within = resourcePrefix(served.storage, selection.namespace);
  const items: StoredObject[] = [];
  for (const key of keys) {
    const item = key.startsWith(within) ? core.storage.get(key) : undefined;
    const object = item === undefined ? undefined : core.versions.view(served, item.value);
    if (object !== undefined && selection.matches?.(object) !== false) items.push(object);
  }
  return {
    apiVersion: apiVersionOf(served),
    kind: served.listKind,
    metadata: { resourceVersion: String(core.storage.revision()) },
    items,
  };
};

const readPage = (
  core: Core,
  prefix: string,
  options: { startAfter: string | undefined; at: number | undefined; limit: number | undefined; goesOn?: string },
) => {
  try {
    return core.storage.list(prefix, {
      ...(options.startAfter === undefined ? {} : { startAfter: options.startAfter }),
      ...(options.at === undefined ? {} : { at: options.at }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    });
  } catch (error) {
    if (!isStorageError(error, "compacted")) throw error;
    if (options.goesOn === undefined) throw expired("The resourceVersion for the provided list is too old.");
    throw new ApiError("Expired", continueTooOld, { continueToken: options.goesOn });
  }
};

const continueTooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue " +
  "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided " +
  "token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was " +
  "returned and now may show up in the list.";

const countAfter = (core: Core, prefix: string, after: string, at: number): number =>
  core.storage.list(prefix, { startAfter: after, at }).items.length;

/** @throws ApiError BadRequest */
export const parseRevision = (text: string | undefined): number | undefined => {
  if (text === undefined || text === "") return undefined;
  if (!/^\d+$/.test(text)) {
    throw badRequest(`invalid resource version: strconv.ParseUint: parsing ${jsonText(text)}: invalid syntax`);
  }
  return Number(text);
};

/** Waits a moment for a revision that is not there yet. @throws ApiError Timeout */
export const reach = async (core: Core, revision: number, signal?: AbortSignal): Promise<void> => {
  const stop = new AbortController();
  const timer = core.clock.setTimeout(() => stop.abort(tooLargeVersion(revision, core.storage.revision())), futureSeconds * 1000);
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await core.storage.reached(revision, stop.signal);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", abort);
  }
};

const checkListOptions = (options: ListOptions, wanted: number | undefined): void => {
  const match: string | undefined = options.resourceVersionMatch;
  if (match === undefined || match === "") return;
  const field = "resourceVersionMatch";
  if (options.continue !== undefined && options.continue !== "") {
    throw invalidOptions("ListOptions", [forbiddenValue(field, `${field} is forbidden when continue is provided`)]);
  }
  if (wanted === undefined) {
    throw invalidOptions("ListOptions", [forbiddenValue(field, `${field} is forbidden unless resourceVersion is provided`)]);
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    throw invalidOptions("ListOptions", [unsupportedValue(field, match, ["", "Exact", "NotOlderThan"])]);
  }
  if (match === "Exact" && wanted === 0) {
    throw invalidOptions("ListOptions", [
      forbiddenValue(field, `${field} "Exact" is forbidden for resourceVersion "0"`),
      invalidValue("resourceVersion", "0", "may not be 0 with resourceVersionMatch Exact"),
    ]);
  }
};
