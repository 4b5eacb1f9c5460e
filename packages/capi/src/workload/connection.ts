import { Node, type ObjectRef, type Stored } from "@slipway/api";
import { type Clock, createCaches, type Logger, learningClient, type Timer } from "@slipway/runtime";
import type { DialContext, DialedWorkload, DialWorkload, WorkloadCluster } from "./port.ts";

/** CORE-110, CORE-111 */
const probeEverySeconds = 10;
const probeTimeoutSeconds = 5;
const failuresUntilDown = 5;
const syncTimeoutSeconds = 300;

export type Probe = { readonly ok: true } | { readonly ok: false; readonly unauthorized: boolean; readonly error: unknown };

export interface ConnectOptions {
  readonly cluster: ObjectRef;
  readonly kubeconfig: string;
  readonly dial: DialWorkload;
  /** A Secret beside the Cluster, by name. */
  readonly secret: DialContext["secret"];
  readonly clock: Clock;
  readonly log: Logger;
  readonly probed: (probe: Probe) => void;
  readonly nodeChanged: (node: Stored<Node>) => void;
  /** Called once: too many probes failed or our certificate is not accepted any more. The connection is closed already. */
  readonly lost: (unauthorized: boolean) => void;
}

export interface Connection {
  readonly workload: WorkloadCluster;
  close(): void;
}

/** Dials, makes sure that somebody answers, and fills the Node cache; then keeps probing. @throws what the workload cluster answered */
export const connect = async (options: ConnectOptions): Promise<Connection> => {
  const { dial, kubeconfig, clock, log, probed, nodeChanged, lost } = options;
  const ended = new AbortController();
  const dialed = await dial(kubeconfig, { cluster: options.cluster, secret: options.secret });
  const close = () => {
    ended.abort(new Error("the connection to the workload cluster was closed"));
    dialed.close();
  };
  try {
    await withTimeout(clock, probeTimeoutSeconds, (signal) => dialed.probe(signal));
    const caches = createCaches({ client: dialed.client, clock, log, signal: ended.signal });
    caches.index({
      resource: Node,
      name: byProviderId,
      keys: (node: Stored<Node>) => (node.spec?.providerID ? [node.spec.providerID] : []),
    });
    await withTimeout(clock, syncTimeoutSeconds, () => caches.synced(Node));
    probed({ ok: true });
    caches.listen(Node, ({ object }) => nodeChanged(object as Stored<Node>));
    keepProbing(dialed, { clock, signal: ended.signal, probed, lost, close });
    return {
      close,
      workload: {
        client: learningClient(dialed.client, caches),
        etcd: dialed.etcd,
        ...(dialed.certificateExpiry ? { certificateExpiry: dialed.certificateExpiry } : {}),
        nodes: () => caches.list(Node),
        node: (name) => caches.find(Node, { name }),
        nodesByProviderId: (providerId) => caches.byIndex(Node, byProviderId, providerId),
      },
    };
  } catch (error) {
    close();
    throw error;
  }
};

const byProviderId = "spec.providerID";

interface Probing extends Pick<ConnectOptions, "clock" | "probed" | "lost"> {
  readonly signal: AbortSignal;
  readonly close: () => void;
}

const keepProbing = (dialed: DialedWorkload, { clock, signal, probed, lost, close }: Probing): void => {
  let failures = 0;
  let timer: Timer | undefined;
  signal.addEventListener("abort", () => timer?.cancel(), { once: true });
  const next = () => {
    timer = clock.setTimeout(() => void probe(), probeEverySeconds * 1000);
  };
  const probe = async (): Promise<void> => {
    try {
      await withTimeout(clock, probeTimeoutSeconds, (limit) => dialed.probe(limit));
      if (signal.aborted) return;
      failures = 0;
      probed({ ok: true });
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const unauthorized = isUnauthorized(error);
      probed({ ok: false, unauthorized, error });
      if (unauthorized || failures >= failuresUntilDown) {
        close();
        lost(unauthorized);
        return;
      }
    }
    next();
  };
  next();
};

export const isUnauthorized = (error: unknown): boolean => (error as { reason?: unknown } | undefined)?.reason === "Unauthorized";

/** Rejects when it takes too long, and tells the work to stop. */
export const withTimeout = async <T>(clock: Clock, seconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const limit = new AbortController();
  let timer: { cancel(): void } | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = clock.setTimeout(() => {
      const error = new Error(`no answer within ${seconds} s`);
      limit.abort(error);
      reject(error);
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work(limit.signal), late]);
  } finally {
    timer?.cancel();
  }
};
