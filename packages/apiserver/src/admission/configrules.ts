import type { AdmissionContext, FieldError, KubeObject, LabelSelector, UnstructuredObject } from "@slipway/api";
import { admissionExpressionError, matchVariables, policyVariables } from "@slipway/api/schema/index.ts";
import { invalidValue, quoted, requiredValue, unsupportedValue } from "../registry/errors.ts";
import { qualifiedNameProblems, subdomainProblems } from "../registry/names.ts";
import { sameJson } from "../registry/object.ts";

/** What a webhook configuration or an admission policy must be, so that it can be obeyed. Errors in Kubernetes' words. */

type Fields = { readonly [field: string]: unknown };
type Errors = readonly FieldError[];

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const duplicate = (field: string, value: unknown): FieldError => ({
  type: "FieldValueDuplicate",
  field,
  message: `Duplicate value: ${quoted(value)}`,
});

export const webhookErrors =
  (mutating: boolean) =>
  (object: UnstructuredObject, { old }: AdmissionContext<KubeObject>): Errors => {
    const errors: FieldError[] = [];
    const names = new Set<string>();
    const before = list((old as unknown as Fields | undefined)?.["webhooks"]);
    list(object["webhooks"]).forEach((webhook, index) => {
      const field = `webhooks[${index}]`;
      // What was let in once may stay as it is.
      const known = before.some((one) => sameJson(fields(one)["matchConditions"], fields(webhook)["matchConditions"]));
      errors.push(...oneWebhook(fields(webhook), field, mutating, known));
      const name = text(fields(webhook)["name"]);
      if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
      names.add(name);
    });
    return errors;
  };

const oneWebhook = (webhook: Fields, field: string, mutating: boolean, knownConditions: boolean): Errors => [
  ...fullyQualified(webhook["name"], `${field}.name`),
  ...clientConfigErrors(fields(webhook["clientConfig"]), `${field}.clientConfig`),
  ...list(webhook["rules"]).flatMap((rule, index) => ruleErrors(fields(rule), `${field}.rules[${index}]`)),
  ...oneOf(webhook["failurePolicy"], `${field}.failurePolicy`, ["Fail", "Ignore"]),
  ...oneOf(webhook["matchPolicy"], `${field}.matchPolicy`, ["Equivalent", "Exact"]),
  ...(webhook["sideEffects"] === undefined
    ? [requiredValue(`${field}.sideEffects`, "must specify one of None, NoneOnDryRun")]
    : oneOf(webhook["sideEffects"], `${field}.sideEffects`, ["None", "NoneOnDryRun"])),
  ...timeoutErrors(webhook["timeoutSeconds"], `${field}.timeoutSeconds`),
  ...(mutating ? oneOf(webhook["reinvocationPolicy"], `${field}.reinvocationPolicy`, ["Never", "IfNeeded"]) : []),
  ...selectorErrors(webhook["namespaceSelector"], `${field}.namespaceSelector`),
  ...selectorErrors(webhook["objectSelector"], `${field}.objectSelector`),
  ...reviewVersionErrors(list(webhook["admissionReviewVersions"]), `${field}.admissionReviewVersions`),
  ...matchConditionErrors(webhook["matchConditions"], `${field}.matchConditions`, matchVariables, knownConditions),
];

const fullyQualified = (name: unknown, field: string): Errors => {
  if (text(name) === "") return [requiredValue(field, "")];
  const problems = subdomainProblems(text(name)).map((problem) => invalidValue(field, name, problem));
  if (problems.length > 0) return problems;
  return text(name).split(".").length < 3
    ? [invalidValue(field, name, "should be a domain with at least three segments separated by dots")]
    : [];
};

const oneOf = (value: unknown, field: string, supported: readonly string[]): Errors =>
  value === undefined || supported.includes(text(value)) ? [] : [unsupportedValue(field, value, supported)];

const timeoutErrors = (value: unknown, field: string): Errors =>
  value === undefined || (typeof value === "number" && value >= 1 && value <= 30)
    ? []
    : [invalidValue(field, value, "the timeout value must be between 1 and 30 seconds")];

const knownReviewVersions = ["v1", "v1beta1"];

