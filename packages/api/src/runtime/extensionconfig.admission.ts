import { partOf, withFields } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { requirementsOf } from "../meta/labelselector.ts";
import type { LabelSelector } from "../meta/selector.ts";
import type { ExtensionConfig, ExtensionConfigSpec } from "./extensionconfig.ts";

type Errors = readonly FieldError[];
type ClientConfig = ExtensionConfigSpec["clientConfig"];
type Service = NonNullable<ClientConfig["service"]>;

export const defaultExtensionConfig = (config: ExtensionConfig): ExtensionConfig => {
  const spec = partOf<ExtensionConfigSpec>(config.spec, "spec");
  const client = partOf<ClientConfig>(spec.clientConfig, "spec.clientConfig");
  const service = client.service && withFields<Service>(client.service, { port: client.service.port ?? 443 });
  return withFields(config, {
    spec: withFields(spec, {
      namespaceSelector: spec.namespaceSelector ?? {},
      ...(service === undefined ? {} : { clientConfig: withFields(client, { service }) }),
    }),
  });
};

export const validateExtensionConfig = (config: ExtensionConfig, context: AdmissionContext<ExtensionConfig>): Errors => {
  if (!isEnabled("RuntimeSDK", context)) {
    return [forbidden("spec", "can be set only if the RuntimeSDK feature flag is enabled")];
  }
  const { metadata, spec } = config;
  const name = metadata.name ?? "";
  const { url, service } = spec.clientConfig;
  const field = "spec.clientConfig";
  return [
    ...labelErrors(name).map((error) =>
      invalid("metadata.name", name, `ExtensionConfig name should be a valid DNS1123 label name: [${error}]`),
    ),
    ...(url === undefined && service === undefined ? [requiredValue(field, "either url or service must be defined")] : []),
    ...(url !== undefined && service !== undefined ? [forbidden(field, "only one of url or service can be defined")] : []),
    ...(url === undefined ? [] : urlErrors(url, `${field}.url`)),
    ...(service === undefined ? [] : serviceErrors(service, `${field}.service`)),
    ...selectorErrors(spec.namespaceSelector, "spec.namespaceSelector"),
  ];
};

const urlErrors = (url: string, field: string): Errors => {
  if (!URL.canParse(url)) {
    return [
      invalid(field, url, `must be a valid URL, e.g. https://example.com: parse ${JSON.stringify(url)}: invalid URI for request`),
    ];
  }
  return new URL(url).protocol === "https:"
    ? []
    : [invalid(field, url, "'https' is the only allowed URL scheme, e.g. https://example.com")];
};

const serviceErrors = ({ name = "", namespace = "", path, port }: Service, field: string): Errors => [
  ...(name === "" ? [requiredValue(`${field}.name`, "must not be empty")] : []),
  ...serviceNameErrors(name).map((error) => invalid(`${field}.name`, name, error)),
  ...(namespace === "" ? [requiredValue(`${field}.namespace`, "must not be empty")] : []),
  ...labelErrors(namespace).map((error) => invalid(`${field}.namespace`, namespace, error)),
  ...(path === undefined || path.startsWith("/")
    ? []
    : [invalid(`${field}.path`, path, 'must start with "/" to be a valid URL path')]),
  ...(port === undefined || (port >= 1 && port <= 65535)
    ? []
    : [invalid(`${field}.port`, port, "must be between 1 and 65535, inclusive")]),
];

const selectorErrors = (selector: LabelSelector | undefined, field: string): Errors => {
  if (selector === undefined) return [requiredValue(field, "must be defined")];
  try {
    requirementsOf(selector);
    return [];
  } catch (error) {
    return [invalid(field, selector, error instanceof Error ? error.message : String(error))];
  }
};

const labelErrors = (name: string): readonly string[] => [
  ...(name.length > 63 ? ["must be no more than 63 bytes"] : []),
  ...(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)
    ? []
    : [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ]),
];

const serviceNameErrors = (name: string): readonly string[] => [
  ...(name.length > 63 ? ["must be no more than 63 bytes"] : []),
  ...(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
    ? []
    : [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ]),
];
