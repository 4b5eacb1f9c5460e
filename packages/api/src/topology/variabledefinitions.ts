import type { ClusterClassVariable } from "../cluster/clusterclass.ts";
import type { JsonSchemaProps } from "../cluster/jsonschemaprops.ts";
import { forbidden, invalid, notSupported, requiredValue } from "../kind/fielderror.ts";
import type { FieldError, SchemaTools } from "../kind/kind.ts";
import { templateMetadataErrors } from "../meta/labels.ts";
import { held, holderOf, isPlain } from "./variableschema.ts";

type Errors = readonly FieldError[];

const reserved = "builtin";

/** What is wrong with the variables that a class declares. */
export const variableDefinitionErrors = (
  variables: readonly ClusterClassVariable[],
  path: string,
  schemas: SchemaTools,
): Errors => {
  const names = new Set<string>();
  return variables.flatMap((variable) => {
    const at = `${path}[${variable.name}]`;
    const twice = names.has(variable.name)
      ? [
          invalid(
            `${at}.name`,
            variable.name,
            `variable name must be unique. Variable with name ${JSON.stringify(variable.name)} is defined more than once`,
          ),
        ]
      : [];
    names.add(variable.name);
    return [...twice, ...definitionErrors(variable, at, schemas)];
  });
};

const definitionErrors = ({ name, metadata, schema }: ClusterClassVariable, path: string, schemas: SchemaTools): Errors => {
  const at = `${path}.schema.openAPIV3Schema`;
  return [
    ...(name === "" ? [requiredValue(`${path}.name`, "variable name must be defined")] : []),
    ...(name === reserved ? [invalid(`${path}.name`, name, `"${reserved}" is a reserved variable name`)] : []),
    ...(name.includes(".") ? [invalid(`${path}.name`, name, 'variable name cannot contain "."')] : []),
    ...templateMetadataErrors(metadata, `${path}.metadata`),
    ...metadataErrors(schema.openAPIV3Schema, at),
    ...schemaErrors(schema.openAPIV3Schema, at, schemas),
  ];
};

/** Every schema within a schema, with its place. */
const nodesOf = (
  schema: JsonSchemaProps,
  path: string,
): readonly { readonly schema: JsonSchemaProps; readonly path: string; readonly branch: boolean }[] => {
  const walk = (node: unknown, at: string, branch: boolean): { schema: JsonSchemaProps; path: string; branch: boolean }[] => {
    if (!isPlain(node)) return [];
    return [
      { schema: node as JsonSchemaProps, path: at, branch },
      ...walk(node["additionalProperties"], `${at}.additionalProperties`, branch),
      ...Object.entries(isPlain(node["properties"]) ? node["properties"] : {}).flatMap(([name, field]) =>
        walk(field, `${at}.properties[${name}]`, branch),
      ),
      ...walk(node["items"], `${at}.items`, branch),
      ...walk(node["not"], `${at}.not`, true),
      ...["allOf", "anyOf", "oneOf"].flatMap((name) => {
        const branches = node[name];
        return Array.isArray(branches) ? branches.flatMap((one, index) => walk(one, `${at}.${name}[${index}]`, true)) : [];
      }),
    ];
  };
  return walk(schema, path, false);
};

const metadataErrors = (schema: JsonSchemaProps, path: string): Errors =>
  nodesOf(schema, path).flatMap((node) => templateMetadataErrors(node.schema["x-metadata"], `${node.path}.x-metadata`));

const types = ["array", "boolean", "integer", "number", "object", "string"];

const schemaErrors = (schema: JsonSchemaProps, path: string, schemas: SchemaTools): Errors => {
  const nodes = nodesOf(schema, path);
  const own = nodes.flatMap((node) => [
    ...(node.schema.type === undefined || (node.schema.type as string) === "" || types.includes(node.schema.type)
      ? []
      : [notSupported(`${node.path}.type`, node.schema.type, types)]),
    ...(node.schema.additionalProperties !== undefined && isPlain(node.schema.properties)
      ? [forbidden(node.path, "additionalProperties and properties are mutually exclusive")]
      : []),
    ...ruleErrors(node.schema, node.path),
  ]);
  if (own.length > 0) return own;
  const wrapper = `${path}.properties[${held}]`;
  const wrong = schemas.errors(holderOf(schema), path).map((error) => ({ ...error, field: error.field.replace(wrapper, path) }));
  if (wrong.length > 0) return wrong;
  return nodes.filter(({ branch }) => !branch).flatMap((node) => exampleErrors(node.schema, node.path, schemas));
};

const longestMessage = 2048;

const ruleErrors = (schema: JsonSchemaProps, path: string): Errors =>
  (schema["x-kubernetes-validations"] ?? []).flatMap(({ rule, message, messageExpression, fieldPath }, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const broken = (text: string | undefined): boolean => /[\r\n]/.test((text ?? "").trim());
    const blank = (text: string | undefined): boolean => text !== undefined && text !== "" && text.trim() === "";
    return [
      ...(rule.trim() === "" ? [requiredValue(`${at}.rule`, "rule is not specified")] : []),
      ...(blank(message) ? [invalid(`${at}.message`, message, "message must be non-empty if specified")] : []),
      ...((message?.length ?? 0) > longestMessage
        ? [
            invalid(
              `${at}.message`,
              `${message?.slice(0, 10)}...`,
              `message must have a maximum length of ${longestMessage} characters`,
            ),
          ]
        : []),
      ...(broken(message) ? [invalid(`${at}.message`, message, "message must not contain line breaks")] : []),
      ...(broken(rule) && (message ?? "").trim() === ""
        ? [requiredValue(`${at}.message`, "message must be specified if rule contains line breaks")]
        : []),
      ...(blank(messageExpression)
        ? [requiredValue(`${at}.messageExpression`, "messageExpression must be non-empty if specified")]
        : []),
      ...(blank(fieldPath) ? [invalid(`${at}.fieldPath`, fieldPath, "fieldPath must be non-empty if specified")] : []),
    ];
  });

/** An example, and each value of an enum, is a value like any other. */
const exampleErrors = (schema: JsonSchemaProps, path: string, schemas: SchemaTools): Errors => {
  const values = [
    ...(schema.example === undefined ? [] : [{ value: schema.example, at: `${path}.example` }]),
    ...(schema.enum ?? []).map((value, index) => ({ value, at: `${path}.enum[${index}]` })),
  ];
  if (values.length === 0) return [];
  const compiled = schemas.compile(holderOf(schema));
  return values.flatMap(({ value, at }) =>
    value === null
      ? []
      : compiled.validate({ [held]: value }).map((error) => ({
          ...error,
          field: error.field.replace(held, at),
          message: error.message.replaceAll(/\bvalue(\S*) in body /g, ""),
        })),
  );
};
