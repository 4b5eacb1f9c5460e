import { ApiError } from "../meta/status.ts";
import { annotations } from "./names.ts";

interface Scaled {
  readonly kind: string;
  readonly metadata: { readonly annotations?: { readonly [key: string]: string } };
  readonly spec: { readonly replicas?: number };
}

/**
 * What `replicas` becomes when nobody says: 1, or what lets the autoscaler take over, which acts only between its two bounds.
 * @throws ApiError Forbidden when a bound is not a number
 */
export const defaultReplicas = (object: Scaled, old: Scaled | undefined): number => {
  const bounds = object.metadata.annotations ?? {};
  const [lowest, highest] = [bounds[annotations.autoscalerMinSize], bounds[annotations.autoscalerMaxSize]];
  if (lowest === undefined || highest === undefined) return 1;
  const min = boundOf(object.kind, annotations.autoscalerMinSize, lowest);
  const max = boundOf(object.kind, annotations.autoscalerMaxSize, highest);
  const before = old?.spec?.replicas;
  if (before === undefined || before < min) return min;
  return before > max ? max : before;
};

const boundOf = (kind: string, annotation: string, value: string): number => {
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  throw new ApiError(
    "Forbidden",
    `failed to calculate ${kind} replicas value: annotation ${annotation} must be a whole number, not ${JSON.stringify(value)}`,
  );
};
