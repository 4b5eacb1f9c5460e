import { ApiError, type FieldError, type UnstructuredObject } from "@slipway/api";
import { readCertificateRequest, textFromBase64 } from "@slipway/api/pki/index.ts";
import { policyBindingErrors, policyErrors, webhookErrors } from "../admission/configrules.ts";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../registry/errors.ts";
import { sameJson } from "../registry/object.ts";
import type { ResourceRules } from "../registry/served.ts";
import { accountNameAnnotation, tokenSecretType } from "./controllers/tokensecrets.ts";

/** What the server itself decides for its own kinds, beyond types and defaults. Keyed by kind. */

type Fields = { readonly [field: string]: unknown };
type Validate = NonNullable<ResourceRules["validate"]>;
type Prepare = NonNullable<ResourceRules["prepare"]>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** On create the status is the server's own; on update the registry keeps the live one. */
const withStatus =
  (status: (object: UnstructuredObject) => Fields): Prepare =>
  (object, old) =>
    old === undefined ? { ...object, status: status(object) } : object;

const namespace: Prepare = (object, old) => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: {
      ...object.metadata.labels,
      // A name that is still to be generated comes after admission has seen the rest.
      ...(object.metadata.name ? { "kubernetes.io/metadata.name": object.metadata.name } : {}),
    },
  },
  spec: old === undefined ? { finalizers: ["kubernetes"] } : { ...object.spec, finalizers: list(old.spec?.["finalizers"]) },
  ...(old === undefined ? { status: { phase: "Active" } } : {}),
});

const secret: Prepare = (object) => {
  const { stringData, ...rest } = object;
  if (!isFields(stringData)) return stringData === undefined ? object : rest;
  const encoded = Object.entries(stringData).map(([key, value]) => [key, base64(String(value))] as const);
  return { ...rest, data: { ...fields(object["data"]), ...Object.fromEntries(encoded) } };
};

const base64 = (text: string): string => {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
};

/** Guaranteed, Burstable or BestEffort, by what its containers ask for and are limited to. */
const qosClass = (object: UnstructuredObject): string => {
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

const serviceAddress =
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

const dataKey = /^[-._a-zA-Z0-9]+$/;

/** Secrets and ConfigMaps: keys, size, and what `immutable` freezes. */
const validateData =
  (maps: readonly string[]): Validate =>
  (given, { old }) => {
    const object = given as unknown as Fields;
    const before = old as unknown as Fields | undefined;
    const errors: FieldError[] = [];
    const seen = new Set<string>();
    let bytes = 0;
    for (const map of maps) {
      for (const [key, value] of Object.entries(fields(object[map]))) {
        if (!dataKey.test(key) || key.length > 253)
          errors.push(
            invalidValue(
              `${map}[${key}]`,
              key,
              "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
            ),
          );
        if (seen.has(key)) errors.push(invalidValue(map, key, "duplicate of key present in data"));
        seen.add(key);
        bytes += String(value).length;
      }
    }
    if (bytes > 1_048_576 * (maps.includes("binaryData") ? 1 : 4 / 3))
      errors.push({ type: "FieldValueTooLong", field: "", message: "Too long: may not be more than 1048576 bytes" });
    if (before?.["immutable"] === true) {
      if (object["immutable"] !== true) errors.push(forbiddenValue("immutable", "field is immutable when `immutable` is set"));
      for (const map of maps)
        if (!sameJson(object[map], before[map])) errors.push(forbiddenValue(map, "field is immutable when `immutable` is set"));
    }
    return errors;
  };

const requiredKeys: { readonly [type: string]: readonly string[] } = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

const validateSecret: Validate = (given, context) => {
  const object = given as unknown as Fields;
  const old = context.old as unknown as Fields | undefined;
  const errors = [...validateData(["data"])(given, context)];
  if (old !== undefined && old["type"] !== object["type"])
    errors.push(invalidValue("type", object["type"], "field is immutable"));
  const annotations = fields(fields(object["metadata"])["annotations"]);
  if (object["type"] === tokenSecretType && (annotations[accountNameAnnotation] ?? "") === "")
    errors.push(requiredValue(`metadata.annotations[${accountNameAnnotation}]`, ""));
  for (const key of requiredKeys[String(object["type"])] ?? [])
    if (fields(object["data"])[key] === undefined) errors.push(requiredValue(`data[${key}]`, ""));
  return errors;
};

const immutable =
  (path: string): Validate =>
  (given, { old }) => {
    if (old === undefined) return [];
    const now = at(given, path);
    return sameJson(now, at(old, path)) ? [] : [invalidValue(path, now, "field is immutable")];
  };

const at = (object: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), object);

