import type { KubeObject } from "../meta/object.ts";
import { type KindWebhook, serviceOf, type WebhookProvider, webhooksOf } from "./providers.ts";

/** The objects that make a kube-apiserver ask a provider: configurations, and the Service in front of its Pods. */
export const webhookManifests = (provider: WebhookProvider): readonly KubeObject[] => {
  const webhooks = webhooksOf(provider);
  return [
    configuration(
      "Mutating",
      provider,
      webhooks.filter(({ task }) => task === "mutate"),
    ),
    configuration(
      "Validating",
      provider,
      webhooks.filter(({ task }) => task !== "mutate"),
    ),
    service(provider),
  ].filter((object) => object !== undefined);
};

export const configurationName = ({ prefix }: WebhookProvider, type: "Mutating" | "Validating"): string =>
  `${prefix}-${type.toLowerCase()}-webhook-configuration`;

const labelsOf = ({ name }: WebhookProvider) => ({ "cluster.x-k8s.io/provider": name });

const configuration = (
  type: "Mutating" | "Validating",
  provider: WebhookProvider,
  webhooks: readonly KindWebhook[],
): KubeObject | undefined => {
  if (webhooks.length === 0) return undefined;
  const object: KubeObject & { readonly webhooks: readonly object[] } = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${type}WebhookConfiguration`,
    metadata: { name: configurationName(provider, type), labels: labelsOf(provider) },
    webhooks: webhooks.map((webhook) => declared(provider, webhook)),
  };
  return object;
};

const declared = (provider: WebhookProvider, { name, path, kind, operations, task }: KindWebhook): object => ({
  name,
  admissionReviewVersions: provider.reviewVersions,
  clientConfig: { service: { ...serviceOf(provider), path } },
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  rules: [
    {
      apiGroups: [kind.group],
      apiVersions: [kind.version],
      operations,
      resources: [task === "validate-scale" ? `${kind.plural}/scale` : kind.plural],
    },
  ],
  sideEffects: "None",
});

const webhookPort = 9443;

const service = (provider: WebhookProvider): KubeObject => {
  const labels = labelsOf(provider);
  const object: KubeObject & { readonly spec: object } = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...serviceOf(provider), labels },
    spec: { ports: [{ port: 443, targetPort: webhookPort, protocol: "TCP", name: "webhook" }], selector: labels },
  };
  return object;
};
