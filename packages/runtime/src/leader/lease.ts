import { type Client, isConflict, isNotFound, type KubeObject, type ObjectRef, type Resource, type Stored } from "@slipway/api";
import type { Clock, Logger } from "../controller/controller.ts";

interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}
const Lease: Resource<LeaseObject> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
};

export interface Election {
  readonly lease: ObjectRef;
  /** Unlike any other candidate's: host name and a random part. */
  readonly identity: string;
  /** client-go's 15 / 10 / 2. */
  readonly leaseSeconds?: number;
  readonly renewSeconds?: number;
  readonly retrySeconds?: number;
}

export interface LeadOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly election: Election;
  readonly signal: AbortSignal;
  /** We could not renew in time: another may be leading already. */
  readonly lost: (error: Error) => void;
}

/**
 * Resolves once we lead, renews until `signal` aborts, then gives the Lease back. Others' clocks are not trusted: a Lease counts as
 * expired when *we* have seen no renewal for its duration.
 */
export const lead = async (options: LeadOptions): Promise<void> => {
  const { client, clock, log, election, signal, lost } = options;
  const { lease: ref, identity, leaseSeconds = 15, renewSeconds = 10, retrySeconds = 2 } = election;
  let observed: { version: string; at: number } | undefined;

  const attempt = async (): Promise<Stored<LeaseObject> | undefined> => {
    const now = clock.now();
    const stamp = `${now.toISOString().slice(0, -1)}000Z`; // MicroTime
    const held = { holderIdentity: identity, leaseDurationSeconds: leaseSeconds, renewTime: stamp };
    try {
      const current = await client.get(Lease, ref);
      const { spec = {}, metadata } = current;
      if (observed?.version !== metadata.resourceVersion) observed = { version: metadata.resourceVersion, at: now.getTime() };
      const ours = spec.holderIdentity === identity;
      const free = (spec.holderIdentity ?? "") === "";
      const expired = now.getTime() - observed.at >= (spec.leaseDurationSeconds ?? leaseSeconds) * 1000;
      if (!ours && !free && !expired) return undefined;
      const taken = ours
        ? { acquireTime: spec.acquireTime, leaseTransitions: spec.leaseTransitions }
        : { acquireTime: stamp, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 };
      return await client.update(Lease, { ...current, spec: { ...held, ...taken } });
    } catch (error) {
      if (isConflict(error)) return undefined;
      if (!isNotFound(error)) throw error;
      return client.create(Lease, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: ref,
        spec: { ...held, acquireTime: stamp, leaseTransitions: 0 },
      });
    }
  };
  const tryOnce = () =>
    attempt().catch((error) => {
      log.warn("the leader election's lease cannot be read or written", { lease: ref, error });
      return undefined;
    });
  const pause = () => clock.sleep(retrySeconds * 1000, signal).catch(() => {});

  while (!signal.aborted && (await tryOnce()) === undefined) await pause();
  if (signal.aborted) return new Promise(() => {}); // we never led
  log.info("leading", { lease: ref, identity });
  void renew();

  async function renew(): Promise<void> {
    let renewedAt = clock.now().getTime();
    while (!signal.aborted) {
      await pause();
      if (signal.aborted) break;
      if ((await tryOnce()) !== undefined) renewedAt = clock.now().getTime();
      else if (clock.now().getTime() - renewedAt >= renewSeconds * 1000) {
        lost(new Error(`leader election lost: ${identity} could not renew the Lease for ${renewSeconds} s`));
        return;
      }
    }
    await release();
  }
  async function release(): Promise<void> {
    const current = await client.get(Lease, ref).catch(() => undefined);
    if (current?.spec?.holderIdentity !== identity) return;
    await client
      .update(Lease, { ...current, spec: { ...current.spec, holderIdentity: "", leaseDurationSeconds: 1 } })
      .catch(() => {});
  }
};
