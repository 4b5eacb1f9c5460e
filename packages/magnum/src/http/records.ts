import {
  type Client,
  isConflict,
  isNotFound,
  type KubeObject,
  MAGNUM_NAMESPACE,
  Namespace,
  PROJECT_LABEL,
  type Resource,
  type Stored,
} from "@slipway/api";
import { isUuid } from "../cloud/tenant.ts";
import { conflict } from "./errors.ts";

/** A record of the Magnum API: an object in `magnum-system` whose tenant's name is in its spec and whose uuid is its uid. */
export interface RecordObject extends KubeObject {
  readonly spec: { readonly name: string; readonly createdAt: string };
}

/** All of them, or those of one project, in the order they were made. */
export const listRecords = async <T extends KubeObject & { spec: { createdAt: string } }>(
  client: Client,
  kind: Resource<T>,
  projectId: string | undefined,
): Promise<readonly Stored<T>[]> => {
  const selector = projectId === undefined ? {} : { labelSelector: `${PROJECT_LABEL}=${projectId}` };
  return inOrder((await client.list(kind, { namespace: MAGNUM_NAMESPACE, ...selector })).items);
};

export const inOrder = <T extends KubeObject & { spec: { createdAt: string } }>(
  items: readonly Stored<T>[],
): readonly Stored<T>[] =>
  items.toSorted((a, b) =>
    a.spec.createdAt === b.spec.createdAt
      ? a.metadata.uid < b.metadata.uid
        ? -1
        : 1
      : a.spec.createdAt < b.spec.createdAt
        ? -1
        : 1,
  );

/** Names of records by their uuids: neither ever changes, so what was seen once is found again with one look. */
export interface KnownNames {
  find(uuid: string): string | undefined;
  learn(record: Stored<KubeObject>): void;
}

export const createKnownNames = (most = 100_000): KnownNames => {
  const names = new Map<string, string>();
  return {
    find: (uuid) => names.get(uuid),
    learn: ({ metadata }) => {
      if (names.size >= most) names.clear();
      names.set(metadata.uid, metadata.name);
    },
  };
};

/** Whoever owns it. Undefined when there is none of this uuid. */
export const findByUuid = async <T extends KubeObject & { spec: { createdAt: string } }>(
  client: Client,
  kind: Resource<T>,
  uuid: string,
  known: KnownNames,
): Promise<Stored<T> | undefined> => {
  const name = known.find(uuid);
  if (name !== undefined) {
    const record = await client.get(kind, { namespace: MAGNUM_NAMESPACE, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    // A record of the same name but another uuid took its place.
    return record?.metadata.uid === uuid ? record : undefined;
  }
  const all = await listRecords(client, kind, undefined);
  for (const record of all) known.learn(record);
  return all.find(({ metadata }) => metadata.uid === uuid);
};

/** By uuid when it looks like one, else by exact name. Undefined when nothing fits. @throws MagnumError 409 when several do */
export const pick = <T extends RecordObject>(
  records: readonly Stored<T>[],
  ident: string,
  several: string,
): Stored<T> | undefined => {
  if (isUuid(ident)) return records.find(({ metadata }) => metadata.uid === ident.toLowerCase());
  const named = records.filter(({ spec }) => spec.name === ident);
  if (named.length > 1) throw conflict(several);
  return named[0];
};

/** Creates, and makes the namespace first where it is missing. */
export const createRecord = async <T extends KubeObject>(client: Client, kind: Resource<T>, object: T): Promise<Stored<T>> => {
  try {
    return await client.create(kind, object, { fieldManager: "magnum" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client
      .create(
        Namespace,
        { apiVersion: "v1", kind: "Namespace", metadata: { name: MAGNUM_NAMESPACE } },
        { fieldManager: "magnum" },
      )
      .catch(() => undefined);
    return await client.create(kind, object, { fieldManager: "magnum" });
  }
};

const ATTEMPTS = 10;

/** Changes a record as it is now, not as it was read: another writer in between means looking again. */
export const changeRecord = async <T extends KubeObject>(
  client: Client,
  kind: Resource<T>,
  record: Stored<T>,
  change: (current: Stored<T>) => T,
): Promise<Stored<T>> => {
  let current = record;
  for (let attempt = 1; ; attempt++) {
    const wanted = change(current);
    if (wanted === current) return current;
    try {
      return await client.update(kind, wanted, { fieldManager: "magnum" });
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      const { namespace = MAGNUM_NAMESPACE, name } = record.metadata;
      current = await client.get(kind, { namespace, name });
    }
  }
};