const reviewVersionErrors = (versions: readonly unknown[], field: string): Errors => {
  if (versions.length === 0) return [requiredValue(field, `must specify one of ${knownReviewVersions.join(", ")}`)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index ? [invalidValue(`${field}[${index}]`, version, "duplicate version")] : [],
  );
  if (!versions.some((version) => knownReviewVersions.includes(text(version)))) {
    errors.push(invalidValue(field, versions, `must include at least one of ${knownReviewVersions.join(", ")}`));
  }
  return errors;
};

/** Of webhooks for admission and for conversion. */
export const clientConfigErrors = (config: Fields, field: string): Errors => {
  const { url, service, caBundle } = config;
  if ((url === undefined) === (service === undefined)) {
    return [requiredValue(field, "exactly one of url or service is required")];
  }
  return [
    ...(url === undefined ? [] : urlErrors(text(url), `${field}.url`)),
    ...(service === undefined ? [] : serviceErrors(fields(service), `${field}.service`)),
    ...caBundleErrors(caBundle, `${field}.caBundle`),
  ];
};

const urlErrors = (url: string, field: string): Errors => {
  const form = "; desired format: https://host[/path]";
  const wrong = (why: string) => invalidValue(field, url, `${why}${form}`);
  if (!URL.canParse(url)) return [requiredValue(field, `url must be a valid URL${form}`)];
  const parsed = new URL(url);
  const errors: FieldError[] = [];
  if (parsed.protocol !== "https:") errors.push(wrong("'https' is the only allowed URL scheme"));
  if (parsed.host === "") errors.push(wrong("host must be specified"));
  if (parsed.username !== "" || parsed.password !== "") errors.push(wrong("user information is not permitted in the URL"));
  if (parsed.hash !== "") errors.push(wrong("fragments are not permitted in the URL"));
  if (parsed.search !== "") errors.push(wrong("query parameters are not permitted in the URL"));
  return errors;
};

const serviceErrors = ({ name, namespace, port, path }: Fields, field: string): Errors => [
  ...(text(name) === "" ? [requiredValue(`${field}.name`, "service name is required")] : []),
  ...(text(namespace) === "" ? [requiredValue(`${field}.namespace`, "service namespace is required")] : []),
  ...(port === undefined || (typeof port === "number" && port >= 1 && port <= 65535)
    ? []
    : [invalidValue(`${field}.port`, port, "port is not valid: must be between 1 and 65535, inclusive")]),
  ...(path === undefined || text(path) === "" || text(path).startsWith("/")
    ? []
    : [invalidValue(`${field}.path`, path, "must start with a '/'")]),
];

const caBundleErrors = (bundle: unknown, field: string): Errors =>
  bundle === undefined || bundle === "" || isCertificateBundle(text(bundle))
    ? []
    : [invalidValue(field, "<bytes>", "unable to load root certificates: unable to parse bytes as PEM block")];

/** Base64 of PEM with at least one certificate. */
export const isCertificateBundle = (bundle: string): boolean => {
  try {
    return /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/.test(atob(bundle));
  } catch {
    return false;
  }
};

const operations = ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"];

const ruleErrors = (rule: Fields, field: string): Errors => {
  const given = list(rule["operations"]);
  const errors: FieldError[] = [];
  if (given.length === 0) errors.push(requiredValue(`${field}.operations`, ""));
  if (given.length > 1 && given.includes("*")) {
    errors.push(invalidValue(`${field}.operations`, given, "if '*' is present, must not specify other operations"));
  }
  given.forEach((operation, index) => {
    if (!operations.includes(text(operation))) {
      errors.push(unsupportedValue(`${field}.operations[${index}]`, operation, [...operations].sort()));
    }
  });
  for (const name of ["apiGroups", "apiVersions"] as const) {
    const values = list(rule[name]);
    if (values.length === 0) errors.push(requiredValue(`${field}.${name}`, ""));
    if (values.length > 1 && values.includes("*")) {
      errors.push(
        invalidValue(
          `${field}.${name}`,
          values,
          `if '*' is present, must not specify other ${name === "apiGroups" ? "API groups" : "API versions"}`,
        ),
      );
    }
  }
  errors.push(...resourceErrors(list(rule["resources"]).map(text), `${field}.resources`));
  errors.push(...oneOf(rule["scope"], `${field}.scope`, ["Cluster", "Namespaced", "*"]));
  return errors;
};