/** What a structured selector may say; null and absent are for the kind to judge. */
const validateSelector = (path: string, value: unknown): readonly FieldError[] =>
  list(fields(value)["matchExpressions"]).flatMap((each, index) => {
    const { key, operator, values } = fields(each);
    const here = `${path}.matchExpressions[${index}]`;
    const errors: FieldError[] = [];
    if ((key ?? "") === "") errors.push(requiredValue(`${here}.key`, ""));
    const valued = operator === "In" || operator === "NotIn";
    if (valued && list(values).length === 0)
      errors.push(requiredValue(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    else if ((operator === "Exists" || operator === "DoesNotExist") && list(values).length > 0)
      errors.push(forbiddenValue(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    else if (!valued && operator !== "Exists" && operator !== "DoesNotExist")
      errors.push(invalidValue(`${here}.operator`, operator ?? "", "not a valid selector operator"));
    return errors;
  });

/** A workload: a selector that its own pods match, and containers to run. */
const validateWorkload: Validate = (given, context) => {
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
const validatePod: Validate = (given, { old }) => {
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

const validateRole: Validate = (given) =>
  list((given as unknown as Fields)["rules"]).flatMap((value, index) => {
    const rule = fields(value);
    const here = `rules[${index}]`;
    const errors: FieldError[] = [];
    if (list(rule["verbs"]).length === 0) errors.push(requiredValue(`${here}.verbs`, "verbs must contain at least one value"));
    if (list(rule["nonResourceURLs"]).length > 0) {
      if (list(rule["resources"]).length > 0)
        errors.push(
          invalidValue(
            `${here}.nonResourceURLs`,
            rule["nonResourceURLs"],
            "rules cannot apply to both regular resources and non-resource URLs",
          ),
        );
      return errors;
    }
    if (list(rule["apiGroups"]).length === 0)
      errors.push(requiredValue(`${here}.apiGroups`, "resource rules must supply at least one api group"));
    if (list(rule["resources"]).length === 0)
      errors.push(requiredValue(`${here}.resources`, "resource rules must supply at least one resource"));
    return errors;
  });

const validateBinding =
  (kinds: readonly string[]): Validate =>
  (given, { old }) => {
    const role = fields((given as unknown as Fields)["roleRef"]);
    if (old !== undefined && !sameJson(role, (old as unknown as Fields)["roleRef"]))
      return [invalidValue("roleRef", role, "cannot change roleRef")];
    const errors: FieldError[] = [];
    if (!kinds.includes(String(role["kind"]))) errors.push(unsupportedValue("roleRef.kind", role["kind"] ?? "", kinds));
    if (role["name"] === undefined || role["name"] === "") errors.push(requiredValue("roleRef.name", ""));
    for (const [index, value] of list((given as unknown as Fields)["subjects"]).entries()) {
      const subject = fields(value);
      if (subject["kind"] === "ServiceAccount" && (subject["namespace"] ?? "") === "")
        errors.push(requiredValue(`subjects[${index}].namespace`, ""));
      if ((subject["name"] ?? "") === "") errors.push(requiredValue(`subjects[${index}].name`, ""));
    }
    return errors;
  };

const validateBudget: Validate = (given) => {
  const { minAvailable, maxUnavailable, selector } = fields(at(given, "spec"));
  const both = minAvailable !== undefined && maxUnavailable !== undefined;
  return [
    ...(both
      ? [invalidValue("spec", { minAvailable, maxUnavailable }, "minAvailable and maxUnavailable cannot be both set")]
      : []),
    ...[["minAvailable", minAvailable] as const, ["maxUnavailable", maxUnavailable] as const].flatMap(([field, value]) =>
      typeof value === "number" && value < 0 ? [invalidValue(`spec.${field}`, value, "must be greater than or equal to 0")] : [],
    ),
    ...validateSelector("spec.selector", selector),
  ];
};

const validateLease: Validate = (given) => {
  const { leaseDurationSeconds, leaseTransitions } = fields(at(given, "spec"));
  return [
    ...(typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0
      ? [invalidValue("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0")]
      : []),
    ...(typeof leaseTransitions === "number" && leaseTransitions < 0
      ? [invalidValue("spec.leaseTransitions", leaseTransitions, "must be greater than or equal to 0")]
      : []),
  ];
};

const validateEvent: Validate = (given) => {
  const about = at(given, "involvedObject.namespace");
  const own = given.metadata.namespace ?? "";
  const fits = about === own || ((about === undefined || about === "") && own === "default");
  return fits ? [] : [invalidValue("involvedObject.namespace", about ?? "", "does not match event.namespace")];
};

/** The newer family asks for all that the older one leaves to chance. */
const validateNewEvent: Validate = (given, { old }) => {
  if (old !== undefined) return [];
  const event = given as unknown as Fields;
  const errors: FieldError[] = [];
  for (const field of ["eventTime", "reportingController", "reportingInstance", "action", "reason", "type"])
    if (event[field] === undefined || event[field] === "") errors.push(requiredValue(field, ""));
  for (const [field, most] of [
    ["reportingInstance", 128],
    ["action", 128],
    ["reason", 128],
    ["note", 1024],
  ] as const)
    if (String(event[field] ?? "").length > most) errors.push(invalidValue(field, "", `can have at most ${most} characters`));
  if (event["type"] !== undefined && event["type"] !== "Normal" && event["type"] !== "Warning")
    errors.push(invalidValue("type", event["type"], "has invalid value"));
  return errors;
};

const certificateRequest: Prepare = (object, old, { user }) => {
  if (old !== undefined) return { ...object, spec: old.spec };
  return {
    ...object,
    spec: {
      ...object.spec,
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    status: {},
  };
};

/** Of a certificate request: its text can be read, and it says who shall sign it for what. */
const validateCertificateRequest: Validate = (given, { old }) => {
  if (old !== undefined) return [];
  const { request, signerName, usages, expirationSeconds } = fields(at(given, "spec"));
  const errors: FieldError[] = [];
  try {
    readCertificateRequest(textFromBase64(String(request ?? "")));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    errors.push(invalidValue("spec.request", request ?? "", why));
  }
  if ((signerName ?? "") === "") errors.push(requiredValue("spec.signerName", ""));
  else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.[-a-z0-9.]+\/[^/]+$/.test(String(signerName)))
    errors.push(
      invalidValue(
        "spec.signerName",
        signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  if (list(usages).length === 0) errors.push(requiredValue("spec.usages", "usages must be specified"));
  if (typeof expirationSeconds === "number" && expirationSeconds < 600)
    errors.push(
      invalidValue("spec.expirationSeconds", expirationSeconds, "may not specify a duration less than 600 seconds (10 minutes)"),
    );
  return errors;
};

/** Nobody asks for the operator's own group this way. */
const refuseMasters: Prepare = (object, old, context) => {
  const prepared = certificateRequest(object, old, context);
  if (old !== undefined || at(object, "spec.signerName") !== "kubernetes.io/kube-apiserver-client") return prepared;
  const organizations = organizationsOf(at(object, "spec.request"));
  if (!organizations.includes("system:masters")) return prepared;
  throw new ApiError(
    "Forbidden",
    `certificatesigningrequests.certificates.k8s.io "${object.metadata.name ?? ""}" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed`,
    { details: { name: object.metadata.name ?? "", group: "certificates.k8s.io", kind: "certificatesigningrequests" } },
  );
};

const organizationsOf = (request: unknown): readonly string[] => {
  try {
    return readCertificateRequest(textFromBase64(String(request ?? ""))).organizations;
  } catch {
    return []; // refused as unreadable
  }
};

export interface RuleOptions {
  /** A cluster IP for a Service that asks for none in particular. */
  readonly allocateServiceAddress: (service: UnstructuredObject) => string;
}

export const rulesOf = (options: RuleOptions): { readonly [kind: string]: ResourceRules } => ({
  Namespace: {
    name: "label",
    statusTakesMetadata: true,
    prepare: namespace,
    forbidDelete: ({ metadata }) =>
      ["default", "kube-system", "kube-public"].includes(metadata.name ?? "") ? "this namespace may not be deleted" : undefined,
  },
  MutatingWebhookConfiguration: { validate: webhookErrors(true) },
  ValidatingWebhookConfiguration: { validate: webhookErrors(false) },
  ValidatingAdmissionPolicy: { validate: policyErrors },
  ValidatingAdmissionPolicyBinding: { validate: policyBindingErrors },
  Secret: { prepare: secret, validate: validateSecret },
  ConfigMap: { validate: validateData(["data", "binaryData"]) },
  Event: {
    ttlSeconds: 3600,
    validate: validateEvent,
    fieldValue: (object, field) =>
      field === "source"
        ? String(at(object, "source.component") ?? object["reportingComponent"] ?? "")
        : String(at(object, field) ?? ""),
  },
  "Event.events.k8s.io": { ttlSeconds: 3600, validate: validateNewEvent },
  Service: {
    name: "dns1035",
    prepare: serviceAddress(options.allocateServiceAddress),
    validate: (given, { old }) => {
      const before = at(old, "spec.clusterIP");
      const now = at(given, "spec.clusterIP");
      const moved =
        old !== undefined && before !== undefined && before !== "" && now !== before && at(given, "spec.type") !== "ExternalName";
      return moved ? [invalidValue("spec.clusterIP", now, "field is immutable")] : [];
    },
  },
  // A kubelet registers its Node with a status.
  Node: { statusTakesMetadata: true, prepare: (object) => object },
  Pod: {
    statusTakesMetadata: true,
    prepare: withStatus((object) => ({ phase: "Pending", qosClass: qosClass(object) })),
    validate: validatePod,
    // Without a node nobody has to let go; with one, its kubelet deletes for good when the containers have stopped.
    gracePeriodSeconds: (object, requested) =>
      (object.spec?.["nodeName"] ?? "") === "" || ["Succeeded", "Failed"].includes(String(object.status?.["phase"]))
        ? 0
        : (requested ?? Number(object.spec?.["terminationGracePeriodSeconds"] ?? 30)),
  },
  Deployment: { prepare: withStatus(() => ({})), validate: validateWorkload },
  ReplicaSet: { prepare: withStatus(() => ({ replicas: 0 })), validate: validateWorkload },
  StatefulSet: { prepare: withStatus(() => ({ replicas: 0, availableReplicas: 0 })), validate: validateWorkload },
  DaemonSet: {
    prepare: withStatus(() => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 })),
    validate: validateWorkload,
  },
  Job: { defaultPropagation: "Orphan", prepare: withStatus(() => ({})) },
  PodDisruptionBudget: { validate: validateBudget },
  NetworkPolicy: { validate: (given) => validateSelector("spec.podSelector", at(given, "spec.podSelector")) },
  Lease: { validate: validateLease },
  Role: { name: "path", validate: validateRole },
  ClusterRole: { name: "path", validate: validateRole },
  RoleBinding: { name: "path", validate: validateBinding(["Role", "ClusterRole"]) },
  ClusterRoleBinding: { name: "path", validate: validateBinding(["ClusterRole"]) },
  PersistentVolume: { prepare: withStatus(() => ({ phase: "Pending" })) },
  PersistentVolumeClaim: { prepare: withStatus(() => ({ phase: "Pending" })) },
  CertificateSigningRequest: { name: "path", prepare: refuseMasters, validate: validateCertificateRequest },
  ControllerRevision: { validate: immutable("data") },
  EndpointSlice: { validate: immutable("addressType") },
  APIService: {
    name: "path", // the core group has no name: `v1.`
    validate: (given) =>
      at(given, "spec.service") === undefined ? [] : [forbiddenValue("spec.service", "API aggregation is not served here")],
  },
});
