import { invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";

/** What Kubernetes lets stand in names, labels and annotations. Each function answers what is wrong, in its words. */

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const labelValueErrors = (value: string): readonly string[] => [
  ...(value.length > 63 ? ["must be no more than 63 bytes"] : []),
  ...(labelValue.test(value)
    ? []
    : [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ]),
];

export const subdomainErrors = (name: string): readonly string[] => [
  ...(name.length > 253 ? ["must be no more than 253 bytes"] : []),
  ...(subdomain.test(name)
    ? []
    : [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ]),
];

export const qualifiedNameErrors = (key: string): readonly string[] => {
  const parts = key.split("/");
  if (parts.length > 2) return [qualifiedNameRule];
  const [prefix, name = ""] = parts.length === 2 ? parts : [undefined, parts[0]];
  return [
    ...(prefix === undefined
      ? []
      : prefix === ""
        ? ["prefix part must be non-empty"]
        : subdomainErrors(prefix).map((error) => `prefix part ${error}`)),
    ...(name === "" ? ["name part must be non-empty"] : name.length > 63 ? ["name part must be no more than 63 bytes"] : []),
    ...(namePart.test(name) ? [] : [qualifiedNameRule]),
  ];
};

const qualifiedNameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

interface Labelled {
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

/** Labels and annotations of the metadata that stand in a template. */
export const templateMetadataErrors = (metadata: Labelled | undefined, path: string): readonly FieldError[] => [
  ...Object.entries(metadata?.labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((error) => invalid(`${path}.labels`, key, error)),
    ...labelValueErrors(value).map((error) => invalid(`${path}.labels`, value, error)),
  ]),
  ...Object.keys(metadata?.annotations ?? {}).flatMap((key) =>
    qualifiedNameErrors(key.toLowerCase()).map((error) => invalid(`${path}.annotations`, key, error)),
  ),
];
