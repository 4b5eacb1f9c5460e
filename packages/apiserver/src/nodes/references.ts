import type { UnstructuredObject } from "@slipway/api";

/** Other objects, by name in the pod's namespace, that a pod cannot run without. */
export interface PodReferences {
  readonly secrets: readonly string[];
  readonly configMaps: readonly string[];
  readonly claims: readonly string[];
  readonly account: string;
}

interface Loose {
  readonly [field: string]: unknown;
}
const fields = (value: unknown): Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(fields) : []);
const named = (...names: readonly unknown[]): readonly string[] =>
  names.filter((name): name is string => typeof name === "string" && name !== "");
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => fields(inner)[key], value);

export const referencesOf = ({ metadata, spec }: UnstructuredObject): PodReferences => {
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((key) => list(spec?.[key]));
  const volumes = list(spec?.["volumes"]);
  const sources = volumes.flatMap((volume) => list(at(volume, "projected", "sources")));
  const variables = containers.flatMap(({ env }) => list(env));
  const wholes = containers.flatMap(({ envFrom }) => list(envFrom));
  return {
    secrets: [
      ...list(spec?.["imagePullSecrets"]).flatMap(({ name }) => named(name)),
      ...variables.flatMap((variable) => named(at(variable, "valueFrom", "secretKeyRef", "name"))),
      ...wholes.flatMap((whole) => named(at(whole, "secretRef", "name"))),
      ...volumes.flatMap((volume) => [
        ...named(at(volume, "secret", "secretName"), at(volume, "azureFile", "secretName")),
        ...secretRefs.flatMap((driver) => named(at(volume, driver, "secretRef", "name"))),
        ...named(at(volume, "csi", "nodePublishSecretRef", "name")),
      ]),
      ...sources.flatMap((source) => named(at(source, "secret", "name"))),
    ],
    configMaps: [
      ...variables.flatMap((variable) => named(at(variable, "valueFrom", "configMapKeyRef", "name"))),
      ...wholes.flatMap((whole) => named(at(whole, "configMapRef", "name"))),
      ...volumes.flatMap((volume) => named(at(volume, "configMap", "name"))),
      ...sources.flatMap((source) => named(at(source, "configMap", "name"))),
    ],
    claims: volumes.flatMap((volume) =>
      volume["ephemeral"] === undefined
        ? named(at(volume, "persistentVolumeClaim", "claimName"))
        : [`${metadata.name ?? ""}-${String(volume["name"])}`],
    ),
    account: typeof spec?.["serviceAccountName"] === "string" ? spec["serviceAccountName"] : "",
  };
};

/** Kinds of volume whose secret is named the same way, in a pod and in a PersistentVolume. */
const secretRefs = ["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"];

/** Secrets of a bound volume that its node needs, as `namespace/name`; those of controllers alone are not its business. */
export const volumeSecretsOf = ({ spec }: UnstructuredObject): readonly string[] => {
  const home = String(at(spec, "claimRef", "namespace") ?? "");
  const full = (reference: unknown): readonly string[] => {
    const { namespace, name } = fields(reference);
    return named(name).map((each) => `${typeof namespace === "string" && namespace !== "" ? namespace : home}/${each}`);
  };
  const azure = fields(spec?.["azureFile"]);
  return [
    ...full({ name: azure["secretName"], namespace: azure["secretNamespace"] }),
    ...secretRefs.flatMap((driver) => full(at(spec, driver, "secretRef"))),
    ...["nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"].flatMap((key) => full(at(spec, "csi", key))),
  ];
};
