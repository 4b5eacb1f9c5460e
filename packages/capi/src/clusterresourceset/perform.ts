import {
  apiVersionOf,
  type ClusterResourceSet,
  ClusterResourceSetBinding,
  isAlreadyExists,
  refOf,
  type Stored,
} from "@slipway/api";
import { performKube, type ReconcileContext, wholeSeconds } from "@slipway/runtime";
import { type ResourceBinding, withEntries } from "./binding.ts";
import { applyObjects } from "./remote.ts";
import type { Content, Job, SetEffect, SetScope } from "./scope.ts";

/** Answers what went wrong in the cluster. */
export const perform = async (effect: SetEffect, { set }: SetScope, context: ReconcileContext): Promise<readonly string[]> => {
  if (effect.call === "applyResources") return applyInCluster(effect.job, set, context);
  await performKube(context.client, effect);
  return [];
};

/**
 * Before anything is applied the binding says that it is not: whoever is killed in between does it again. Both writes name the
 * version they know, since several sets share a cluster's binding.
 */
const applyInCluster = async (
  { cluster, workload, binding, contents }: Job,
  set: Stored<ClusterResourceSet>,
  { client, clock }: ReconcileContext,
): Promise<readonly string[]> => {
  const now = (): string => wholeSeconds(clock.now());
  const entry = ({ source }: Content, more: Omit<ResourceBinding, "kind" | "name">): ResourceBinding => ({
    kind: source.kind as ResourceBinding["kind"],
    name: source.metadata.name,
    ...more,
  });
  const write = (known: Stored<ClusterResourceSetBinding>, entries: readonly ResourceBinding[]) =>
    client.update(ClusterResourceSetBinding, withEntries(known, set, entries));
  const begun = await write(
    binding ?? (await createBinding(cluster, client)),
    contents.map((content) => entry(content, { applied: false, lastAppliedTime: now() })),
  );
  const failures: string[] = [];
  const done: ResourceBinding[] = [];
  for (const content of contents) {
    const wrong = await applyObjects(workload.client, content.objects ?? [], set.spec.strategy ?? "ApplyOnce");
    failures.push(...wrong);
    done.push(entry(content, { applied: wrong.length === 0, hash: content.hash, lastAppliedTime: now() }));
  }
  await write(begun, done);
  return failures;
};

const createBinding = async (
  { metadata: { name, namespace = "" } }: Job["cluster"],
  client: ReconcileContext["client"],
): Promise<Stored<ClusterResourceSetBinding>> => {
  const object: ClusterResourceSetBinding = {
    apiVersion: apiVersionOf(ClusterResourceSetBinding),
    kind: ClusterResourceSetBinding.kind,
    metadata: { name, namespace },
    spec: { clusterName: name },
  };
  return client.create(ClusterResourceSetBinding, object).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
    return client.get(ClusterResourceSetBinding, refOf(object));
  });
};
