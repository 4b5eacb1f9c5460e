import type { Client, MagnumCluster, Stored } from "@slipway/api";
import { type Diagnosis, examine } from "@slipway/doctor";
import { CloudError, type ConnectCloud } from "@slipway/openstack";
import type { Clock } from "@slipway/runtime";

export interface ExaminerOptions {
  readonly client: Client;
  readonly clock: Pick<Clock, "now" | "setTimeout">;
  readonly connect: ConnectCloud | undefined;
}

/** Consoles refresh every few seconds, several people look at one cluster: the cloud is asked once for all of them. */
const FRESH_SECONDS = 5;
/** A service that does not answer within this time is told of as such. */
const PATIENCE_SECONDS = 15;
const MOST_KEPT = 500;
/** Examinations under way at once: each is a dozen calls to a cloud. */
const MOST_AT_ONCE = 16;

/** Diagnoses for the HTTP API. What was found a moment ago is told again; there are never more than a few examinations at once. */
export const createExaminer = ({ client, clock, connect }: ExaminerOptions) => {
  const kept = new Map<string, { readonly until: number; readonly diagnosis: Promise<Diagnosis> }>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    let timer: { cancel(): void } | undefined;
    const over = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(
        () => reject(new CloudError("unavailable", `The service did not answer within ${PATIENCE_SECONDS} seconds.`)),
        PATIENCE_SECONDS * 1000,
      );
    });
    return Promise.race([work, over]).finally(() => timer?.cancel());
  };

  const look = async (cluster: Stored<MagnumCluster>): Promise<Diagnosis> => {
    if (running >= MOST_AT_ONCE) await new Promise<void>((go) => waiting.push(go));
    running += 1;
    try {
      const { namespace, name } = cluster.metadata;
      const ref = { ...(namespace === undefined ? {} : { namespace }), name };
      return await examine(ref, cluster, { client, connect, now: () => clock.now(), within: inTime });
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };

  return (cluster: Stored<MagnumCluster>): Promise<Diagnosis> => {
    const now = clock.now().getTime();
    const key = cluster.metadata.uid;
    const known = kept.get(key);
    if (known !== undefined && known.until > now) return known.diagnosis;
    kept.delete(key);
    const diagnosis = look(cluster);
    diagnosis.catch(() => kept.delete(key));
    kept.set(key, { until: now + FRESH_SECONDS * 1000, diagnosis });
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return diagnosis;
  };
};
