import { addonsGroup } from "../addons/group.ts";
import { bootstrapGroup } from "../bootstrap/group.ts";
import { clusterGroup } from "../cluster/group.ts";
import { controlPlaneGroup } from "../controlplane/group.ts";
import { infrastructureGroup } from "../infrastructure/group.ts";
import { ipamGroup } from "../ipam/group.ts";
import type { Kind } from "../kind/kind.ts";
import { customKinds } from "../kinds.ts";
import { runtimeGroup } from "../runtime/group.ts";

/** One of Cluster API's four providers, as a program that answers webhooks in a cluster of somebody else's. */
export interface WebhookProvider {
  /** `cluster-api`, the value of its objects' provider label. */
  readonly name: string;
  /** Every object's name begins with it. */
  readonly prefix: string;
  readonly namespace: string;
  readonly groups: readonly string[];
  /** Versions of AdmissionReview that its configurations name. */
  readonly reviewVersions: readonly string[];
  /** Upstream's has no defaulting webhooks at all. */
  readonly onlyValidates?: true;
}

export const webhookProviders: readonly WebhookProvider[] = [
  {
    name: "cluster-api",
    prefix: "capi",
    namespace: "capi-system",
    groups: [clusterGroup.group, addonsGroup.group, ipamGroup.group, runtimeGroup.group],
    reviewVersions: ["v1", "v1beta1"],
  },
  {
    name: "bootstrap-kubeadm",
    prefix: "capi-kubeadm-bootstrap",
    namespace: "capi-kubeadm-bootstrap-system",
    groups: [bootstrapGroup.group],
    reviewVersions: ["v1", "v1beta1"],
  },
  {
    name: "control-plane-kubeadm",
    prefix: "capi-kubeadm-control-plane",
    namespace: "capi-kubeadm-control-plane-system",
    groups: [controlPlaneGroup.group],
    reviewVersions: ["v1", "v1beta1"],
  },
  {
    name: "infrastructure-openstack",
    prefix: "capo",
    namespace: "capo-system",
    groups: [infrastructureGroup.group],
    reviewVersions: ["v1beta1"],
    onlyValidates: true,
  },
];

export const serviceOf = ({ prefix, namespace }: WebhookProvider) => ({ name: `${prefix}-webhook-service`, namespace });

export const kindsOf = ({ groups }: WebhookProvider): readonly Kind[] =>
  customKinds.filter(({ group }) => groups.includes(group));

/** What one webhook does for one kind. */
export type WebhookTask = "mutate" | "validate" | "validate-scale";

const pathOf = (task: WebhookTask, { group, version, kind }: Kind): string =>
  `/${task}-${group.replaceAll(".", "-")}-${version}-${kind.toLowerCase()}`;

export interface KindWebhook {
  readonly task: WebhookTask;
  readonly kind: Kind;
  readonly path: string;
  readonly name: string;
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
}

const names = { mutate: "default", validate: "validation", "validate-scale": "validation-scale" } as const;

/** The webhooks of a provider's kinds: those that default, then those that judge. */
export const webhooksOf = (provider: WebhookProvider): readonly KindWebhook[] =>
  kindsOf(provider).flatMap((kind): readonly KindWebhook[] => {
    const one = (task: WebhookTask, ...operations: KindWebhook["operations"]): KindWebhook => ({
      task,
      kind,
      path: pathOf(task, kind),
      name: `${names[task]}.${kind.singular}.${kind.group}`,
      operations,
    });
    const deletes = kind.validateDelete !== undefined || kind.forbidDelete !== undefined || asksAlways.has(kind.kind);
    return [
      ...(kind.default === undefined || provider.onlyValidates ? [] : [one("mutate", "CREATE", "UPDATE")]),
      ...(kind.validate === undefined ? [] : [one("validate", "CREATE", "UPDATE", ...(deletes ? (["DELETE"] as const) : []))]),
      ...(kind.forbidScale === undefined ? [] : [one("validate-scale", "UPDATE")]),
    ];
  });

/** Upstream is asked about their deletion too, though it never says no. */
const asksAlways = new Set(["Cluster", "IPAddress", "IPAddressClaim"]);
