import { forbidden, invalid, requiredValue } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import type { StructuralSchema, ValidationRule } from "../kind/structural.ts";
import { expressionError } from "./cel/check.ts";
import { compileExpression, treeOf } from "./cel/environment.ts";
import { estimatedCost, mostItems } from "./cel/estimate.ts";
import { withTypeMeta } from "./cel/rules.ts";
import { compileSchema } from "./compile.ts";
import { isObject, valuesOf } from "./walk.ts";

/**
 * What keeps a schema from being structural: every value has a known place and type, so that it can be pruned, defaulted, merged
 * and judged. Schemas come from anywhere, so nothing is taken for granted. `path` is where the schema stands in its CRD.
 */
export const structuralErrors = (schema: unknown, path: string, before?: unknown): readonly FieldError[] => {
  if (!isObject(schema)) return [requiredValue(path, "schemas are required")];
  const root = schema as StructuralSchema;
  const found = [...rootErrors(root, path), ...nodeErrors(root, path, { isRoot: true })];
  if (found.length > 0) return found;
  const wrong = [...ruleErrors(withTypeMeta(root), path, undefined), ...defaultErrors(root, path)];
  return wrong.length > 0 ? wrong : costErrors(root, path, rulesIn(before));
};

// ---- the root

const rootErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => [
  ...(schema.type === undefined || schema.type === ("" as never)
    ? [requiredValue(`${path}.type`, "must not be empty at the root")]
    : schema.type === "object"
      ? []
      : [invalid(`${path}.type`, schema.type, "must be object at the root")]),
  ...(schema.nullable ? [forbidden(`${path}.nullable`, "nullable cannot be true at the root")] : []),
  ...metaErrors(schema, path),
];

const metaErrors = ({ properties = {} }: StructuralSchema, path: string): readonly FieldError[] => {
  const { metadata } = properties;
  const restricted = Object.keys(metadata?.properties ?? {}).filter((name) => name !== "name" && name !== "generateName");
  return [
    ...(["apiVersion", "kind"] as const).flatMap((name) =>
      properties[name] === undefined || properties[name].type === "string"
        ? []
        : [invalid(`${path}.properties[${name}].type`, properties[name].type ?? "", "must be string")],
    ),
    ...(metadata && metadata.type !== "object"
      ? [invalid(`${path}.properties[metadata].type`, metadata.type ?? "", "must be object")]
      : []),
    ...(restricted.length === 0
      ? []
      : [
          forbidden(
            `${path}.properties[metadata]`,
            "must not specify anything other than name and generateName, but metadata is implicitly specified",
          ),
        ]),
  ];
};

// ---- every node

const notSupported = [
  "$ref",
  "definitions",
  "dependencies",
  "deprecated",
  "discriminator",
  "id",
  "patternProperties",
  "readOnly",
  "writeOnly",
  "xml",
  "additionalItems",
] as const;

const nodeErrors = (
  schema: StructuralSchema,
  path: string,
  { isRoot = false, kind = "object fields" } = {},
): readonly FieldError[] => {
  const free = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  return [
    ...(schema.type || free || isRoot ? [] : [requiredValue(`${path}.type`, `must not be empty for specified ${kind}`)]),
    ...notSupported.flatMap((field) => (field in schema ? [forbidden(`${path}.${field}`, `${field} is not supported`)] : [])),
    ...(schema.uniqueItems
      ? [forbidden(`${path}.uniqueItems`, "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")]
      : []),
    ...((schema.type as string) === "null"
      ? [forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative")]
      : []),
    ...(Array.isArray(schema.items) ? [forbidden(`${path}.items`, "items must be a schema object and not an array")] : []),
    ...(schema.properties && schema.additionalProperties !== undefined
      ? [forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive")]
      : []),
    ...(schema.additionalProperties === false
      ? [forbidden(`${path}.additionalProperties`, "additionalProperties cannot be set to false")]
      : []),
    ...intOrStringErrors(schema, path),
    ...embeddedErrors(schema, path),
    ...listErrors(schema, path),
    ...junctorErrors(schema, path),
    ...belowErrors(schema, path),
  ];
};

const belowErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  const values = valuesOf(schema);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => nodeErrors(field, `${path}.properties[${name}]`)),
    ...(values ? nodeErrors(values, `${path}.additionalProperties`) : []),
    ...(isObject(schema.items) ? nodeErrors(schema.items, `${path}.items`, { kind: "array items" }) : []),
  ];
};

const intOrStringErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  if (!schema["x-kubernetes-int-or-string"]) return [];
  return schema.type ? [forbidden(`${path}.type`, "must be empty if x-kubernetes-int-or-string is true")] : [];
};

const embeddedErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  if (!schema["x-kubernetes-embedded-resource"]) return [];
  if (schema.type !== "object")
    return [invalid(`${path}.type`, schema.type ?? "", "must be object if x-kubernetes-embedded-resource is true")];
  return schema.properties || schema["x-kubernetes-preserve-unknown-fields"]
    ? []
    : [
        requiredValue(
          `${path}.properties`,
          "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        ),
      ];
};

// ---- lists

const listErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  if (type === undefined)
    return keys ? [forbidden(`${path}.x-kubernetes-list-map-keys`, "must be empty if x-kubernetes-list-type is not map")] : [];
  if (schema.type !== "array")
    return [invalid(`${path}.type`, schema.type ?? "", "must be array if x-kubernetes-list-type is specified")];
  if (type === "set") return setErrors(schema, path);
  return type === "map" ? mapErrors(schema, keys ?? [], path) : [];
};

const setErrors = ({ items }: StructuralSchema, path: string): readonly FieldError[] => {
  const atomic = items?.["x-kubernetes-map-type"] === "atomic" || items?.["x-kubernetes-list-type"] === "atomic";
  const compound = items?.type === "object" || items?.type === "array";
  return compound && !atomic
    ? [invalid(`${path}.items`, items?.type, "items of a list of type set must be scalars or atomic")]
    : [];
};

