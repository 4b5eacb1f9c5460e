import { isConflict, isNotFound, Secret, ServiceAccount, type Stored } from "@slipway/api";
import { textToBase64 } from "@slipway/api/pki/index.ts";
import type { QueueMetrics } from "../../gc/queuemetrics.ts";
import { createKeyQueue } from "../../gc/workqueue.ts";
import type { ServiceAccountTokens } from "../../http/authn/tokens.ts";
import { follow } from "../../http/authz/follow.ts";
import type { Registry, UserInfo } from "../../registry/registry.ts";

export const tokenSecretType = "kubernetes.io/service-account-token";
export const accountNameAnnotation = "kubernetes.io/service-account.name";
const accountUidAnnotation = "kubernetes.io/service-account.uid";

const user: UserInfo = { name: "system:kube-controller-manager", groups: ["system:masters"] };
const context = { user, warn: () => {} };

/** Fills Secrets that ask for a token of a ServiceAccount, and takes those away whose account has gone. */
export const createTokenSecrets = (options: {
  readonly registry: Registry;
  readonly tokens: ServiceAccountTokens;
  readonly rootCaPem: string | undefined;
  readonly onError: (error: unknown, about: string) => void;
  readonly queueMetrics?: QueueMetrics;
}) => {
  const { registry, tokens, rootCaPem } = options;
  const closing = new AbortController();

  const work = async (key: string): Promise<void> => {
    const [namespace = "", name = ""] = key.split("/", 2);
    const secret = secrets.find(namespace, name) as Stored<Secret> | undefined;
    if (secret?.type !== tokenSecretType || secret.metadata.deletionTimestamp !== undefined) return;
    const { annotations = {}, uid } = secret.metadata;
    const account = await find(registry, namespace, annotations[accountNameAnnotation] ?? "");
    const asked = annotations[accountUidAnnotation];
    try {
      if (account === undefined || (asked !== undefined && asked !== account.metadata.uid)) {
        await registry.delete(Secret, { namespace, name }, { preconditions: { uid } }, context);
        return;
      }
      const { token, "ca.crt": ca, namespace: own } = secret.data ?? {};
      if (token !== undefined && own !== undefined && asked !== undefined && (ca !== undefined || rootCaPem === undefined))
        return;
      const { name: accountName, uid: accountUid } = account.metadata;
      const filled = {
        ...secret,
        metadata: { ...secret.metadata, annotations: { ...annotations, [accountUidAnnotation]: accountUid } },
        data: {
          ...secret.data,
          token:
            token ??
            textToBase64(await tokens.issueForSecret({ namespace, name: accountName, uid: accountUid, secretName: name })),
          namespace: own ?? textToBase64(namespace),
          ...(rootCaPem === undefined ? {} : { "ca.crt": ca ?? textToBase64(rootCaPem) }),
        },
      };
      await registry.update(
        Secret,
        { namespace, name },
        filled as unknown as Parameters<Registry["update"]>[2],
        { fieldManager: "kube-controller-manager" },
        context,
      );
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  };

  const queue = createKeyQueue({
    name: "serviceaccount_tokens_secret",
    metrics: options.queueMetrics,
    clock: registry.clock,
    concurrency: 2,
    work,
    onError: (error, key) => options.onError(error, `token Secret ${key}`),
  });
  const look = (): void => {
    for (const { metadata } of secrets.objects()) queue.add(`${metadata.namespace}/${metadata.name}`);
  };
  // Only Secrets of this type are followed: others may be many, and large.
  const secrets = follow<Secret>(registry, Secret, closing.signal, look, `type=${tokenSecretType}`);
  const accounts = follow<ServiceAccount>(registry, ServiceAccount, closing.signal, look);
  void Promise.all([secrets.ready, accounts.ready]).then(look);

  return {
    settled: queue.settled,
    close: () => {
      closing.abort();
      queue.close();
    },
  };
};

const find = async (registry: Registry, namespace: string, name: string): Promise<Stored<ServiceAccount> | undefined> => {
  if (name === "") return undefined;
  try {
    return (await registry.get(ServiceAccount, { namespace, name }, {}, context)) as unknown as Stored<ServiceAccount>;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
