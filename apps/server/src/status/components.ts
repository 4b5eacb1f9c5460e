import { type Provider, providers } from "../providers/declared.ts";
import type { ProviderHost } from "../providers/host.ts";
import { namespaces } from "../system/management.ts";
import type { System } from "../system/system.ts";
import type { StatusBoard } from "./status.ts";

/** The providers and services as an operator knows them, with the state of the part of this program that plays each. */
export const watchComponents = (system: System, host: ProviderHost, board: StatusBoard): void => {
  const set = (namespace: string, name: string, message: string) => board.set({ namespace, name, ready: true, message });
  const show = (provider: Provider, running: boolean) => {
    const { namespace, name, message } = provider;
    board.set({
      namespace,
      name,
      ready: running,
      message: running ? message : `stopped: kubectl scale -n ${namespace} deploy/${name} --replicas=1 starts it`,
    });
  };
  for (const provider of providers) show(provider, host.isWorking(provider));
  host.onChange(show);
  set(namespaces.magnum, "magnum-api", "container-infra API");
  if (system.world !== undefined) set("openstack", "simulated-cloud", "identity, compute, network, image, load balancer, volume");
  // Controllers end only when something that they cannot go on without is gone.
  system.controllers.done.then(
    () => undefined,
    (error: unknown) => {
      for (const namespace of Object.values(namespaces)) {
        board.set({
          namespace,
          name: "controllers",
          ready: false,
          message: `ended: ${error instanceof Error ? error.message : error}`,
        });
      }
    },
  );
};
