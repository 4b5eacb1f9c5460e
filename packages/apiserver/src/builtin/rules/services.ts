import type { UnstructuredObject } from "@slipway/api";
import { invalidValue } from "../../registry/errors.ts";
import { at, fields, type Prepare, type Validate } from "./parts.ts";

/** A Service's address stays. */

export const serviceAddress =
  (allocate: (object: UnstructuredObject) => string): Prepare =>
  (object, old) => {
    const spec = fields(object.spec);
    if (spec["type"] === "ExternalName") return old === undefined ? { ...object, status: { loadBalancer: {} } } : object;
    const before = old?.spec?.["clusterIP"];
    const wanted = spec["clusterIP"];
    // Before admission has seen it, it is nobody's yet.
    if (object.metadata.uid === undefined) return object;
    const address = wanted === undefined || wanted === "" ? (before ?? allocate(object)) : wanted;
    return {
      ...object,
      spec: { ...spec, clusterIP: address, clusterIPs: spec["clusterIPs"] ?? [address] },
      ...(old === undefined ? { status: { loadBalancer: {} } } : {}),
    };
  };

export const validateService: Validate = (given, { old }) => {
  const before = at(old, "spec.clusterIP");
  const now = at(given, "spec.clusterIP");
  const moved =
    old !== undefined && before !== undefined && before !== "" && now !== before && at(given, "spec.type") !== "ExternalName";
  return moved ? [invalidValue("spec.clusterIP", now, "field is immutable")] : [];
};
