import type { Client } from "@slipway/api";
import { type Audit, auditOrphans, type Removal, removeOrphans } from "@slipway/doctor";
import type { Everywhere } from "@slipway/openstack";
import type { Clock, Logger } from "@slipway/runtime";

/** What is left of clusters that are no more. */
export interface Orphanage {
  /** Looks through the whole cloud; what was found a moment ago is told again. */
  audit(): Promise<Audit>;
  /** Looks again, and deletes what still is an orphan. */
  remove(id: string, who: string): Promise<Removal | undefined>;
}

/** A look costs a dozen lists of the whole cloud. */
const FRESH_SECONDS = 20;

export const createOrphanage = (options: {
  readonly client: Client;
  readonly cloud: Everywhere;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}): Orphanage => {
  const { clock, log } = options;
  let last: { readonly until: number; readonly audit: Promise<Audit> } | undefined;
  // Deletions one after the other: each begins with a look of its own.
  let deleting: Promise<unknown> = Promise.resolve();
  return {
    audit: () => {
      const now = clock.now().getTime();
      if (last !== undefined && last.until > now) return last.audit;
      const audit = auditOrphans(options);
      const mine = { until: now + FRESH_SECONDS * 1000, audit };
      last = mine;
      audit.catch(() => {
        if (last === mine) last = undefined;
      });
      return audit;
    },
    remove: (id, who) => {
      const work = deleting.then(async () => {
        const [removal] = await removeOrphans([id], options);
        last = undefined;
        log.info("an orphan was asked to be deleted", { id, who, kind: removal?.kind, result: removal?.result });
        return removal;
      });
      deleting = work.catch(() => undefined);
      return work;
    },
  };
};
