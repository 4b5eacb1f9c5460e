#!/usr/bin/env node
/**
 * Writes packages/api/src/builtin/generated/fields.ts: the fields and types of Kubernetes' own kinds, read from the type maps of
 * @kubernetes/client-node (Apache-2.0), which is fetched into a cache folder and never becomes a dependency. Run it when a newer
 * Kubernetes is to be served; list types, merge keys and protobuf numbers are our own tables beside the generated file.
 *
 *   node scripts/builtin-fields.mjs
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const version = "1.4.0";
const top = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(top, "node_modules/.cache/slipway/client-node");
const models = join(cache, "package/dist/gen/models");
const target = join(top, "packages/api/src/builtin/generated/fields.ts");

if (!existsSync(models)) {
  mkdirSync(cache, { recursive: true });
  const tarball = execFileSync("npm", ["pack", "--silent", `@kubernetes/client-node@${version}`], {
    cwd: cache,
    encoding: "utf8",
  });
  execFileSync("tar", ["xzf", tarball.trim()], { cwd: cache });
}

/** Group prefix of our definition names → where to start. Order matters: a shared shape belongs to the first that reaches it. */
const roots = {
  "meta.v1": ["ObjectMeta", "ListMeta", "Status", "DeleteOptions", "LabelSelector", "Condition", "WatchEvent", "APIResource"],
  "core.v1":
    "Namespace Secret ConfigMap ServiceAccount CoreV1Event Node Pod Service Endpoints PodTemplate ReplicationController PersistentVolumeClaim PersistentVolume ResourceQuota LimitRange Binding ComponentStatus",
  "apps.v1": "Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision",
  "events.v1": "EventsV1Event",
  "coordination.v1": "Lease",
  "discovery.v1": "EndpointSlice",
  "rbac.v1": "Role ClusterRole RoleBinding ClusterRoleBinding",
  "apiextensions.v1": "CustomResourceDefinition",
  "apiregistration.v1": "APIService",
  "admissionregistration.v1":
    "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
  "certificates.v1": "CertificateSigningRequest",
  "policy.v1": "PodDisruptionBudget Eviction",
  "authentication.v1": "AuthenticationV1TokenRequest TokenReview SelfSubjectReview",
  "authorization.v1": "SubjectAccessReview SelfSubjectAccessReview LocalSubjectAccessReview SelfSubjectRulesReview",
  "batch.v1": "Job CronJob",
  "autoscaling.v1": "Scale",
  "autoscaling.v2": "V2HorizontalPodAutoscaler",
  "networking.v1": "Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR",
  "node.v1": "RuntimeClass",
  "scheduling.v1": "PriorityClass",
  "storage.v1": "VolumeAttachment StorageClass CSIDriver CSINode VolumeAttributesClass CSIStorageCapacity",
  "flowcontrol.v1": "FlowSchema PriorityLevelConfiguration",
};

const files = new Set(readdirSync(models));
const classOf = (name) => [name, `V1${name}`].find((candidate) => files.has(`${candidate}.js`));
const names = new Map();
const shortName = (className) =>
  className.replace(
    /^(Admissionregistration|Apiextensions|Apiregistration|Authentication|Core|Discovery|Events|Flowcontrol|Rbac|Storage)?V\d/,
    "",
  );

const claim = (className, prefix) => {
  if (names.has(className) || className === "V1MicroTime") return;
  names.set(className, `${prefix}.${shortName(className)}`);
  for (const attribute of attributes(className))
    for (const used of attribute.type.match(/\b\w*V\d\w+/g) ?? []) claim(used, prefix);
};

const attributes = (className) => {
  const source = readFileSync(join(models, `${className}.js`), "utf8");
  const map = /attributeTypeMap = (\[[\s\S]*?\]);\n/.exec(source);
  return JSON.parse(map[1]);
};

const required = (className) => {
  const source = readFileSync(join(models, `${className}.d.ts`), "utf8");
  return new Set([...source.matchAll(/^ {4}'(\w+)': /gm)].map((match) => match[1]));
};

const typeOf = (type, format) => {
  const list = /^Array<(.*)>$/.exec(type);
  if (list) return `[${typeOf(list[1], format)}]`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return `{${typeOf(map[1], format)}}`;
  if (type === "V1MicroTime") return "microTime";
  if (type === "number") return format === "" ? "int32" : format;
  if (type === "string") return format === "byte" ? "bytes" : "string";
  return { boolean: "bool", Date: "time", IntOrString: "intOrString", any: "any" }[type] ?? names.get(type);
};

for (const [prefix, list] of Object.entries(roots))
  for (const name of Array.isArray(list) ? list : list.split(" ")) claim(classOf(name), prefix);

const lines = [...names]
  .map(([className, name]) => {
    const needed = required(className);
    const fields = attributes(className).map(
      (attribute) => `${attribute.baseName}${needed.has(attribute.name) ? "!" : ""}:${typeOf(attribute.type, attribute.format)}`,
    );
    return [name, fields.join(" ")];
  })
  .sort(([a], [b]) => (a < b ? -1 : 1));

mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  `/** Generated by scripts/builtin-fields.mjs from the type maps of @kubernetes/client-node ${version} (Apache-2.0). Never edit. */
export const builtinFields: { readonly [definition: string]: string } = {
${lines.map(([name, fields]) => `  ${JSON.stringify(name)}:\n    ${JSON.stringify(fields)},`).join("\n")}
};
`,
);
console.log(`${lines.length} definitions written to ${target}`);
