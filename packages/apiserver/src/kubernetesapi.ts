import { type Client, crdOf, type Kind, type UnstructuredObject } from "@slipway/api";
import type { CertificateAuthority } from "@slipway/api/pki/index.ts";
import type { AuthorizerQuestion, AuthorizerVerdict } from "@slipway/api/schema/index.ts";
import type { WebhookCaller } from "./admission/caller.ts";
import { createApiServices } from "./builtin/controllers/apiservices.ts";
import { createSigningController } from "./builtin/controllers/signing.ts";
import { createTokenSecrets } from "./builtin/controllers/tokensecrets.ts";
import { ensureRoles, firstNamespaces, firstObjects } from "./builtin/first.ts";
import { approvalSubresource, statusGuard } from "./builtin/handlers/approval.ts";
import { escalationGuards } from "./builtin/handlers/escalation.ts";
import { bindings, podSubresources } from "./builtin/handlers/pods.ts";
import { createReviews } from "./builtin/handlers/reviews.ts";
import { tokenSubresource } from "./builtin/handlers/tokens.ts";
import { servedBuiltins } from "./builtin/served.ts";
import { createInProcessClient, type InProcessOptions } from "./client/inprocess.ts";
import type { QueueMetrics } from "./gc/queuemetrics.ts";
import { ownChecks } from "./health.ts";
import { createAuthenticator, type TokenAuthenticator } from "./http/authn/authenticator.ts";
import {
  bootstrapTokens,
  createServiceAccountTokens,
  type ServiceAccountKeys,
  type ServiceAccountTokens,
} from "./http/authn/tokens.ts";
import { type Authorizer, allowAlways } from "./http/authz/authorizer.ts";
import { nodeRules } from "./http/authz/defaultroles.ts";
import { createRbacAuthorizer, type RbacAuthorizer } from "./http/authz/rbac.ts";
import { firstToAllow, type JudgingAuthorizer } from "./http/authz/union.ts";
import { createTokenIssuer } from "./http/issuer.ts";
import type { Histogram } from "./http/metrics/families.ts";
import { createQueueMetrics } from "./http/metrics/queues.ts";
import { type ApiServer, type ApiServerOptions, createApiServer } from "./http/server.ts";
import { measuredStorage } from "./measuredstorage.ts";
import { createNodeAuthorizer, type NodeAuthorizer } from "./nodes/authorizer.ts";
import { nodeOf } from "./nodes/identity.ts";
import type { Chance } from "./registry/core.ts";
import { createRegistry, type RunningRegistry } from "./registry/createregistry.ts";
import type { StoredObject } from "./registry/object.ts";
import type { UserInfo } from "./registry/registry.ts";
import type { Clock } from "./storage/clock.ts";
import type { Storage } from "./storage/storage.ts";

export interface KubernetesApiOptions
  extends Pick<
    ApiServerOptions,
    "version" | "pods" | "healthChecks" | "onError" | "extra" | "random" | "moreMetrics" | "limits" | "corsOrigins" | "audit"
  > {
  /** Opened with `createObjectOptions()`; the API closes it. */
  readonly storage: Storage<StoredObject>;
  /** Beside Kubernetes' own. */
  readonly kinds?: readonly Kind[];
  /** What the rules of `kinds` ask about; absent ones stand as in `featureGateDefaults`. */
  readonly featureGates?: { readonly [gate: string]: boolean };
  readonly clock?: Clock;
  readonly chance?: Chance;
  /** Who may do what: roles and bindings in the store, or everybody everything. Default "rbac". */
  readonly authorization?: "rbac" | "always";
  /** Tokens besides those of ServiceAccounts and, unless switched off, bootstrap Secrets. */
  readonly tokens?: readonly TokenAuthenticator[];
  readonly bootstrapTokens?: boolean;
  /** Signs and checks ServiceAccount tokens; without it there are none. */
  readonly serviceAccounts?: ServiceAccountKeys;
  /** Calls admission and conversion webhooks; without it none can be reached. */
  readonly webhooks?: WebhookCaller;
  /** When given, every namespace has its ServiceAccount `default` and ConfigMap `kube-root-ca.crt`. */
  readonly rootCaPem?: string;
  /** What the store takes on the disk, for `/metrics`. */
  readonly storageBytes?: () => number;
  /** Signs approved certificate requests of Kubernetes' own signers. Absent: they wait for somebody else. */
  readonly signer?: CertificateAuthority;
  /** Keep an APIService object for each group version: for an API that operators look into. */
  readonly apiServices?: boolean;
  /** PEM of the authorities of client certificates: published in `kube-system/extension-apiserver-authentication`. */
  readonly clientCaPem?: string;
  /** Counts what the server's own queues do; absent: they are in `/metrics` on their own. */
  readonly queueMetrics?: QueueMetrics;
  /** Where clients reach this API: Service `default/kubernetes` leads there. */
  readonly advertise?: { readonly address: string; readonly port: number };
  /** Namespaces and whatever else must be there from the start. */
  readonly objects?: readonly UnstructuredObject[];
}

