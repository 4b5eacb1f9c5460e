import type { Client } from "@slipway/api";
import type { WebhookProvider } from "@slipway/api/webhooks/index.ts";
import type { Logger } from "@slipway/runtime";
import { type IdentityOptions, webhookIdentity } from "./certificate.ts";
import { listenWebhooks } from "./listen.ts";
import { trustWebhooks } from "./trust.ts";

export interface ServedWebhooks {
  readonly port: number;
  /** Looks after the certificate now: every replica does so every ten minutes. */
  look(): Promise<void>;
  close(): Promise<void>;
}

const lookMilliseconds = 10 * 60_000;

/** A provider's webhooks with a certificate of their own, trusted by the API server and renewed in time. */
export const serveWebhooks = async (
  options: {
    readonly client: Client;
    readonly provider: WebhookProvider;
    readonly address: string;
    readonly port: number;
    readonly log: Logger;
    readonly featureGates?: { readonly [gate: string]: boolean };
  } & Pick<IdentityOptions, "now" | "days" | "renewDays" | "overlapSeconds">,
): Promise<ServedWebhooks> => {
  const { client, provider, log, address, port } = options;
  let identity = await webhookIdentity(options);
  const server = await listenWebhooks({
    ...{ client, address, port, providers: [provider], certificate: identity },
    ...(options.featureGates === undefined ? {} : { featureGates: options.featureGates }),
    onError: (error, path) => log.error("a webhook could not be answered", { path, error }),
  });
  const look = async (): Promise<void> => {
    const found = await webhookIdentity(options);
    // Whoever must trust it is told first.
    await trustWebhooks(client, provider, found.trusted);
    if (found.cert === identity.cert) return;
    identity = found;
    server.use(found);
    log.info("webhooks serve with a new certificate", { provider: provider.name });
  };
  await look();
  const timer = setInterval(
    () => void look().catch((error: unknown) => log.error("the webhooks' certificate could not be looked after", { error })),
    lookMilliseconds,
  );
  timer.unref();
  return {
    port: server.port,
    look,
    close: async () => {
      clearInterval(timer);
      await server.close();
    },
  };
};
