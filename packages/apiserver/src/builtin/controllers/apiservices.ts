import { APIService, isAlreadyExists, isConflict, isNotFound, type UnstructuredObject } from "@slipway/api";
import type { QueueMetrics } from "../../gc/queuemetrics.ts";
import { createKeyQueue } from "../../gc/workqueue.ts";
import type { Registry, UserInfo } from "../../registry/registry.ts";

const user: UserInfo = { name: "system:apiserver", groups: ["system:masters"] };
const context = { user, warn: () => {} };
const managed = "kube-aggregator.kubernetes.io/automanaged";

/** Keeps one APIService for each group version that is served here: what `kubectl get apiservices` shows. */
export const createApiServices = (options: {
  readonly registry: Registry;
  readonly onError: (error: unknown, about: string) => void;
  readonly queueMetrics?: QueueMetrics;
}) => {
  const { registry } = options;

  const work = async (): Promise<void> => {
    const wanted = new Map(
      registry.catalog.all().map(({ group, version }) => [nameOf(group, version), { group, version }] as const),
    );
    const there = await registry.list(APIService, {}, context);
    for (const { metadata } of there.items) {
      const name = metadata.name ?? "";
      const ours = metadata.labels?.[managed] !== undefined;
      if (wanted.delete(name) || !ours) continue;
      await registry.delete(APIService, { name }, {}, context).catch(passOver);
    }
    for (const [name, { group, version }] of wanted) {
      const made = await registry
        .create(APIService, local(name, group, version), { fieldManager: "kube-apiserver" }, context)
        .catch(passOver);
      if (made === undefined) continue;
      const available = { ...made.object, status: { conditions: [condition(registry.clock.now())] } };
      await registry
        .update(APIService, { name }, available, { subresource: "status", fieldManager: "kube-apiserver" }, context)
        .catch(passOver);
    }
  };

  const queue = createKeyQueue({
    name: "autoregister",
    metrics: options.queueMetrics,
    clock: registry.clock,
    concurrency: 1,
    work,
    onError: (error) => options.onError(error, "apiservices"),
  });
  const stop = registry.catalog.onChange(() => queue.add("all"));
  queue.add("all");
  return {
    settled: queue.settled,
    close: () => {
      stop();
      queue.close();
    },
  };
};

/** `v1.apps`; the core group has no name: `v1.`. */
const nameOf = (group: string, version: string): string => `${version}.${group}`;

const passOver = (error: unknown): undefined => {
  if (isNotFound(error) || isAlreadyExists(error) || isConflict(error)) return undefined;
  throw error;
};

const local = (name: string, group: string, version: string): UnstructuredObject => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name, labels: { [managed]: "onstart" } },
  spec: {
    ...(group === "" ? {} : { group }),
    version,
    groupPriorityMinimum: group === "" ? 18_000 : 16_000,
    versionPriority: 15,
  },
});

const condition = (at: Date) => ({
  type: "Available",
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
  lastTransitionTime: `${at.toISOString().slice(0, 19)}Z`,
});