const resourceErrors = (resources: readonly string[], field: string): Errors => {
  if (resources.length === 0) return [requiredValue(field, "")];
  const errors: FieldError[] = [];
  resources.forEach((resource, index) => {
    if (resource === "") errors.push(requiredValue(`${field}[${index}]`, ""));
    const [main = "", sub] = resource.split("/");
    const wider =
      resource !== "*/*" && resources.includes("*/*")
        ? "*/*"
        : sub !== undefined && sub !== "*" && resources.includes(`${main}/*`)
          ? `${main}/*`
          : main !== "*" && sub !== undefined && resources.includes(`*/${sub}`)
            ? `*/${sub}`
            : undefined;
    if (wider === "*/*") errors.push(invalidValue(field, resources, "if '*/*' is present, must not specify other resources"));
    else if (wider !== undefined) {
      errors.push(invalidValue(`${field}[${index}]`, resource, `if '${wider}' is present, must not specify ${resource}`));
    }
  });
  if (resources.length > 1 && resources.includes("*") && resources.some((one) => !one.includes("/") && one !== "*")) {
    errors.push(invalidValue(field, resources, "if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
};

const selectorOperators = ["In", "NotIn", "Exists", "DoesNotExist"];

const selectorErrors = (selector: unknown, field: string): Errors =>
  list((fields(selector) as LabelSelector).matchExpressions).flatMap((expression, index): Errors => {
    const { key, operator, values } = fields(expression);
    const place = `${field}.matchExpressions[${index}]`;
    const many = list(values).length;
    return [
      ...qualifiedNameProblems(text(key)).map((problem) => invalidValue(`${place}.key`, key, problem)),
      ...(selectorOperators.includes(text(operator))
        ? []
        : [invalidValue(`${place}.operator`, operator, "not a valid selector operator")]),
      ...((operator === "In" || operator === "NotIn") && many === 0
        ? [requiredValue(`${place}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
        : []),
      ...((operator === "Exists" || operator === "DoesNotExist") && many > 0
        ? [
            {
              type: "FieldValueForbidden" as const,
              field: `${place}.values`,
              message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            },
          ]
        : []),
    ];
  });

const mostConditions = 64;

const matchConditionErrors = (conditions: unknown, field: string, variables: readonly string[], known: boolean): Errors => {
  const given = list(conditions).map(fields);
  const errors: FieldError[] = [];
  if (given.length > mostConditions) {
    const message = `Too many: ${given.length}: must have at most ${mostConditions} items`;
    errors.push({ type: "FieldValueTooMany", field, message });
  }
  const names = new Set<string>();
  given.forEach(({ name, expression }, index) => {
    const place = `${field}[${index}]`;
    if (text(name) === "") errors.push(requiredValue(`${place}.name`, ""));
    else for (const problem of qualifiedNameProblems(text(name))) errors.push(invalidValue(`${place}.name`, name, problem));
    if (names.has(text(name))) errors.push(duplicate(`${place}.name`, name));
    names.add(text(name));
    if (!known) errors.push(...expressionErrors(expression, `${place}.expression`, variables, "bool"));
  });
  return errors;
};

const expressionErrors = (
  expression: unknown,
  field: string,
  variables: readonly string[],
  returns: "bool" | "string" | "dyn",
): Errors => {
  if (text(expression).trim() === "") return [requiredValue(field, "")];
  const wrong = admissionExpressionError(text(expression), variables, returns);
  return wrong === undefined ? [] : [invalidValue(field, expression, `compilation failed: ERROR: <input>:1:1: ${wrong}`)];
};

const matchResourcesErrors = (resources: Fields, field: string, rulesRequired: boolean): Errors => [
  ...(rulesRequired && list(resources["resourceRules"]).length === 0 ? [requiredValue(`${field}.resourceRules`, "")] : []),
  ...(["resourceRules", "excludeResourceRules"] as const).flatMap((name) =>
    list(resources[name]).flatMap((rule, index) => ruleErrors(fields(rule), `${field}.${name}[${index}]`)),
  ),
  ...oneOf(resources["matchPolicy"], `${field}.matchPolicy`, ["Equivalent", "Exact"]),
  ...selectorErrors(resources["namespaceSelector"], `${field}.namespaceSelector`),
  ...selectorErrors(resources["objectSelector"], `${field}.objectSelector`),
];

export const policyErrors = (object: UnstructuredObject): Errors => {
  const spec = fields(object.spec);
  const validations = list(spec["validations"]).map(fields);
  const annotations = list(spec["auditAnnotations"]).map(fields);
  const constraints = spec["matchConstraints"];
  return [
    ...oneOf(spec["failurePolicy"], "spec.failurePolicy", ["Fail", "Ignore"]),
    ...(constraints === undefined
      ? [requiredValue("spec.matchConstraints", "")]
      : matchResourcesErrors(fields(constraints), "spec.matchConstraints", true)),
    ...matchConditionErrors(spec["matchConditions"], "spec.matchConditions", policyVariables, false),
    ...list(spec["variables"]).flatMap((variable, index) => {
      const { name, expression } = fields(variable);
      const place = `spec.variables[${index}]`;
      return [
        ...(/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(text(name))
          ? []
          : [invalidValue(`${place}.name`, name, "name is not a valid CEL identifier")]),
        ...expressionErrors(expression, `${place}.expression`, policyVariables, "dyn"),
      ];
    }),
    ...(validations.length === 0 && annotations.length === 0
      ? [requiredValue("spec.validations", "validations or auditAnnotations must be non-empty")]
      : []),
    ...validations.flatMap(({ expression, message, messageExpression, reason }, index) => {
      const place = `spec.validations[${index}]`;
      return [
        ...expressionErrors(expression, `${place}.expression`, policyVariables, "bool"),
        ...(text(message).includes("\n")
          ? [invalidValue(`${place}.message`, message, "message must not contain line breaks")]
          : []),
        ...(messageExpression === undefined
          ? []
          : expressionErrors(messageExpression, `${place}.messageExpression`, policyVariables, "string")),
        ...oneOf(reason, `${place}.reason`, ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"]),
      ];
    }),
    ...annotations.flatMap(({ key, valueExpression }, index) => {
      const place = `spec.auditAnnotations[${index}]`;
      return [
        ...qualifiedNameProblems(`policy/${text(key)}`).map((problem) => invalidValue(`${place}.key`, key, problem)),
        ...expressionErrors(valueExpression, `${place}.valueExpression`, policyVariables, "dyn"),
      ];
    }),
  ];
};

export const policyBindingErrors = (object: UnstructuredObject): Errors => {
  const spec = fields(object.spec);
  const actions = list(spec["validationActions"]).map(text);
  const params = spec["paramRef"] === undefined ? undefined : fields(spec["paramRef"]);
  return [
    ...(text(spec["policyName"]) === "" ? [requiredValue("spec.policyName", "")] : []),
    ...(params === undefined ? [] : paramRefErrors(params)),
    ...(spec["matchResources"] === undefined
      ? []
      : matchResourcesErrors(fields(spec["matchResources"]), "spec.matchResources", false)),
    ...(actions.length === 0 ? [requiredValue("spec.validationActions", "at least one validation action is required")] : []),
    ...actions.flatMap((action, index) => [
      ...oneOf(action, `spec.validationActions[${index}]`, ["Audit", "Deny", "Warn"]),
      ...(actions.indexOf(action) < index ? [duplicate(`spec.validationActions[${index}]`, action)] : []),
    ]),
    ...(actions.includes("Deny") && actions.includes("Warn")
      ? [
          invalidValue(
            "spec.validationActions",
            actions,
            "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
          ),
        ]
      : []),
  ];
};

const paramRefErrors = (params: Fields): Errors => {
  const field = "spec.paramRef";
  const named = text(params["name"]) !== "";
  const selected = params["selector"] !== undefined;
  const forbidden = (place: string): FieldError => ({
    type: "FieldValueForbidden",
    field: place,
    message: "Forbidden: name and selector are mutually exclusive",
  });
  return [
    ...(named && selected ? [forbidden(`${field}.name`), forbidden(`${field}.selector`)] : []),
    ...(!named && !selected ? [requiredValue(field, "one of name or selector must be specified")] : []),
    ...(params["parameterNotFoundAction"] === undefined
      ? [requiredValue(`${field}.parameterNotFoundAction`, "")]
      : oneOf(params["parameterNotFoundAction"], `${field}.parameterNotFoundAction`, ["Deny", "Allow"])),
  ];
};
