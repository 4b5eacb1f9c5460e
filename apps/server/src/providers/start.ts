import { type Client, Deployment } from "@slipway/api";
import { deploymentOf, providers } from "./declared.ts";

/** The providers' Deployments, as this version of the program wants them; replicas and annotations stay the operator's. */
export const ensureProviders = async (client: Client, version: string): Promise<void> => {
  await Promise.all(
    providers.map((provider) =>
      client.patch(
        Deployment,
        { namespace: provider.namespace, name: provider.name },
        { type: "apply", body: deploymentOf(provider, version) },
        { fieldManager: "slipway", force: true },
      ),
    ),
  );
};

/** Controllers whose provider an operator has scaled to zero: they must not work even for a moment. */
export const stoppedControllers = async (client: Client): Promise<readonly string[]> => {
  const { items } = await client.list(Deployment);
  return providers
    .filter(({ namespace, name }) =>
      items.some(({ metadata, spec }) => metadata.namespace === namespace && metadata.name === name && spec?.replicas === 0),
    )
    .flatMap(({ controllers }) => controllers);
};
