import type { Client, MagnumCluster, Stored } from "@slipway/api";
import type { Diagnosis } from "@slipway/doctor";
import type { Clock, Logger } from "@slipway/runtime";
import type { ValidToken } from "../cloud/keystone.ts";
import type { TenantCloud } from "../cloud/tenant.ts";
import type { MagnumSettings } from "../settings.ts";
import type { AlertSource } from "./live/alerts.ts";
import type { SharedLists } from "./live/lists/index.ts";
import type { LiveView } from "./live/watch.ts";
import type { Minor } from "./microversion.ts";
import type { Orphanage } from "./orphans/orphanage.ts";
import type { KnownNames } from "./records.ts";

/** One authenticated request on its way through: who asks, at which version, for what. */
export interface Exchange {
  readonly caller: ValidToken;
  readonly admin: boolean;
  readonly minor: Minor;
  /** Where links begin: scheme, host and mount prefix, without a trailing slash. */
  readonly base: string;
  /** What the route's `:names` matched, decoded. */
  readonly params: { readonly [name: string]: string };
  readonly query: { readonly [name: string]: string };
  /** The body as JSON. @throws MagnumError 400 when it is none */
  readonly json: () => Promise<unknown>;
  /** The cloud with the caller's token. */
  readonly cloud: TenantCloud;
  readonly world: World;
  /** Whether the caller's token is still good: for answers that last. */
  readonly stillValid: () => Promise<boolean>;
}

/** What every handler may use. */
export interface World {
  readonly client: Client;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
  readonly settings: MagnumSettings;
  readonly startedAt: Date;
  /** Chance is an argument: names and ids come from here. */
  readonly random: Random;
  readonly known: KnownNames;
  /** Runs one at a time what is about the same key. */
  readonly inTurn: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  /** What is left of clusters that are no more; undefined: there is no account that could look. */
  readonly orphans: Orphanage | undefined;
  /** Why a cluster is as it is. */
  readonly examine: (cluster: Stored<MagnumCluster>) => Promise<Diagnosis>;
  /** Clusters as the driver's caches have them; absent where there are none. */
  readonly live: LiveView | undefined;
  /** What fires in the fleet; absent where nobody looks. */
  readonly alerts: AlertSource | undefined;
  /** What administrators watch of every project; absent where there are no caches. */
  readonly lists: SharedLists | undefined;
  /** Takes an application credential away with the service's own account; absent where there is none. */
  readonly revoke: ((credential: { readonly userId: string; readonly id: string }) => Promise<void>) | undefined;
  readonly timers: Pick<Clock, "setTimeout">;
}

export interface Random {
  uuid(): string;
  /** 0 ≤ n < below */
  below(limit: number): number;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** In place of a body: bytes as they come. */
  readonly stream?: ReadableStream<Uint8Array>;
  readonly headers?: { readonly [name: string]: string };
}

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v1`, without slashes at its ends: `clusters/:cluster/actions/resize`. */
  readonly path: string;
  /** The first microversion that has it; what the 406 calls it. */
  readonly since?: { readonly minor: Minor; readonly name: string };
  /** Query parameters it takes; any other is a 400. */
  readonly query?: readonly string[];
  readonly handle: (exchange: Exchange) => Promise<Answer>;
}
