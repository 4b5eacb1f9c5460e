import { claimProtection, volumeProtection } from "../../gc/protection.ts";
import { forbiddenValue } from "../../registry/errors.ts";
import { sameJson } from "../../registry/object.ts";
import type { ResourceRules } from "../../registry/served.ts";
import { at, fields, type Prepare, type Validate, withStatus } from "./parts.ts";

/** Volumes and claims: what is in use does not go (`gc/protection.ts` lets go), and a claim stays what was asked for. */

const guarded =
  (finalizer: string): Prepare =>
  (object, old, context) => {
    const prepared = withStatus(() => ({ phase: "Pending" }))(object, old, context);
    const finalizers = prepared.metadata.finalizers ?? [];
    if (old !== undefined || finalizers.includes(finalizer)) return prepared;
    return { ...prepared, metadata: { ...prepared.metadata, finalizers: [...finalizers, finalizer] } };
  };

/** The volume is named once, and only room may change later. */
const validateClaim: Validate = (given, { old }) => {
  if (old === undefined) return [];
  const fixed = (object: unknown, bound: unknown): unknown => {
    const { resources, volumeAttributesClassName, volumeName, ...rest } = fields(at(object, "spec"));
    return { ...rest, resources: { ...fields(resources), requests: undefined }, volumeName: bound ?? volumeName };
  };
  const before = at(old, "spec.volumeName");
  const named = before === undefined || before === "" ? at(given, "spec.volumeName") : undefined;
  return sameJson(fixed(given, named), fixed(old, named))
    ? []
    : [
        forbiddenValue(
          "spec",
          "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        ),
      ];
};

export const volumeRules: ResourceRules = { prepare: guarded(volumeProtection) };
export const claimRules: ResourceRules = { prepare: guarded(claimProtection), validate: validateClaim };