const mapErrors = ({ items }: StructuralSchema, keys: readonly string[], path: string): readonly FieldError[] => {
  const field = `${path}.x-kubernetes-list-map-keys`;
  if (items?.type !== "object")
    return [invalid(`${path}.items.type`, items?.type ?? "", "must be object if parent array's x-kubernetes-list-type is map")];
  if (keys.length === 0) return [requiredValue(field, "must not be empty if x-kubernetes-list-type is map")];
  return keys.flatMap((key, index) => {
    const property = items.properties?.[key];
    if (keys.indexOf(key) < index)
      return [
        { ...invalid(`${field}[${index}]`, key, ""), type: "FieldValueDuplicate" as const, message: `Duplicate value: "${key}"` },
      ];
    if (!property) return [invalid(field, key, `entries must all be names of item properties`)];
    if (property.type === "object" || property.type === "array")
      return [
        invalid(
          `${path}.items.properties[${key}].type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      ];
    const present = items.required?.includes(key) || property.default !== undefined;
    return [
      ...(present
        ? []
        : [
            requiredValue(
              `${path}.items.properties[${key}].default`,
              "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ),
          ]),
      ...(property.nullable
        ? [
            forbidden(
              `${path}.items.properties[${key}].nullable`,
              "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
            ),
          ]
        : []),
    ];
  });
};

// ---- allOf, anyOf, oneOf, not

const onlyOutside = ["type", "description", "default", "title", "nullable", "additionalProperties"] as const;

/** They may only say more of what the schema itself has said. */
const junctorErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  const branches = [
    ...(["allOf", "anyOf", "oneOf"] as const).flatMap((name) =>
      (schema[name] ?? []).map((branch, index) => [branch, `${path}.${name}[${index}]`] as const),
    ),
    ...(schema.not ? [[schema.not, `${path}.not`] as const] : []),
  ];
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  return branches.flatMap(([branch, at]) => (intOrString && isTypeOnly(branch) ? [] : branchErrors(branch, schema, at)));
};

const isTypeOnly = (branch: StructuralSchema): boolean =>
  Object.keys(branch).every((key) => key === "type" || key === "anyOf") && (branch.anyOf ?? []).every(isTypeOnly);

const branchErrors = (branch: StructuralSchema, outside: StructuralSchema | undefined, path: string): readonly FieldError[] => [
  ...onlyOutside.flatMap((field) =>
    branch[field] === undefined ? [] : [forbidden(`${path}.${field}`, "must be empty to be structural")],
  ),
  ...Object.keys(branch).flatMap((field) =>
    field.startsWith("x-kubernetes-") && field !== "x-kubernetes-validations"
      ? [forbidden(`${path}.${field}`, "must be empty to be structural")]
      : [],
  ),
  ...Object.entries(branch.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.properties[${name}]`;
    const known = outside?.properties?.[name] ?? (outside && valuesOf(outside));
    if (known) return branchErrors(field, known, at);
    return outside?.["x-kubernetes-preserve-unknown-fields"]
      ? []
      : [requiredValue(at.replace(/\.(allOf|anyOf|oneOf)\[\d+\]|\.not/, ""), `because it is defined in ${at}`)];
  }),
  ...(isObject(branch.items) ? branchErrors(branch.items, outside?.items, `${path}.items`) : []),
  ...(["allOf", "anyOf", "oneOf"] as const).flatMap((name) =>
    (branch[name] ?? []).flatMap((inner, index) => branchErrors(inner, outside, `${path}.${name}[${index}]`)),
  ),
  ...(branch.not ? branchErrors(branch.not, outside, `${path}.not`) : []),
];

// ---- rules

/** `uncorrelatable` is the nearest list above whose items cannot be known again in an older version of it. */
const ruleErrors = (schema: StructuralSchema, path: string, uncorrelatable: string | undefined): readonly FieldError[] => {
  const values = valuesOf(schema);
  const listed = schema.type === "array" && schema["x-kubernetes-list-type"] !== "map" ? path : undefined;
  return [
    ...(schema["x-kubernetes-validations"] ?? []).flatMap((rule, index) =>
      ownRuleErrors(rule, schema, `${path}.x-kubernetes-validations[${index}]`, uncorrelatable),
    ),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      ruleErrors(field, `${path}.properties[${name}]`, uncorrelatable),
    ),
    ...(values ? ruleErrors(values, `${path}.additionalProperties`, uncorrelatable) : []),
    ...(schema.items ? ruleErrors(schema.items, `${path}.items`, uncorrelatable ?? listed) : []),
  ];
};

const ownRuleErrors = (
  rule: ValidationRule,
  schema: StructuralSchema,
  path: string,
  uncorrelatable: string | undefined,
): readonly FieldError[] => {
  if (typeof rule.rule !== "string" || rule.rule.trim() === "") return [requiredValue(`${path}.rule`, "rule is not specified")];
  const optionalOldSelf = rule.optionalOldSelf === true;
  const error = expressionError(rule.rule, schema, { returns: "bool", optionalOldSelf });
  if (error) return [invalid(`${path}.rule`, rule.rule, `compilation failed: ERROR: <input>:1:1: ${error}`)];
  const { messageExpression } = rule;
  const wrongMessage =
    messageExpression === undefined
      ? undefined
      : expressionError(messageExpression, schema, { returns: "string", optionalOldSelf });
  return [
    ...(wrongMessage
      ? [
          invalid(
            `${path}.messageExpression`,
            messageExpression,
            `messageExpression compilation failed: ERROR: <input>:1:1: ${wrongMessage}`,
          ),
        ]
      : []),
    ...(uncorrelatable !== undefined && compileExpression(rule.rule, { optionalOldSelf }).usesOldSelf
      ? [
          invalid(
            `${path}.rule`,
            rule.rule,
            `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
          ),
        ]
      : []),
  ];
};

// ---- what rules can cost

const mostPerRule = 10_000_000;
const mostPerSchema = 100_000_000;

/** Every expression of a schema: what was let in once is not judged again by limits that came later. */
const rulesIn = (schema: unknown): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (!isObject(node)) return;
    const { "x-kubernetes-validations": rules = [], properties, items, additionalProperties } = node as StructuralSchema;
    for (const { rule, messageExpression } of rules) {
      found.add(rule);
      if (messageExpression !== undefined) found.add(messageExpression);
    }
    for (const field of Object.values(properties ?? {})) visit(field);
    visit(items);
    visit(additionalProperties);
  };
  visit(schema);
  return found;
};

/** In the worst case, by the sizes that the schema allows. */
const costErrors = (schema: StructuralSchema, path: string, known: ReadonlySet<string>): readonly FieldError[] => {
  const errors: FieldError[] = [];
  const costs: { readonly field: string; readonly cost: number }[] = [];
  const expression = (text: string | undefined, node: StructuralSchema, times: number, field: string, what: string): void => {
    const tree = text === undefined ? undefined : treeOf(text);
    if (text === undefined || tree === undefined) return;
    const cost = estimatedCost(tree, node) * times;
    costs.push({ field, cost });
    if (cost > mostPerRule && !known.has(text)) errors.push(forbidden(field, tooCostly(what, cost, mostPerRule)));
  };
  const visit = (node: StructuralSchema, at: string, times: number): void => {
    (node["x-kubernetes-validations"] ?? []).forEach(({ rule, messageExpression }, index) => {
      const field = `${at}.x-kubernetes-validations[${index}]`;
      expression(rule, node, times, `${field}.rule`, "estimated rule cost");
      expression(messageExpression, node, times, `${field}.messageExpression`, "estimated messageExpression cost");
    });
    const values = valuesOf(node);
    for (const [name, field] of Object.entries(node.properties ?? {})) visit(field, `${at}.properties[${name}]`, times);
    if (values) visit(values, `${at}.additionalProperties`, times * mostItems(node));
    if (node.items) visit(node.items, `${at}.items`, times * mostItems(node));
  };
  visit(withTypeMeta(schema), path, 1);
  const sum = costs.reduce((all, { cost }) => all + cost, 0);
  const isNew = [...rulesIn(schema)].some((text) => !known.has(text));
  if (sum <= mostPerSchema || !isNew) return errors;
  const worst = [...costs].sort((a, b) => b.cost - a.cost).slice(0, 4);
  return [
    ...errors,
    ...worst.map(({ field }) =>
      forbidden(
        field,
        "contributed to estimated rule & messageExpression cost total exceeding cost limit for entire OpenAPIv3 schema",
      ),
    ),
    forbidden(
      path,
      tooCostly(
        "x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema",
        sum,
        mostPerSchema,
      ),
    ),
  ];
};

const tooCostly = (what: string, cost: number, limit: number): string => {
  const factor = cost / limit;
  const times = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
};

// ---- defaults

/** A default is a value like any other: known to the schema, and valid. */
const defaultErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  const values = valuesOf(schema);
  return [
    ...(schema.default === undefined ? [] : ownDefaultErrors(schema, path)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => defaultErrors(field, `${path}.properties[${name}]`)),
    ...(values ? defaultErrors(values, `${path}.additionalProperties`) : []),
    ...(schema.items ? defaultErrors(schema.items, `${path}.items`) : []),
  ];
};

const ownDefaultErrors = (schema: StructuralSchema, path: string): readonly FieldError[] => {
  const { default: value, ...rest } = schema;
  const field = "value";
  const holder = compileSchema({ type: "object", properties: { [field]: rest } });
  const { unknown } = holder.prune({ [field]: value });
  if (unknown.length > 0) return [invalid(`${path}.default`, value, "must not have unknown fields")];
  return holder
    .validate(holder.applyDefaults({ [field]: value }))
    .map((error) => ({ ...error, field: `${path}.default${error.field.slice(field.length)}` }));
};
