import type { UnstructuredObject } from "@slipway/api";
import { fieldAt, fields } from "../object/fields.ts";
import { resourceOf } from "../object/resource.ts";
import { Problem } from "../problem.ts";

/** The namespace that a manifest brings along. @throws Problem for more than one (CTL-033) */
export const namespaceOf = (objects: readonly UnstructuredObject[]): string | undefined => {
  const names = objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
  if (names.length > 1)
    throw new Problem(
      "Invalid manifest. There should be no more than one resource with Kind Namespace in the provider components yaml",
    );
  return names[0];
};

/** Puts a manifest into another namespace, with everything that names it (CTL-034). */
export const moveToNamespace = (objects: readonly UnstructuredObject[], namespace: string): readonly UnstructuredObject[] => {
  const moved = objects.map((object) => inNamespace(object, namespace));
  if (objects.some(({ kind }) => kind === "Namespace")) return moved;
  return [...moved, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }];
};

const inNamespace = (object: UnstructuredObject, namespace: string): UnstructuredObject => {
  if (object.kind === "Namespace") return { ...object, metadata: { ...object.metadata, name: namespace } };
  const before = object.metadata.namespace;
  const placed: UnstructuredObject =
    resourceOf(object)?.scope === "Cluster" ? object : { ...object, metadata: { ...object.metadata, namespace } };
  switch (object.kind) {
    case "ClusterRoleBinding":
    case "RoleBinding":
      return withSubjects(placed, namespace);
    case "MutatingWebhookConfiguration":
    case "ValidatingWebhookConfiguration":
      return withWebhooks(withCertificateSource(placed, namespace), namespace);
    case "CustomResourceDefinition":
      return withConversion(withCertificateSource(placed, namespace), namespace);
    case "Certificate":
      return withDnsNames(placed, before, namespace);
    default:
      return placed;
  }
};

const listAt = (value: unknown): readonly { readonly [field: string]: unknown }[] =>
  Array.isArray(value) ? value.map(fields) : [];

const withSubjects = (object: UnstructuredObject, namespace: string): UnstructuredObject => ({
  ...object,
  subjects: listAt(object["subjects"]).map((subject) => (subject["namespace"] ? { ...subject, namespace } : subject)),
});

const inject = "cert-manager.io/inject-ca-from";

/** The annotation is `namespace/certificate`. */
const withCertificateSource = (object: UnstructuredObject, namespace: string): UnstructuredObject => {
  const source = object.metadata.annotations?.[inject];
  if (source === undefined) return object;
  const [, certificate, ...more] = source.split("/");
  if (certificate === undefined || more.length > 0)
    throw new Problem(`object ${object.kind} ${object.metadata.name} does not have a correct value for ${inject}`);
  const annotations = { ...object.metadata.annotations, [inject]: `${namespace}/${certificate}` };
  return { ...object, metadata: { ...object.metadata, annotations } };
};

const withWebhooks = (object: UnstructuredObject, namespace: string): UnstructuredObject => ({
  ...object,
  webhooks: listAt(object["webhooks"]).map((webhook) => ({
    ...webhook,
    clientConfig: withService(fields(webhook["clientConfig"]), namespace),
  })),
});

const withConversion = (object: UnstructuredObject, namespace: string): UnstructuredObject => {
  const webhook = fields(fieldAt(object, "spec", "conversion", "webhook"));
  if (webhook["clientConfig"] === undefined) return object;
  const clientConfig = withService(fields(webhook["clientConfig"]), namespace);
  const conversion = { ...fields(fieldAt(object, "spec", "conversion")), webhook: { ...webhook, clientConfig } };
  return { ...object, spec: { ...object.spec, conversion } };
};

const withService = (config: { readonly [field: string]: unknown }, namespace: string) =>
  config["service"] === undefined ? config : { ...config, service: { ...fields(config["service"]), namespace } };

const withDnsNames = (object: UnstructuredObject, before: string | undefined, namespace: string): UnstructuredObject => {
  const names = object.spec?.["dnsNames"];
  if (!Array.isArray(names) || before === undefined) return object;
  const dnsNames = names.map((name) => String(name).replace(`.${before}.`, `.${namespace}.`));
  return { ...object, spec: { ...object.spec, dnsNames } };
};
