import { annotations, Cluster, type KubeObject, type Stored, type V1Beta2Condition } from "@slipway/api";
import { setV1Beta2 } from "../conditions/v1beta2.ts";
import type { Caches } from "./controller.ts";

/** The key counts, whatever its value, "false" included. */
export const hasPausedAnnotation = (object: KubeObject): boolean =>
  Object.hasOwn(object.metadata.annotations ?? {}, annotations.paused);

/** Why an object is paused, in upstream's words; undefined when it is not. */
export const pausedBecause = (object: KubeObject, cluster: Cluster | undefined): string | undefined => {
  const reasons: string[] = [];
  if (cluster?.spec.paused === true) reasons.push("Cluster spec.paused is set to true");
  if (hasPausedAnnotation(object)) reasons.push(`${object.kind} has the ${annotations.paused} annotation`);
  return reasons.length === 0 ? undefined : reasons.join(", ");
};

export const findCluster = (caches: Caches, object: KubeObject, name: string): Stored<Cluster> | undefined =>
  caches.find(Cluster, { ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }), name });

/** The object with its `Paused` condition as it should be; the same object when it is so already. */
export const withPausedCondition = <T extends KubeObject>(object: T, because: string | undefined, now: Date): T => {
  const status = (object as { status?: { v1beta2?: { conditions?: readonly V1Beta2Condition[] } } }).status ?? {};
  const before = status.v1beta2?.conditions ?? [];
  const conditions = setV1Beta2(
    before,
    because === undefined
      ? { type: "Paused", status: "False", reason: "NotPaused", message: "" }
      : { type: "Paused", status: "True", reason: "Paused", message: because },
    { now, generation: object.metadata.generation },
  );
  if (conditions === before) return object;
  return { ...object, status: { ...status, v1beta2: { ...status.v1beta2, conditions } } };
};
