import type { FieldError, UnstructuredObject } from "@slipway/api";
import { forbiddenValue, invalidValue, requiredValue } from "../../registry/errors.ts";
import { sameJson } from "../../registry/object.ts";
import { at, type Fields, fields, immutable, list, type Validate, validateSelector } from "./parts.ts";

/** Pods and what makes them. */

/** A workload: a selector that its own pods match, and containers to run. */
export const validateWorkload: Validate = (given, context) => {
  const errors: FieldError[] = [...immutable("spec.selector")(given, context)];
  const selector = at(given, "spec.selector");
  if (selector === undefined) errors.push(requiredValue("spec.selector", ""));
  errors.push(...validateSelector("spec.selector", selector));
  const wanted = fields(at(given, "spec.selector.matchLabels"));
  const labels = fields(at(given, "spec.template.metadata.labels"));
  if (Object.entries(wanted).some(([key, value]) => labels[key] !== value))
    errors.push(invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  const replicas = at(given, "spec.replicas");
  if (typeof replicas === "number" && replicas < 0)
    errors.push(invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"));
  return [...errors, ...validateContainers("spec.template.spec", at(given, "spec.template.spec"))];
};

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const validateContainers = (path: string, podSpec: unknown): readonly FieldError[] => {
  const containers = list(fields(podSpec)["containers"]);
  if (containers.length === 0) return [requiredValue(`${path}.containers`, "")];
  return containers.flatMap((value, index) => {
    const { name, image } = fields(value);
    const here = `${path}.containers[${index}]`;
    const errors: FieldError[] = [];
    if (name === undefined || name === "") errors.push(requiredValue(`${here}.name`, ""));
    else if (!dnsLabel.test(String(name)))
      errors.push(
        invalidValue(
          `${here}.name`,
          name,
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ),
      );
    if (image === undefined || image === "") errors.push(requiredValue(`${here}.image`, ""));
    return errors;
  });
};

/** Nearly all of a pod's spec is fixed once it is made. */
export const validatePod: Validate = (given, { old }) => {
  const errors = validateContainers("spec", at(given, "spec"));
  if (old === undefined || sameJson(frozenPart(at(given, "spec")), frozenPart(at(old, "spec")))) return errors;
  return [
    ...errors,
    forbiddenValue(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ),
  ];
};

const frozenPart = (value: unknown): unknown => {
  const {
    activeDeadlineSeconds,
    tolerations,
    terminationGracePeriodSeconds,
    schedulingGates,
    nodeName,
    ephemeralContainers,
    ...rest
  } = fields(value);
  const withoutImage = (containers: unknown) => list(containers).map((each) => ({ ...fields(each), image: "" }));
  return { ...rest, containers: withoutImage(rest["containers"]), initContainers: withoutImage(rest["initContainers"]) };
};

/** Guaranteed, Burstable or BestEffort, by what its containers ask for and are limited to. */
export const qosClass = (object: UnstructuredObject): string => {
  const containers = [...list(object.spec?.["containers"]), ...list(object.spec?.["initContainers"])].map((each) =>
    fields(fields(each)["resources"]),
  );
  const amounts = (resources: Fields, key: string) => fields(resources[key]);
  if (containers.every((each) => Object.keys({ ...amounts(each, "limits"), ...amounts(each, "requests") }).length === 0))
    return "BestEffort";
  const guaranteed = containers.every((each) =>
    ["cpu", "memory"].every((name) => {
      const limit = amounts(each, "limits")[name];
      return limit !== undefined && (amounts(each, "requests")[name] ?? limit) === limit;
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
};
