import type { CustomResourceDefinition, UnstructuredObject } from "@slipway/api";

/** A CRD as the registry holds it: what its schema lets through. */
export const asDefinition = (object: UnstructuredObject): CustomResourceDefinition =>
  object as unknown as CustomResourceDefinition;

export const crdResource = { group: "apiextensions.k8s.io", plural: "customresourcedefinitions" } as const;

export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export interface CrdCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

export const conditionsOf = (crd: UnstructuredObject | undefined): readonly CrdCondition[] =>
  (crd?.status?.["conditions"] as readonly CrdCondition[] | undefined) ?? [];

export const isTrue = (crd: UnstructuredObject, type: string): boolean =>
  conditionsOf(crd).some((condition) => condition.type === type && condition.status === "True");

/** With that condition; its time moves only when its status does. */
export const withCondition = (
  conditions: readonly CrdCondition[],
  wanted: Omit<CrdCondition, "lastTransitionTime">,
  now: string,
): readonly CrdCondition[] => {
  const old = conditions.find(({ type }) => type === wanted.type);
  const lastTransitionTime = old?.status === wanted.status ? old.lastTransitionTime : now;
  const made = { ...wanted, lastTransitionTime };
  return old === undefined ? [...conditions, made] : conditions.map((condition) => (condition === old ? made : condition));
};
