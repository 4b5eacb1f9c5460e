import type { Thing, ThingKind } from "@slipway/openstack";
import { grouped } from "../grouped.ts";
import { type ClaimContext, claimOf, isMachine, type LedgerEntry, madeFor } from "./claims.ts";

/** Something in the cloud that belongs to a cluster which is no more. */
export interface Orphan {
  readonly kind: ThingKind;
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** Undefined where the service does not tell. */
  readonly createdAt: Date | undefined;
  readonly status: string;
  /** Whose it was. */
  readonly cluster: { readonly name: string; readonly uuid: string; readonly title: string };
  /** By what it is known. */
  readonly why: string;
  readonly thing: Thing;
}

export interface OrphanInput {
  /** Everything in the cloud. Read before `living`: what a cluster made by then belongs to one that is in `living`. */
  readonly things: readonly Thing[];
  readonly ledger: readonly LedgerEntry[];
  /** Names of the clusters of which any record or object is left. */
  readonly living: ReadonlySet<string>;
}

/** In the order in which they can be deleted. Pure. */
export const findOrphans = ({ things, ledger, living }: OrphanInput): readonly Orphan[] => {
  const dead = ledger.filter(({ name, uuid }) => !living.has(name) && !living.has(uuid));
  // Two of one name (a name that was drawn again after years): whoever lives claims everything.
  const byProject = grouped(things, ({ projectId }) => projectId);
  return dead
    .flatMap((cluster) => ofCluster(cluster, byProject.get(cluster.projectId) ?? []))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
};

const ofCluster = (cluster: LedgerEntry, things: readonly Thing[]): readonly Orphan[] => {
  const context = contextOf(cluster, things);
  return things.flatMap((thing) => {
    const why = claimOf(thing, cluster, context);
    if (why === undefined) return [];
    const { kind, id, name, projectId, createdAt, status } = thing;
    const whose = { name: cluster.name, uuid: cluster.uuid, title: cluster.title };
    return [{ kind, id, name, projectId, createdAt, status, cluster: whose, why, thing }];
  });
};

const contextOf = (cluster: LedgerEntry, things: readonly Thing[]): ClaimContext => {
  const made = madeFor(cluster.name);
  const ports = things.filter(({ kind, deviceId }) => kind === "port" && deviceId !== "");
  const ownServers = new Set(ports.filter(({ description }) => description === made).map(({ deviceId }) => deviceId));
  const servers = things.filter(({ kind }) => kind === "server");
  return {
    networks: new Set(
      things
        .filter(({ kind, name }) => kind === "network" && name === `k8s-clusterapi-cluster-${cluster.namespace}-${cluster.name}`)
        .map(({ id }) => id),
    ),
    ownServers,
    serversWithPorts: new Set(ports.map(({ deviceId }) => deviceId)),
    foreignServers: new Set(
      servers.filter(({ name, id }) => !isMachine(name, cluster.name) && !ownServers.has(id)).map(({ id }) => id),
    ),
  };
};

/** What others hang on comes last. */
export const order: readonly ThingKind[] = [
  "loadbalancer",
  "floatingip",
  "server",
  "trunk",
  "port",
  "volume",
  "router",
  "subnet",
  "network",
  "securitygroup",
  "servergroup",
  "applicationcredential",
];
