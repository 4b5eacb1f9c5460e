import {
  type Client,
  CustomResourceDefinition,
  groupResource,
  isConflict,
  isNotFound,
  type KubeObject,
  MutatingWebhookConfiguration,
  type Resource,
  ValidatingWebhookConfiguration,
  type WebhookConfiguration,
} from "@slipway/api";
import { configurationName, kindsOf, serviceOf, type WebhookProvider } from "@slipway/api/webhooks/index.ts";

interface Service {
  readonly name?: string;
  readonly namespace?: string;
}
interface ClientConfig {
  readonly service?: Service;
  readonly caBundle?: string;
}

/**
 * Tells the API server whom to trust: puts the authorities (PEM) into the provider's webhook configurations and into the
 * conversion of its CRDs. What is not there is passed over, what says so already stays untouched.
 */
export const trustWebhooks = async (client: Client, provider: WebhookProvider, trusted: string): Promise<void> => {
  const bundle = Buffer.from(trusted).toString("base64");
  const isOurs = ({ service }: ClientConfig): boolean =>
    service?.name === serviceOf(provider).name && service.namespace === serviceOf(provider).namespace;
  const trusting = <T extends ClientConfig>(config: T): T =>
    isOurs(config) && config.caBundle !== bundle ? { ...config, caBundle: bundle } : config;

  for (const [resource, type] of [
    [MutatingWebhookConfiguration, "Mutating"],
    [ValidatingWebhookConfiguration, "Validating"],
  ] as const) {
    await change<WebhookConfiguration>(client, resource, configurationName(provider, type), (object) => {
      const webhooks = object.webhooks?.map((webhook) => {
        const clientConfig = trusting(webhook.clientConfig);
        return clientConfig === webhook.clientConfig ? webhook : { ...webhook, clientConfig };
      });
      const same = webhooks === undefined || webhooks.every((webhook, index) => webhook === object.webhooks?.[index]);
      return same ? object : { ...object, webhooks };
    });
  }
  for (const kind of kindsOf(provider).filter(({ conversionService }) => conversionService !== undefined)) {
    await change<CustomResourceDefinition>(client, CustomResourceDefinition, groupResource(kind), (object) => {
      const { conversion } = object.spec;
      const webhook = conversion?.webhook as { readonly clientConfig?: ClientConfig } | undefined;
      if (conversion === undefined || webhook?.clientConfig === undefined) return object;
      const clientConfig = trusting(webhook.clientConfig);
      if (clientConfig === webhook.clientConfig) return object;
      return { ...object, spec: { ...object.spec, conversion: { ...conversion, webhook: { ...webhook, clientConfig } } } };
    });
  }
};

const change = async <T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  name: string,
  wanted: (object: T) => T,
): Promise<void> => {
  for (;;) {
    try {
      const object = await client.get(resource, { name });
      const next = wanted(object);
      if (next !== object) await client.update(resource, next);
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
    }
  }
};
