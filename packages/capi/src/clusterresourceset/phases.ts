import { ClusterResourceSet, ClusterResourceSetBinding, isNotFound, type Resource, refKey, refOf } from "@slipway/api";
import { act, ownerRef, type Phase, ready, sameJson, wait, withOwner } from "@slipway/runtime";
import { entryOf, withoutSet } from "./binding.ts";
import { hashOf, objectsIn, resourceSetSecretType, type Source, sourceKinds, valuesOf } from "./contents.ts";
import { notApplied, notConnected, notRetrieved, wrongSecretType } from "./problems.ts";
import { isServing } from "./remote.ts";
import type { Content, Job, SetEffect, SetFacts, SetScope } from "./scope.ts";

type SetPhase<Observed> = Phase<SetScope, Observed, SetEffect, SetFacts>;

interface Found {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly source: Source | undefined;
}

/** ConfigMaps and Secrets: they are the set's from now on. What is not there does not keep the others back. */
export const resources: SetPhase<readonly Found[]> = {
  name: "resources",
  observe: async ({ set, clusters, context: { client } }) => {
    if (clusters.length === 0) return [];
    const namespace = set.metadata.namespace ?? "";
    return Promise.all(
      (set.spec.resources ?? []).map(async ({ kind, name }) => {
        const source = await client.get(sourceKinds[kind] as Resource, { namespace, name }).catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        });
        return { kind, name, source: source as Source | undefined };
      }),
    );
  },
  decide: (found, { set }) => {
    const wrong = found.find(({ kind, source }) => kind === "Secret" && source !== undefined && !isMeant(source));
    // A Secret's type cannot change: it has to be made anew, which a watch tells.
    if (wrong !== undefined) return wait("WrongSecretType", { facts: { problem: wrongSecretType(wrong.name) } });
    const owner = ownerRef(set, ClusterResourceSet);
    const orphans = found.flatMap(({ source }): readonly SetEffect[] => {
      if (source === undefined) return [];
      const { ownerReferences, resourceVersion } = source.metadata;
      const wanted = withOwner(ownerReferences, owner);
      if (sameJson(wanted, ownerReferences)) return [];
      const body = { metadata: { ownerReferences: wanted, resourceVersion } };
      const resource = sourceKinds[source.kind as keyof typeof sourceKinds] as Resource;
      return [{ call: "patch", resource, ref: refOf(source), patch: { type: "merge", body } }];
    });
    if (orphans.length > 0) return act("Adopting", orphans);
    const missing = found.find(({ source }) => source === undefined);
    const sources = found.flatMap(({ source }) => (source === undefined ? [] : [source]));
    if (missing === undefined) return ready<SetFacts>({ sources });
    const message = `${missing.kind} ${missing.name} not found in namespace ${set.metadata.namespace}`;
    return ready<SetFacts>({ sources, problem: notRetrieved(message) });
  },
};

const isMeant = (source: Source): boolean => "type" in source && source.type === resourceSetSecretType;

/** What is in them. Something that cannot be read is told, and the others go on. */
export const contents: SetPhase<readonly Content[]> = {
  name: "contents",
  observe: (_, { sources = [] }) => Promise.all(sources.map(contentOf)),
  decide: (found) => {
    const spoilt = found.find(({ problem }) => problem !== undefined)?.problem;
    const told: Partial<SetFacts> = spoilt === undefined ? {} : { problem: notApplied(spoilt) };
    return ready<SetFacts>({ contents: found.filter(({ problem }) => problem === undefined), ...told });
  },
};

const contentOf = async (source: Source): Promise<Content> => {
  try {
    const values = valuesOf(source);
    return { source, hash: await hashOf(values), objects: objectsIn(values) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { source, hash: "", problem: `${source.kind} ${source.metadata.name}: ${why}` };
  }
};

interface Plan {
  readonly jobs: readonly Job[];
  readonly unreachable: readonly string[];
  /** Their API servers are not there yet as far as they must. */
  readonly early: readonly string[];
}

/** Each cluster gets what it has not got yet. */
export const apply: SetPhase<Plan> = {
  name: "apply",
  observe: async ({ set, clusters, workload, context: { caches } }, { contents: wanted = [] }) => {
    const jobs: Job[] = [];
    const unreachable: string[] = [];
    const early: string[] = [];
    for (const cluster of clusters) {
      const ref = refOf(cluster);
      const binding = caches.find(ClusterResourceSetBinding, ref);
      const due = wanted.filter(({ source, hash }) => {
        const kind = source.kind as "ConfigMap" | "Secret";
        const entry = entryOf(binding, set.metadata.name, { kind, name: source.metadata.name });
        return entry?.applied !== true || (set.spec.strategy === "Reconcile" && entry.hash !== hash);
      });
      if (due.length === 0) continue;
      const connection = workload(cluster);
      if (connection === undefined) unreachable.push(refKey(ref));
      else if (await isServing(connection.client)) jobs.push({ cluster, workload: connection, binding, contents: due });
      else early.push(refKey(ref));
    }
    return { jobs, unreachable, early };
  },
  decide: ({ jobs, unreachable, early }, _, { problem }) => {
    const [lost] = unreachable;
    const told = problem ?? (lost === undefined ? undefined : notConnected(lost));
    const facts = told === undefined ? {} : { problem: told };
    const settled = () =>
      early.length > 0
        ? wait<SetFacts>("WaitingForKubernetesService", {
            message: `Service default/kubernetes is not there yet in ${early.join(", ")}`,
            recheckSeconds: 2,
            facts,
          })
        : ready<SetFacts>(facts);
    if (jobs.length === 0) return settled();
    return act<SetEffect, SetFacts>(
      "Applying",
      jobs.map((job): SetEffect => ({ call: "applyResources", job })),
      {
        facts,
        afterwards: (answers) => {
          const failures = answers.flatMap((answer) => answer as readonly string[]);
          if (failures.length === 0) return settled();
          const failed: Partial<SetFacts> = { problem: notApplied(failures.join(", ")) };
          return wait<SetFacts>("ApplyFailed", { message: failures.join(", "), recheckSeconds: 10, facts: failed });
        },
      },
    );
  },
};

/** What the set wrote down is forgotten; what it applied stays where it is. */
export const leaveBindings: SetPhase<undefined> = {
  name: "leaveBindings",
  observe: () => undefined,
  decide: (_, { set, context: { caches } }) => {
    const { namespace = "", name } = set.metadata;
    const effects = caches.list(ClusterResourceSetBinding, { namespace }).flatMap((binding): readonly SetEffect[] => {
      if (!binding.spec.bindings?.some((one) => one.clusterResourceSetName === name)) return [];
      const left = withoutSet(binding, name);
      const ref = refOf(binding);
      const { resourceVersion } = binding.metadata;
      if (left === undefined) {
        return [{ call: "delete", resource: ClusterResourceSetBinding, ref, preconditions: { resourceVersion } }];
      }
      const { ownerReferences = [] } = left.metadata;
      const body = { metadata: { ownerReferences, resourceVersion }, spec: { bindings: left.spec.bindings } };
      return [{ call: "patch", resource: ClusterResourceSetBinding, ref, patch: { type: "merge", body } }];
    });
    return effects.length === 0 ? ready() : act("Leaving", effects);
  },
};
