import type { Client } from "@slipway/api";
import { type Audit, auditOrphans, type Removal, removeOrphans } from "@slipway/doctor";
import type { Everywhere } from "@slipway/openstack";
import type { Clock, Logger } from "@slipway/runtime";
import { MagnumError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";

/** What is left of clusters that are no more. */
export interface Orphanage {
  /** Looks through the whole cloud; what was found a moment ago is told again. */
  look(): Promise<Look>;
  /** What was found counts no more: the next look is a new one. */
  forget(): void;
  /** Called after something was deleted. */
  subscribe(listener: () => void): () => void;
  /** Looks again, and deletes what still is an orphan. */
  remove(id: string, who: string): Promise<Removal | undefined>;
}

export interface Look {
  readonly audit: Audit;
  readonly at: Date;
}

/** @throws MagnumError 501 */
export const orphanageOf = ({ world }: Exchange): Orphanage => {
  if (world.orphans === undefined)
    throw new MagnumError(501, "This service has no administrator's account of the cloud: use `slipway orphans`.");
  return world.orphans;
};

/** A look costs a dozen lists of the whole cloud. */
const FRESH_SECONDS = 20;

export const createOrphanage = (options: {
  readonly client: Client;
  readonly cloud: Everywhere;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}): Orphanage => {
  const { clock, log } = options;
  let last: { readonly until: number; readonly look: Promise<Look> } | undefined;
  const listeners = new Set<() => void>();
  // Deletions one after the other: each begins with a look of its own.
  let deleting: Promise<unknown> = Promise.resolve();
  return {
    look: () => {
      const at = clock.now();
      if (last !== undefined && last.until > at.getTime()) return last.look;
      const look = auditOrphans(options).then((audit) => ({ audit, at }));
      const mine = { until: at.getTime() + FRESH_SECONDS * 1000, look };
      last = mine;
      look.catch(() => {
        if (last === mine) last = undefined;
      });
      return look;
    },
    forget: () => {
      last = undefined;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    remove: (id, who) => {
      const work = deleting.then(async () => {
        const [removal] = await removeOrphans([id], options);
        last = undefined;
        for (const listener of listeners) listener();
        log.info("an orphan was asked to be deleted", { id, who, kind: removal?.kind, result: removal?.result });
        return removal;
      });
      deleting = work.catch(() => undefined);
      return work;
    },
  };
};
