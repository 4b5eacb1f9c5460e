import {
  CLUSTER_UUID_LABEL,
  type Client,
  Cluster,
  ConfigMap,
  isNotFound,
  type KubeObject,
  LEDGER_LABEL,
  labels,
  Machine,
  MagnumCluster,
  OpenStackCluster,
  OpenStackServer,
  type Resource,
  type Stored,
} from "@slipway/api";
import { type Everywhere, isCloudError, type Thing, type ThingKind } from "@slipway/openstack";
import type { LedgerEntry } from "./claims.ts";
import { findOrphans, type Orphan, order } from "./find.ts";

export interface AuditOptions {
  readonly client: Pick<Client, "get" | "list">;
  /** As an administrator sees the cloud. */
  readonly cloud: Everywhere;
}

export interface Audit {
  readonly orphans: readonly Orphan[];
  /** Clusters of ours whose Magnum record is gone, though their objects are there: whoever deletes the Cluster frees the rest. */
  readonly clusters: readonly { readonly namespace: string; readonly name: string; readonly uuid: string }[];
  /** Magnum clusters whose project is gone: they cannot get a token, and so cannot clean up after themselves. */
  readonly abandoned: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly projectId: string;
    readonly title: string;
  }[];
  /** What could not be looked at: a list without it may be too short, never too long. */
  readonly problems: readonly string[];
}

/** Credentials are listed apart: Keystone has no list of everybody's. */
const kinds = order.filter((kind) => kind !== "applicationcredential");

/** Looks through the whole cloud for what belongs to clusters that are no more. Changes nothing. */
export const auditOrphans = async ({ client, cloud }: AuditOptions): Promise<Audit> => {
  const problems: string[] = [];
  const ledger = await readLedger(client);
  // The cloud first, then who lives: what is made in between belongs to somebody who is in the second list.
  const things = await listThings(cloud, problems);
  const credentials = await listCredentials(client, cloud, ledger, problems);
  const living = await readLiving(client);
  const [records, clusters] = await Promise.all([client.list(MagnumCluster), client.list(Cluster)]);
  const known = new Set(records.items.map(({ metadata }) => metadata.name));
  const ours = new Map(ledger.map((entry) => [entry.name, entry]));
  return {
    orphans: findOrphans({ things: [...things, ...credentials], ledger, living }),
    clusters: clusters.items
      .filter(({ metadata }) => !known.has(metadata.name) && metadata.labels?.[CLUSTER_UUID_LABEL] !== undefined)
      .map(({ metadata }) => ({
        namespace: metadata.namespace ?? "",
        name: metadata.name,
        uuid: ours.get(metadata.name)?.uuid ?? metadata.labels?.[CLUSTER_UUID_LABEL] ?? "",
      })),
    abandoned: await listAbandoned(cloud, records.items, problems),
    problems,
  };
};

const listAbandoned = async (
  cloud: Everywhere,
  records: readonly Stored<MagnumCluster>[],
  problems: string[],
): Promise<Audit["abandoned"]> => {
  const projects = [...new Set(records.map(({ spec }) => spec.projectId))];
  const gone = new Set<string>();
  for (const id of projects) {
    try {
      if (!(await cloud.projectExists(id))) gone.add(id);
    } catch (error) {
      if (!isCloudError(error)) throw error;
      problems.push(`project ${id} could not be looked up: ${error.message}`);
    }
  }
  return records
    .filter(({ spec }) => gone.has(spec.projectId))
    .map(({ metadata, spec }) => ({ name: metadata.name, uuid: metadata.uid, projectId: spec.projectId, title: spec.name }));
};

/** Neutron cannot look at ports without knowing the servers, so a server list that failed spoils what rests on it. */
const listThings = async (cloud: Everywhere, problems: string[]): Promise<readonly Thing[]> => {
  const lists = new Map(
    await Promise.all(
      kinds.map(async (kind) => {
        try {
          return [kind, await cloud.list(kind)] as const;
        } catch (error) {
          if (!isCloudError(error)) throw error;
          // A cloud without trunks has none.
          if (error.kind !== "notFound" && error.kind !== "unsupported")
            problems.push(`${kind}s could not be listed: ${error.message}`);
          return [kind, undefined] as const;
        }
      }),
    ),
  );
  // Without the ports nobody can say whose a server is, and without the servers not whose a server group is.
  const blind = new Set<ThingKind>([
    ...(lists.get("port") === undefined ? (["server", "servergroup"] as const) : []),
    ...(lists.get("server") === undefined ? (["servergroup"] as const) : []),
  ]);
  return [...lists].flatMap(([kind, found]) => (blind.has(kind) ? [] : (found ?? [])));
};

