import { listen } from "@slipway/apiserver/http/listen.node.ts";
import type { Logger } from "@slipway/runtime";
import type { CloudNetwork, GuestNode, Guests, WorkloadCluster } from "@slipway/sim";
import type { Listener } from "./http.ts";

/**
 * Opens real sockets on the floating IPs that lead to simulated tenants' API servers, so that their kubeconfigs work on this machine.
 * Follows the cloud: an endpoint that nobody serves any more refuses connections.
 */
export const listenPublic = (options: {
  readonly network: CloudNetwork;
  readonly guests: Guests;
  readonly log: Logger;
}): Listener => {
  const { network, guests, log } = options;
  const open = new Map<
    string,
    {
      readonly clusterId: string;
      /** Of the API server that answers here. */
      readonly certificatePem: string;
      readonly listener: Promise<Awaited<ReturnType<typeof listen>> | undefined>;
    }
  >();
  let closed = false;

  type Tls = { readonly key: string; readonly cert: string; readonly clientCa: string };
  const tlsOf = (cluster: WorkloadCluster, { serving, trust }: GuestNode): Tls | undefined =>
    serving && {
      key: serving.privateKeyPem,
      cert: serving.certificatePem,
      clientCa: trust?.apiServer?.clientCaPem ?? cluster.record().caPem,
    };
  const openAt = async (address: string, port: number, cluster: WorkloadCluster, tls: Tls) => {
    try {
      return await listen(cluster.api.server, { host: address, port, tls });
    } catch (error) {
      log.warn("a tenant's API cannot be reached from outside: its address cannot be listened on", {
        address,
        port,
        error: String(error),
      });
      return undefined;
    }
  };

  /** Only these addresses, when it is known which can have changed: with many tenants, looking at all would be most of the work. */
  const follow = (only?: ReadonlySet<string>) => {
    if (closed || only?.size === 0) return;
    const concerns = (address: string) => only === undefined || only.has(address);
    const wanted = new Map<string, { address: string; port: number }>();
    for (const { address, port } of network.publicEndpoints()) {
      if (concerns(address)) wanted.set(`${address}:${port}`, { address, port });
    }
    for (const [key, { address, port }] of wanted) {
      const endpoint = guests.connect(address, port);
      const clusterId = endpoint?.cluster.record().id;
      const tls = endpoint && tlsOf(endpoint.cluster, endpoint.node);
      const known = open.get(key);
      if (known !== undefined && known.clusterId === clusterId) {
        // Another API server of the cluster has the first place now: it shows another certificate, and may believe others.
        if (tls !== undefined && tls.cert !== known.certificatePem) {
          open.set(key, { ...known, certificatePem: tls.cert });
          void known.listener.then((listener) => listener?.setCertificate(tls));
        }
        continue;
      }
      if (known !== undefined) shut(key);
      if (endpoint !== undefined && tls !== undefined && clusterId !== undefined) {
        open.set(key, {
          clusterId,
          certificatePem: tls.cert,
          listener: openAt(address, port, endpoint.cluster, tls),
        });
      }
    }
    for (const key of open.keys()) if (concerns(key.slice(0, key.lastIndexOf(":"))) && !wanted.has(key)) shut(key);
  };
  const shut = (key: string) => {
    const known = open.get(key);
    open.delete(key);
    void known?.listener.then((listener) => listener?.close());
  };

  const forget = [network.onChange(follow), guests.onChange(() => follow())];
  follow();
  return {
    close: async () => {
      closed = true;
      for (const stop of forget) stop();
      await Promise.all([...open.values()].map(async ({ listener }) => (await listener)?.close()));
    },
  };
};
