import { type Client, crdOf, customKinds, type UnstructuredObject } from "@slipway/api";
import { kindsOf, serviceOf, webhookManifests, webhookProviders } from "@slipway/api/webhooks/index.ts";
import { createHttpsCaller } from "@slipway/apiserver/admission/https.node.ts";
import { createKubernetesApi, type KubernetesApi, type KubernetesApiOptions } from "@slipway/apiserver/kubernetesapi.ts";
import { createObjectOptions } from "@slipway/apiserver/registry/objectoptions.ts";
import { createMemoryStorage } from "@slipway/apiserver/storage/memory.ts";
import { createLog, systemClock } from "@slipway/runtime";
import { serveWebhooks } from "../serve.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Body = any;

export interface Answer {
  readonly status: number;
  readonly body: Body;
  readonly warnings: readonly string[];
}

/** One of the two ways in which our kinds' rules hold, as HTTP clients meet it. */
export interface Door {
  readonly client: Client;
  /** A path ends with its query; a text body is YAML for server-side apply. */
  call(method: string, path: string, body?: object, type?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** As an operator sets them. */
export interface Gates {
  readonly [gate: string]: boolean;
}

const options = (featureGates: Gates): KubernetesApiOptions => ({
  featureGates,
  storage: createMemoryStorage(createObjectOptions()),
  authorization: "always",
});

/** Our API server, which applies the rules itself. */
export const openEmbedded = async (featureGates: Gates = {}): Promise<Door> => {
  const api = await createKubernetesApi({ ...options(featureGates), kinds: customKinds });
  return { client: api.client, call: calling(api), close: () => api.close() };
};

/** An API server that knows our kinds by their CRDs alone, and our webhooks beside it, over real TLS. */
export const openBesideWebhooks = async (featureGates: Gates = {}): Promise<Door> => {
  const ports = new Map<string, number>();
  const caller = createHttpsCaller({
    resolve: ({ name, namespace }) => {
      const port = ports.get(`${namespace}/${name}`);
      return port === undefined ? undefined : { host: "127.0.0.1", port };
    },
  });
  const api = await createKubernetesApi({ ...options(featureGates), webhooks: caller });
  const { client, registry } = api;
  await registry.ensure(
    webhookProviders.map(({ namespace }) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })),
  );
  const publish = (objects: readonly object[]) => registry.publish(objects as readonly UnstructuredObject[]);
  await publish(webhookProviders.flatMap(kindsOf).map(crdOf));
  await publish(webhookProviders.flatMap(webhookManifests));
  const log = createLog({ write: () => undefined, clock: systemClock, level: "error" });
  const served = await Promise.all(
    webhookProviders.map(async (provider) => {
      const now = () => new Date();
      const one = await serveWebhooks({ client, provider, address: "127.0.0.1", port: 0, log, now, featureGates });
      const { name, namespace } = serviceOf(provider);
      ports.set(`${namespace}/${name}`, one.port);
      return one;
    }),
  );
  return {
    client,
    call: calling(api),
    close: async () => {
      for (const one of served) await one.close();
      caller.close();
      await api.close();
    },
  };
};

export const doors = [
  ["in process", openEmbedded],
  ["beside our webhooks", openBesideWebhooks],
] as const;

const calling =
  ({ server }: KubernetesApi): Door["call"] =>
  async (method, path, body, type = "application/json") => {
    const response = await server.fetch(
      new Request(`http://api${path}`, {
        method,
        ...(body === undefined ? {} : { headers: { "content-type": type }, body: JSON.stringify(body) }),
      }),
    );
    const warnings = (response.headers.get("warning") ?? "").match(/(?<=299 \S+ ")(?:\\.|[^"\\])*/g) ?? [];
    return { status: response.status, body: await response.json(), warnings };
  };