/** Application credentials belong to users, and nobody can list all: only those of clusters that are no more are asked for. */
const listCredentials = async (
  client: Pick<Client, "list">,
  cloud: Everywhere,
  ledger: readonly LedgerEntry[],
  problems: string[],
): Promise<readonly Thing[]> => {
  const living = await readLiving(client);
  const dead = ledger.filter(({ name }) => !living.has(name));
  const found: Thing[] = [];
  for (const { userId, uuid } of dead) {
    try {
      found.push(...(await cloud.listApplicationCredentials(userId, uuid)));
    } catch (error) {
      if (!isCloudError(error)) throw error;
      // The user is gone, and the user's credentials with them.
      if (error.kind !== "notFound") problems.push(`application credentials could not be listed: ${error.message}`);
    }
  }
  return found;
};

const readLedger = async (client: Pick<Client, "list">): Promise<readonly LedgerEntry[]> => {
  const { items } = await client.list(ConfigMap, { labelSelector: `${LEDGER_LABEL}=cluster` });
  return items.flatMap(({ metadata, data }) => {
    const { name, uuid, projectId, userId, title } = (data ?? {}) as { readonly [key: string]: string | undefined };
    if (name === undefined || uuid === undefined || projectId === undefined) return [];
    return [{ name, uuid, projectId, userId: userId ?? "", title: title ?? "", namespace: metadata.namespace ?? "" }];
  });
};

/** Names, and uuids of records: of whatever any object is left, even if it is on its way out. */
const readLiving = async (client: Pick<Client, "list">): Promise<ReadonlySet<string>> => {
  const listed = async (resource: Resource): Promise<readonly Stored<KubeObject>[]> =>
    client.list(resource).then(
      ({ items }) => items,
      (error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      },
    );
  const [records, ...others] = await Promise.all(
    ([MagnumCluster, Cluster, OpenStackCluster, Machine, OpenStackServer] as readonly Resource[]).map(listed),
  );
  return new Set([
    ...(records ?? []).flatMap(({ metadata }) => [metadata.name, metadata.uid]),
    ...others.flat().flatMap(({ metadata }) => [metadata.name, metadata.labels?.[labels.clusterName] ?? metadata.name]),
  ]);
};

export interface Removal {
  readonly id: string;
  readonly kind: ThingKind | undefined;
  readonly name: string;
  readonly result: "deleted" | "gone" | "refused" | "not an orphan";
  readonly message: string;
}

/**
 * Deletes orphans by their ids, one after the other, in the order in which they hang on each other. Each is looked for again right
 * before: what has become somebody's since, or never was an orphan, is left alone.
 */
export const removeOrphans = async (ids: readonly string[], options: AuditOptions): Promise<readonly Removal[]> => {
  const { orphans } = await auditOrphans(options);
  const wanted = new Set(ids);
  const unknown = ids
    .filter((id) => !orphans.some((orphan) => orphan.id === id))
    .map((id) => ({
      id,
      kind: undefined,
      name: "",
      result: "not an orphan" as const,
      message: "It is not there, or it belongs to a living cluster, or it was never a cluster's: it is left alone.",
    }));
  const removals: Removal[] = [];
  for (const { id, kind, name, cluster, thing } of orphans.filter((orphan) => wanted.has(orphan.id))) {
    const living = await readLiving(options.client);
    if (living.has(cluster.name) || living.has(cluster.uuid)) {
      removals.push({ id, kind, name, result: "not an orphan", message: `Cluster ${cluster.name} lives: it is left alone.` });
      continue;
    }
    try {
      const there = await options.cloud.delete(thing);
      removals.push({ id, kind, name, result: there ? "deleted" : "gone", message: there ? "" : "It was gone already." });
    } catch (error) {
      if (!isCloudError(error)) throw error;
      removals.push({ id, kind, name, result: "refused", message: error.message });
    }
  }
  return [...removals, ...unknown];
};
