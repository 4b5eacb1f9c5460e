/** ClusterClass: says which variables there are, and makes the templates that it names its own. */
import { apiVersionOf, ClusterClass, type ClusterClassStatus, type ObjectReference, refOf, type Stored } from "@slipway/api";
import { templatesOf } from "@slipway/api/topology/index.ts";
import {
  act,
  type Controller,
  controller,
  isFalse,
  isTrue,
  type KubeEffect,
  ownerRef,
  type Phase,
  type Report,
  ready,
  sameJson,
  setCondition,
  setV1Beta2,
  v1beta2,
  wait,
  withOwner,
} from "@slipway/runtime";
import { type External, readExternal, referenceIndex } from "../external/index.ts";

const name = "clusterclass";

interface ClassScope {
  readonly clusterClass: Stored<ClusterClass>;
  readonly templates: readonly External[];
}

/** References whose version is not the one that keeps our contract. */
interface ClassFacts {
  readonly outdated: readonly string[];
}

export const clusterClassController = ({ concurrency = 10 }: { readonly concurrency?: number } = {}): Controller<ClusterClass> =>
  controller<ClusterClass, ClassScope, KubeEffect, ClassFacts>(ClusterClass, {
    name,
    concurrency,
    indexes: [referenceIndex(ClusterClass, referencesOf)],
    scope: async ({ object: clusterClass, context }) => ({
      clusterClass,
      templates: await Promise.all(
        referencesOf(clusterClass).map((reference) =>
          readExternal(context, reference, {
            resource: ClusterClass,
            namespace: clusterClass.metadata.namespace,
            controller: name,
          }),
        ),
      ),
    }),
    phases: [own],
    status,
    ownedConditions: {
      v1beta1: ["VariablesReconciled", "RefVersionsUpToDate"],
      v1beta2: ["VariablesReady", "RefVersionsUpToDate"],
    },
  });

const referencesOf = (clusterClass: ClusterClass): readonly ObjectReference[] => {
  const all = templatesOf(clusterClass).flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
  return all.filter((ref, index) => all.findIndex((other) => sameJson(other, ref)) === index);
};

/** Templates go with the class, and with it to another management cluster. */
const own: Phase<ClassScope, undefined, KubeEffect, ClassFacts> = {
  name: "own",
  observe: () => undefined,
  decide: (_, { clusterClass, templates }) => {
    const outdated = templates.flatMap(({ reference, resource }) => {
      const wanted = apiVersionOf(resource);
      const shown = (apiVersion: string) => `"${apiVersion}, Kind=${resource.kind} ${reference.namespace}/${reference.name}"`;
      return reference.apiVersion === wanted ? [] : [`* Ref ${shown(reference.apiVersion ?? "")} should be ${shown(wanted)}`];
    });
    const facts = { outdated };
    const effects = templates.flatMap(({ object, resource }): readonly KubeEffect[] => {
      if (object === undefined) return [];
      const { ownerReferences, resourceVersion } = object.metadata;
      const wanted = withOwner(ownerReferences, ownerRef(clusterClass, ClusterClass));
      if (sameJson(wanted, ownerReferences)) return [];
      const body = { metadata: { ownerReferences: wanted, resourceVersion } };
      return [{ call: "patch", resource, ref: refOf(object), patch: { type: "merge", body } }];
    });
    if (effects.length > 0) return act<KubeEffect, ClassFacts>("TemplatesOwned", effects, { facts });
    const missing = templates.find(({ object }) => object === undefined);
    if (missing === undefined) return ready(facts);
    const { kind } = missing.resource;
    return wait("TemplateMissing", { message: `${kind} ${missing.reference.name} does not exist`, facts });
  },
};

const inline = "inline";

const status = (clusterClass: Stored<ClusterClass>, { facts, now }: Report<ClassScope, ClassFacts>): ClusterClassStatus => {
  const before = clusterClass.status ?? {};
  const { generation } = clusterClass.metadata;
  const { patches = [], variables = [] } = clusterClass.spec;
  const extension = patches.find(({ external }) => external?.discoverVariablesExtension !== undefined);
  const failure =
    extension === undefined ? undefined : `patch ${extension.name}: variables of runtime extensions are not discovered here`;
  const stale = (facts.outdated ?? []).join("\n");
  const set = { now, generation };
  const v1 = [
    failure === undefined
      ? isTrue("VariablesReconciled")
      : isFalse("VariablesReconciled", "VariableDiscoveryFailed", "Error", failure),
    stale === "" ? isTrue("RefVersionsUpToDate") : isFalse("RefVersionsUpToDate", "OutdatedRefVersions", "Warning", stale),
  ];
  const v2 = [
    failure === undefined
      ? v1beta2("VariablesReady", "True", "VariablesReady")
      : v1beta2("VariablesReady", "False", "VariableDiscoveryFailed", failure),
    stale === ""
      ? v1beta2("RefVersionsUpToDate", "True", "RefVersionsUpToDate")
      : v1beta2("RefVersionsUpToDate", "False", "RefVersionsNotUpToDate", stale),
  ];
  return {
    ...before,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    variables: variables
      .map(({ name: variable, required, schema, metadata }) => ({
        name: variable,
        definitions: [{ from: inline, required, schema, ...(metadata === undefined ? {} : { metadata }) }],
      }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    conditions: v1.reduce((conditions, condition) => setCondition(conditions, condition, now), before.conditions ?? []),
    v1beta2: {
      ...before.v1beta2,
      conditions: v2.reduce((conditions, condition) => setV1Beta2(conditions, condition, set), before.v1beta2?.conditions ?? []),
    },
  };
};
