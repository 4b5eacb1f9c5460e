import type { Cloud, ServiceName } from "@slipway/sim";
import { type Listener, listenTransport } from "./http.ts";

const services: readonly ServiceName[] = ["identity", "compute", "network", "image", "loadbalancer", "volume"];

/** Each simulated service on its own port, as its catalog says. */
export const listenCloud = (
  cloud: Cloud,
  options: { readonly address: string; readonly ports: { readonly [name in ServiceName]: number } },
): Promise<readonly Listener[]> =>
  Promise.all(
    services.map((name) => {
      const port = options.ports[name];
      return listenTransport(cloud.services[name].transport, {
        address: options.address,
        port,
        origin: `http://${options.address}:${port}`,
      });
    }),
  );