export interface KubernetesApi {
  readonly registry: RunningRegistry;
  /** For sockets: `listen(server, …)` in `http/listen.node.ts`. */
  readonly server: ApiServer;
  /** As the program itself. */
  readonly client: Client;
  as(options: InProcessOptions): Client;
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** A whole Kubernetes API over a store: Kubernetes' own kinds and others, who may come in, what they may do, and the wire. */
export const createKubernetesApi = async (options: KubernetesApiOptions): Promise<KubernetesApi> => {
  // The kinds' handlers and the registry need each other; handlers run only once both are there.
  const late: Late = { tokens: [] };
  const registryOf = (): RunningRegistry => {
    if (late.registry === undefined) throw new Error("a request came before the API was made");
    return late.registry;
  };
  const reviews = createReviews({
    authorizer: () => late.authorizer ?? allowAlways,
    ...(options.authorization === "always"
      ? {}
      : { rulesFor: (user, namespace) => withNodes(user, late.rbac?.rulesFor(user, namespace)) }),
    tokens: () => late.tokens,
    audiences: options.serviceAccounts === undefined ? [] : [options.serviceAccounts.issuer],
  });
  const resources = servedBuiltins({
    virtual: { ...reviews, bindings: bindings(registryOf, () => registryOf().catalog.find("", "v1", "pods")) },
    guards: escalationGuards(() => late.rbac),
    subresources: {
      pods: podSubresources(registryOf),
      serviceaccounts: { token: tokenSubresource(registryOf, () => late.serviceAccounts) },
      "certificatesigningrequests.certificates.k8s.io": { approval: approvalSubresource(() => late.rbac) },
    },
    statusGuards: { CertificateSigningRequest: statusGuard(() => late.rbac) },
  });
  const ownQueues = options.queueMetrics === undefined ? createQueueMetrics() : undefined;
  const queueMetrics = options.queueMetrics ?? ownQueues;
  const queues = queueMetrics === undefined ? {} : { queueMetrics };
  const registry = createRegistry({
    ...queues,
    storage: measuredStorage(options.storage, (operation, resource, seconds) =>
      late.writes?.observe([operation, resource], seconds),
    ),
    resources,
    kinds: options.kinds ?? [],
    ...(options.rootCaPem === undefined ? {} : { rootCaPem: options.rootCaPem }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.chance === undefined ? {} : { chance: options.chance }),
    ...(options.featureGates === undefined ? {} : { featureGates: options.featureGates }),
    ...(options.webhooks === undefined ? {} : { webhooks: options.webhooks }),
    judge: (user, question) => judged(late.authorizer, user, question),
    onError: (error, about) => options.onError?.(error, { method: "(the server's own work)", path: about }),
  });
  late.registry = registry;
  if (options.serviceAccounts !== undefined) late.serviceAccounts = createServiceAccountTokens(registry, options.serviceAccounts);
  late.tokens = [
    ...(options.tokens ?? []),
    ...(late.serviceAccounts === undefined ? [] : [late.serviceAccounts.authenticator]),
    ...(options.bootstrapTokens === false ? [] : [bootstrapTokens(registry)]),
  ];

  await registry.ensure([...firstNamespaces, ...firstObjects(options), ...(options.objects ?? [])]);
  await registry.publish((options.kinds ?? []).map((kind) => crdOf(kind) as unknown as UnstructuredObject));
  if (options.authorization !== "always") {
    await ensureRoles(registry);
    late.rbac = createRbacAuthorizer(registry);
    late.nodes = createNodeAuthorizer(registry, nodeRules);
    late.authorizer = firstToAllow(late.nodes, late.rbac);
    await late.rbac.ready;
  }
  const authorizer: Authorizer = late.authorizer ?? allowAlways;
  const onError = (error: unknown, path: string) => options.onError?.(error, { method: "(the server's own work)", path });
  const controllers = [
    ...(options.apiServices === true ? [createApiServices({ registry, onError, ...queues })] : []),
    ...(options.signer === undefined
      ? []
      : [createSigningController({ registry, authority: options.signer, rbac: () => late.rbac, onError, ...queues })]),
    ...(late.serviceAccounts === undefined
      ? []
      : [createTokenSecrets({ registry, tokens: late.serviceAccounts, rootCaPem: options.rootCaPem, onError, ...queues })]),
  ];
  const issuer = options.serviceAccounts === undefined ? undefined : createTokenIssuer(options.serviceAccounts);
  const admins = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" } as const;
  const rolesAreThere = () => late.rbac === undefined || late.rbac.roleRules(admins, undefined).length > 0;
  const server = createApiServer({
    ...options,
    registry,
    authorizer,
    authenticator: createAuthenticator({ tokens: late.tokens }),
    healthChecks: [...ownChecks(options.storage, registry.clock, rolesAreThere), ...(options.healthChecks ?? [])],
    issuer: () => issuer,
    moreMetrics: async () => `${ownQueues?.render() ?? ""}${(await options.moreMetrics?.()) ?? ""}`,
  });

  const { families } = server.metrics;
  late.writes = families.histogram(
    "etcd_request_duration_seconds",
    "Etcd request latency in seconds for each operation and object type: here of the store, until a write is durable.",
    ["operation", "type"],
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  const { storageBytes } = options;
  if (storageBytes !== undefined)
    families.gauge(
      "apiserver_storage_size_bytes",
      "Size of the storage database file physically allocated in bytes.",
      ["storage_cluster_id"],
      () => [[["slipway"], storageBytes()]],
    );

  return {
    registry,
    server,
    client: createInProcessClient(registry),
    as: (clientOptions) => createInProcessClient(registry, clientOptions),
    settled: async () => {
      await registry.settled();
      for (const controller of controllers) await controller.settled();
    },
    close: async () => {
      server.beginShutdown();
      for (const controller of controllers) controller.close();
      late.nodes?.close();
      late.rbac?.close();
      await registry.close();
    },
  };
};

type Rules = ReturnType<RbacAuthorizer["rulesFor"]>;

/** What a node may do depends on its pods: no list says it. */
const withNodes = (user: UserInfo, { rules, errors }: Rules = { rules: [], errors: [] }): Rules => ({
  rules,
  errors: nodeOf(user) === undefined ? errors : [...errors, "node authorizer does not support user rule resolution"],
});

/** What CEL expressions of admission ask of `authorizer`. */
const judged = (
  rbac: JudgingAuthorizer | undefined,
  user: UserInfo,
  { verb, path, resource }: AuthorizerQuestion,
): AuthorizerVerdict => {
  if (rbac === undefined) return { allowed: true };
  if (path !== undefined) return rbac.judge({ user, verb, path });
  const { group = "", resource: plural = "", subresource = "", namespace = "", name = "" } = resource ?? {};
  return rbac.judge({ user, verb, resource: { group, version: "*", resource: plural, subresource, namespace, name } });
};

interface Late {
  writes?: Histogram;
  registry?: RunningRegistry;
  rbac?: RbacAuthorizer;
  nodes?: NodeAuthorizer;
  authorizer?: JudgingAuthorizer;
  serviceAccounts?: ServiceAccountTokens;
  tokens: readonly TokenAuthenticator[];
}
