import type { ClusterConfiguration } from "../bootstrap/clusterconfiguration.ts";
import { parseVersion } from "../cluster/version.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";

export const clusterConfigurationErrors = (
  configuration: ClusterConfiguration | undefined,
  old: ClusterConfiguration | undefined,
  path: string,
): readonly FieldError[] => {
  if (!configuration) return [];
  const { dns, etcd } = configuration;
  const tag = dns?.imageTag ?? "";
  return [
    ...tagErrors(dns?.imageTag, `${path}.dns.imageTag`),
    ...(tag === "" || parseVersion(tag, { vOptional: true })
      ? []
      : [
          invalid(
            "dns.imageTag",
            tag,
            `failed to parse CoreDNS version: failed to parse major.minor.patch from ${JSON.stringify(tag)}`,
          ),
        ]),
    ...tagErrors(etcd?.local?.imageTag, `${path}.etcd.local.imageTag`),
    ...(etcd?.local && etcd.external ? [forbidden(`${path}.etcd.local`, "cannot have both external and local etcd")] : []),
    ...(etcd?.external && old?.etcd?.local
      ? [forbidden(`${path}.etcd.external`, "cannot change between external and local etcd")]
      : []),
    ...(etcd?.local && old?.etcd?.external
      ? [forbidden(`${path}.etcd.local`, "cannot change between external and local etcd")]
      : []),
  ];
};

const tagErrors = (tag: string | undefined, path: string): readonly FieldError[] =>
  tag === undefined || /^[-A-Za-z0-9_.]*$/.test(tag) ? [] : [forbidden(path, `tag ${tag} is invalid`)];
