import type { Resource, UnstructuredObject } from "@slipway/api";
import type { Admission } from "../admission/admission.ts";
import type { QueueMetrics } from "../gc/queuemetrics.ts";
import type { Clock } from "../storage/clock.ts";
import type { Storage } from "../storage/storage.ts";
import { notServed } from "./errors.ts";
import type { Indexes } from "./indexes.ts";
import type { StoredObject } from "./object.ts";
import type { Catalog, RequestContext } from "./registry.ts";
import type { ServedResource } from "./served.ts";
import type { Ticker } from "./ticker.ts";
import type { Versions } from "./versions.ts";

/** What every part of the registry stands on. */
export interface Core {
  readonly storage: Storage<StoredObject>;
  readonly catalog: Catalog;
  readonly versions: Versions;
  /** Absent: every list looks at everything. */
  readonly indexes?: Indexes;
  /** Webhooks and policies. */
  readonly admission: Admission;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What the rules of our kinds ask about; absent ones stand as in `featureGateDefaults`. */
  readonly featureGates?: { readonly [gate: string]: boolean };
  /** Reminds watches of their bookmarks. */
  readonly minutes: Ticker;
  /** Told of what the queues of the registry's own work do. */
  readonly queueMetrics?: QueueMetrics | undefined;
  /** Told of what the registry's own work (collection, namespaces, CRDs) failed at and will try again. */
  readonly onError: (error: unknown, about: string) => void;
}

/** Chance is an argument: tests hand in a seeded one. */
export interface Chance {
  uuid(): string;
  /** In [0, 1). */
  number(): number;
}

export const systemChance: Chance = { uuid: () => crypto.randomUUID(), number: () => Math.random() };

/** @throws ApiError NotFound when nothing of that name is served */
export const servedAs = (core: Core, resource: Resource, context: RequestContext): ServedResource => {
  const served = core.catalog.find(resource.group, resource.version, resource.plural);
  if (served === undefined) throw notServed();
  if (served.warning !== undefined) context.warn(served.warning);
  return served;
};

/** The registry's own writes: collection, namespaces, CRD conditions. */
export const systemContext: RequestContext = {
  user: { name: "system:apiserver", groups: ["system:masters"] },
  warn: () => undefined,
};

/** In memory an object carries its revision, on disk it does not. */
export const stampObject = (object: StoredObject, revision: number): StoredObject => {
  const plain: UnstructuredObject = object;
  return { ...plain, metadata: { ...object.metadata, resourceVersion: String(revision) } };
};
