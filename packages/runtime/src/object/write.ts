import { type Client, isConflict, isNotFound, type KubeObject, type Resource, refOf, type Stored } from "@slipway/api";
import type { Clock } from "../controller/controller.ts";
import { mergePatch, sameJson } from "./diff.ts";

/** The types of conditions that the writer alone decides; of all others a concurrent change stands. */
export interface OwnedConditions {
  readonly v1beta1?: readonly string[];
  readonly v1beta2?: readonly string[];
}

export interface WriteChanges<T extends KubeObject> {
  readonly client: Client;
  readonly clock: Clock;
  readonly resource: Resource<T>;
  readonly before: Stored<T>;
  /** What it should be; written as far as it differs from `before`. */
  readonly after: T;
  readonly owned?: OwnedConditions;
}

type Anything = { readonly [field: string]: unknown };
type Conditioned = { readonly type: string };

/**
 * At most two writes, none when nothing changed: everything but the status, then the status. Lists of conditions have several
 * writers, so a patch that holds one names the revision it was made from; on a conflict it is made again from the newest object,
 * condition by condition. Answers the newest object.
 */
export const writeChanges = async <T extends KubeObject>(options: WriteChanges<T>): Promise<Stored<T>> =>
  writeStatus({ ...options, from: await writeBody(options) });

/** Everything but the status; the same object when nothing differs. */
export const writeBody = async <T extends KubeObject>({
  client,
  resource,
  before,
  after,
}: WriteChanges<T>): Promise<Stored<T>> => {
  const { status: _old, ...bodyBefore } = before as unknown as Anything;
  const { status: _new, ...bodyAfter } = after as unknown as Anything;
  const patch = mergePatch(bodyBefore, bodyAfter);
  return patch ? client.patch(resource, refOf(before), { type: "merge", body: patch }) : before;
};

const conflictRetries = 5;

/** The status as far as it differs from `before`'s; `from` is the newest object that we know. */
export const writeStatus = async <T extends KubeObject>(
  options: WriteChanges<T> & { readonly from: Stored<T> },
): Promise<Stored<T>> => {
  const { client, resource, before, after, owned = {}, from } = options;
  const wanted = statusOf(after);
  let latest = from;
  for (let attempt = 0; ; attempt += 1) {
    const patch = mergePatch(statusOf(before), wanted);
    if (!patch) return latest;
    const current = statusOf(latest);
    const status = mergeConditions(patch, statusOf(before), current, wanted, owned);
    const lists = hasConditions(status);
    const body = lists ? { metadata: { resourceVersion: latest.metadata.resourceVersion }, status } : { status };
    try {
      return await client.patch(resource, refOf(before), { type: "merge", body }, { subresource: "status" });
    } catch (error) {
      // The object went while we looked at it: there is nobody left to tell.
      if (isNotFound(error) && before.metadata.deletionTimestamp !== undefined) return latest;
      if (!isConflict(error) || attempt >= conflictRetries) throw error;
      latest = await client.get(resource, refOf(before));
      if (latest.metadata.uid !== before.metadata.uid) throw error;
    }
  }
};

const statusOf = (object: KubeObject): Anything => ((object as unknown as Anything)["status"] ?? {}) as Anything;

const hasConditions = (status: Anything): boolean =>
  Array.isArray(status["conditions"]) || Array.isArray((status["v1beta2"] as Anything | null | undefined)?.["conditions"]);

/** Replaces the lists in a status patch by ones that keep what others wrote meanwhile. */
const mergeConditions = (
  patch: Anything,
  before: Anything,
  current: Anything,
  wanted: Anything,
  owned: OwnedConditions,
): Anything => {
  if (before === current || !hasConditions(patch)) return patch;
  const list = (status: Anything): readonly Conditioned[] => (status["conditions"] ?? []) as readonly Conditioned[];
  const v1beta2 = (status: Anything): Anything => (status["v1beta2"] ?? {}) as Anything;
  const merged: { [field: string]: unknown } = { ...patch };
  if (Array.isArray(patch["conditions"])) {
    merged["conditions"] = mergeList(list(before), list(current), list(wanted), owned.v1beta1);
  }
  const inner = patch["v1beta2"] as Anything | undefined;
  if (inner && Array.isArray(inner["conditions"])) {
    const conditions = mergeList(list(v1beta2(before)), list(v1beta2(current)), list(v1beta2(wanted)), owned.v1beta2);
    merged["v1beta2"] = { ...inner, conditions };
  }
  return merged;
};

/** Three ways, per type: ours where we own it or nobody else touched it, else theirs, and the next pass looks again. */
const mergeList = (
  before: readonly Conditioned[],
  current: readonly Conditioned[],
  wanted: readonly Conditioned[],
  owned: readonly string[] = [],
): readonly Conditioned[] => {
  const of = (list: readonly Conditioned[], type: string) => list.find((condition) => condition.type === type);
  const types = new Set([...wanted, ...current].map(({ type }) => type));
  return [...types].flatMap((type) => {
    const ours = owned.includes(type) || sameJson(of(before, type), of(current, type));
    const chosen = of(ours ? wanted : current, type);
    return chosen ? [chosen] : [];
  });
};
