import { partOf, withFields } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import type { KubeObject } from "../meta/object.ts";
import type { KubeadmConfigSpec } from "./kubeadmconfig.ts";
import type { NodeRegistration } from "./noderegistration.ts";

/** Defaults and checks of a KubeadmConfigSpec, wherever one stands: KubeadmConfig, KubeadmControlPlane and their templates. */

export const defaultedKubeadmConfigSpec = (given: KubeadmConfigSpec | undefined, path: string): KubeadmConfigSpec => {
  const spec = partOf<KubeadmConfigSpec>(given, path);
  return withFields(spec, {
    format: spec.format ?? "cloud-config",
    initConfiguration: spec.initConfiguration && withPullPolicy(spec.initConfiguration, `${path}.initConfiguration`),
    joinConfiguration:
      spec.joinConfiguration &&
      withExecVersion(withPullPolicy(spec.joinConfiguration, `${path}.joinConfiguration`), `${path}.joinConfiguration`),
  });
};

const withPullPolicy = <T extends { readonly nodeRegistration?: NodeRegistration }>(given: T, path: string): T => {
  const configuration = partOf<T>(given, path);
  const registration = partOf<NodeRegistration>(configuration.nodeRegistration, `${path}.nodeRegistration`);
  return withFields<{ nodeRegistration?: NodeRegistration }>(configuration, {
    nodeRegistration: withFields(registration, { imagePullPolicy: registration.imagePullPolicy ?? "IfNotPresent" }),
  }) as T;
};

type JoinConfiguration = NonNullable<KubeadmConfigSpec["joinConfiguration"]>;

const withExecVersion = (join: JoinConfiguration, path: string): JoinConfiguration => {
  const discovery = join.discovery;
  const file = discovery?.file;
  const kubeConfig = file?.kubeConfig;
  const exec = kubeConfig?.user?.exec;
  if (!discovery || !file || !kubeConfig || !exec) return join;
  const { apiVersion = "client.authentication.k8s.io/v1" } = partOf<typeof exec>(
    exec,
    `${path}.discovery.file.kubeConfig.user.exec`,
  );
  return withFields(join, {
    discovery: {
      ...discovery,
      file: { ...file, kubeConfig: { ...kubeConfig, user: { ...kubeConfig.user, exec: { ...exec, apiVersion } } } },
    },
  });
};

export const kubeadmConfigSpecErrors = (
  spec: KubeadmConfigSpec,
  path: string,
  context: Pick<AdmissionContext<KubeObject>, "featureGates">,
): readonly FieldError[] => [
  ...fileErrors(spec, `${path}.files`),
  ...userErrors(spec, `${path}.users`),
  ...formatErrors(spec, path, isEnabled("KubeadmBootstrapFormatIgnition", context)),
  ...discoveryErrors(spec, `${path}.joinConfiguration.discovery.file.kubeconfig.user`),
];

const fileErrors = ({ files = [] }: KubeadmConfigSpec, path: string): readonly FieldError[] =>
  files.flatMap((file, index) => [
    ...(file.content && file.contentFrom
      ? [invalid(`${path}[${index}]`, file, "only one of content or contentFrom may be specified for a single file")]
      : []),
    ...secretErrors(file.contentFrom, `${path}[${index}].contentFrom`),
    ...(files.findIndex((other) => other.path === file.path) < index
      ? [invalid(`${path}[${index}].path`, file, "path property must be unique among all files")]
      : []),
  ]);

const userErrors = ({ users = [] }: KubeadmConfigSpec, path: string): readonly FieldError[] =>
  users.flatMap((user, index) => [
    ...(user.passwd !== undefined && user.passwdFrom
      ? [invalid(`${path}[${index}]`, user, "only one of passwd or passwdFrom may be specified for a single user")]
      : []),
    ...secretErrors(user.passwdFrom, `${path}[${index}].passwdFrom`),
  ]);

const secretErrors = (
  source: { readonly secret: { readonly name: string; readonly key: string } } | undefined,
  path: string,
): readonly FieldError[] => {
  if (!source) return [];
  return [
    ...(source.secret.name === ""
      ? [requiredValue(`${path}.secret.name`, "secret file source must specify non-empty secret name")]
      : []),
    ...(source.secret.key === ""
      ? [requiredValue(`${path}.secret.key`, "secret file source must specify non-empty secret key")]
      : []),
  ];
};

const gateOff = "can be set only if the KubeadmBootstrapFormatIgnition feature gate is enabled";
const notWithIgnition = "not supported when spec.format is set to: ignition";

const formatErrors = (spec: KubeadmConfigSpec, path: string, ignitionEnabled: boolean): readonly FieldError[] => {
  const { format, ignition } = spec;
  if (!ignitionEnabled) {
    return [
      ...(format === "ignition" ? [forbidden(`${path}.format`, gateOff)] : []),
      ...(ignition ? [forbidden(`${path}.ignition`, gateOff)] : []),
    ];
  }
  if (format !== "ignition") {
    return ignition ? [invalid(`${path}.format`, format ?? "", 'must be set to "ignition" if spec.ignition is set')] : [];
  }
  return ignitionErrors(spec, path);
};

/** What cloud-init can do and Ignition cannot. */
const ignitionErrors = (spec: KubeadmConfigSpec, path: string): readonly FieldError[] => {
  const { users = [], files = [], diskSetup, bootCommands, useExperimentalRetryJoin } = spec;
  const refused = (field: string) => forbidden(`${path}.${field}`, notWithIgnition);
  return [
    ...users.flatMap(({ inactive }, index) => (inactive ? [refused(`users[${index}].inactive`)] : [])),
    ...(useExperimentalRetryJoin ? [refused("useExperimentalRetryJoin")] : []),
    ...files.flatMap(({ encoding }, index) =>
      encoding === "gzip" || encoding === "gzip+base64" ? [refused(`files[${index}].encoding`)] : [],
    ),
    ...(bootCommands ? [refused("bootCommands")] : []),
    ...(diskSetup?.partitions ?? []).flatMap(({ tableType }, index) =>
      tableType !== undefined && tableType !== "gpt"
        ? [
            invalid(
              `${path}.diskSetup.partitions[${index}].tableType`,
              tableType,
              'only partition type "gpt" is supported when spec.format is set to "ignition"',
            ),
          ]
        : [],
    ),
    ...(diskSetup?.filesystems ?? []).flatMap(({ replaceFS, partition }, index) => [
      ...(replaceFS !== undefined ? [refused(`diskSetup.filesystems[${index}].replaceFS`)] : []),
      ...(partition !== undefined ? [refused(`diskSetup.filesystems[${index}].partition`)] : []),
    ]),
  ];
};

const discoveryErrors = (spec: KubeadmConfigSpec, path: string): readonly FieldError[] => {
  const kubeConfig = spec.joinConfiguration?.discovery?.file?.kubeConfig;
  if (!kubeConfig) return [];
  const { authProvider, exec } = kubeConfig.user;
  if (!authProvider && !exec) return [invalid(path, kubeConfig.user, "at least one of authProvider or exec must be defined")];
  return authProvider && exec ? [invalid(path, kubeConfig.user, "either authProvider or exec must be defined")] : [];
};
