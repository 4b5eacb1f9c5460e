import { defaultedKubeadmConfigSpec, kubeadmConfigSpecErrors } from "../bootstrap/spec.admission.ts";
import { namingTemplateErrors } from "../cluster/naming.ts";
import { inNamespace, versionErrors } from "../cluster/template.admission.ts";
import { withVersionPrefix } from "../cluster/version.ts";
import { partOf, withFields } from "../kind/edit.ts";
import { forbidden, invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { templateMetadataErrors } from "../meta/labels.ts";
import { changedPaths, isAllowed } from "./changes.ts";
import { clusterConfigurationErrors } from "./clusterconfiguration.admission.ts";
import type { KubeadmControlPlane, KubeadmControlPlaneSpec, RolloutStrategy } from "./kubeadmcontrolplane.ts";
import { mutablePaths } from "./mutable.ts";
import { coreDNSErrors, versionChangeErrors } from "./upgrade.admission.ts";

export const defaultKubeadmControlPlane = (controlPlane: KubeadmControlPlane): KubeadmControlPlane => {
  const spec = partOf<KubeadmControlPlaneSpec>(controlPlane.spec, "spec");
  const machine = partOf<KubeadmControlPlaneSpec["machineTemplate"]>(spec.machineTemplate, "spec.machineTemplate");
  const { namespace } = controlPlane.metadata;
  return withFields(controlPlane, {
    spec: withFields(spec, {
      replicas: spec.replicas ?? 1,
      version: withVersionPrefix(spec.version),
      machineTemplate:
        machine.infrastructureRef &&
        withFields(machine, {
          infrastructureRef: inNamespace(machine.infrastructureRef, namespace, "spec.machineTemplate.infrastructureRef"),
        }),
      kubeadmConfigSpec: defaultedKubeadmConfigSpec(spec.kubeadmConfigSpec, "spec.kubeadmConfigSpec"),
      rolloutStrategy: defaultedRolloutStrategy(spec.rolloutStrategy, "spec.rolloutStrategy"),
    }),
  });
};

export const defaultedRolloutStrategy = (given: RolloutStrategy | undefined, path: string): RolloutStrategy => {
  const strategy = partOf<RolloutStrategy>(given, path);
  const typed = withFields(strategy, { type: strategy.type ?? "RollingUpdate" });
  if (typed.type !== "RollingUpdate") return typed;
  const rolling = partOf<NonNullable<RolloutStrategy["rollingUpdate"]>>(typed.rollingUpdate, `${path}.rollingUpdate`);
  return withFields(typed, { rollingUpdate: withFields(rolling, { maxSurge: rolling.maxSurge ?? 1 }) });
};

export const validateKubeadmControlPlane = (
  controlPlane: KubeadmControlPlane,
  context: AdmissionContext<KubeadmControlPlane>,
): readonly FieldError[] => {
  const { old } = context;
  const configPath = "spec.kubeadmConfigSpec";
  const { kubeadmConfigSpec } = controlPlane.spec;
  return [
    ...specErrors(controlPlane),
    ...(old ? [...frozenErrors(old, controlPlane), ...versionChangeErrors(old, controlPlane)] : []),
    ...clusterConfigurationErrors(
      kubeadmConfigSpec.clusterConfiguration,
      old?.spec.kubeadmConfigSpec.clusterConfiguration,
      `${configPath}.clusterConfiguration`,
    ),
    ...(old ? coreDNSErrors(old, controlPlane) : []),
    ...kubeadmConfigSpecErrors(kubeadmConfigSpec, configPath, context),
  ];
};

const specErrors = ({ spec, metadata }: KubeadmControlPlane): readonly FieldError[] => [
  ...replicasErrors(spec),
  ...infrastructureRefErrors(spec, metadata.namespace),
  ...templateMetadataErrors(spec.machineTemplate.metadata, "spec.machineTemplate.metadata"),
  ...versionErrors(spec.version, "spec.version"),
  ...rolloutErrors(spec, spec.replicas, "spec"),
];

/** Without a majority etcd stops, and an even number of members is no more safe than one less. */
const replicasErrors = (spec: KubeadmControlPlaneSpec): readonly FieldError[] => {
  const { replicas } = spec;
  if (replicas === undefined) return [requiredValue("spec.replicas", "is required")];
  return [
    ...(replicas <= 0 ? [forbidden("spec.replicas", "cannot be less than or equal to 0")] : []),
    ...(isEvenAndStacked(spec) ? [forbidden("spec.replicas", "cannot be an even number when etcd is stacked")] : []),
  ];
};

const isEvenAndStacked = ({ replicas, kubeadmConfigSpec }: KubeadmControlPlaneSpec): boolean =>
  replicas !== undefined && replicas % 2 === 0 && kubeadmConfigSpec.clusterConfiguration?.etcd?.external === undefined;

/** Upstream has a webhook of its own for this; its name is in the text that clients see. */
export const forbidControlPlaneScale = ({ spec }: KubeadmControlPlane): string | undefined => {
  const denied = 'admission webhook "validation-scale.kubeadmcontrolplane.controlplane.cluster.x-k8s.io" denied the request';
  if (spec.replicas === 0) return `${denied}: replicas cannot be 0`;
  return isEvenAndStacked(spec) ? `${denied}: replicas cannot be an even number when etcd is stacked` : undefined;
};

/** Reported under `infrastructure`, as clients know it, though the field is `infrastructureRef`. */
const infrastructureRefErrors = (
  { machineTemplate }: KubeadmControlPlaneSpec,
  namespace: string | undefined,
): readonly FieldError[] => {
  const path = "spec.machineTemplate.infrastructure";
  const reference = machineTemplate.infrastructureRef;
  return [
    ...(["apiVersion", "kind", "name"] as const).flatMap((field) =>
      reference[field] ? [] : [invalid(`${path}.${field}`, reference[field] ?? "", "cannot be empty")],
    ),
    ...(reference.namespace === namespace
      ? []
      : [invalid(`${path}.namespace`, reference.namespace ?? "", "must match metadata.namespace")]),
  ];
};

const leastExpiryDays = 7;

/** Shared with the template, which has no replicas. */
export const rolloutErrors = (
  spec: Pick<KubeadmControlPlaneSpec, "rolloutBefore" | "rolloutStrategy" | "machineNamingStrategy">,
  replicas: number | undefined,
  path: string,
): readonly FieldError[] => {
  const days = spec.rolloutBefore?.certificatesExpiryDays;
  return [
    ...(days !== undefined && days < leastExpiryDays
      ? [invalid(`${path}.rolloutBefore.certificatesExpiryDays`, days, `must be greater than or equal to ${leastExpiryDays}`)]
      : []),
    ...strategyErrors(spec.rolloutStrategy, replicas, `${path}.rolloutStrategy`),
    ...namingTemplateErrors(
      spec.machineNamingStrategy?.template,
      { ".cluster.name": "cluster", ".kubeadmControlPlane.name": "kubeadmcontrolplane" },
      `${path}.machineNamingStrategy.template`,
    ),
  ];
};

const strategyErrors = (
  strategy: RolloutStrategy | undefined,
  replicas: number | undefined,
  path: string,
): readonly FieldError[] => {
  if (!strategy) return [];
  const maxSurge = Number(strategy.rollingUpdate?.maxSurge ?? 1);
  return [
    ...(strategy.type === "RollingUpdate" ? [] : [requiredValue(`${path}.type`, "only RollingUpdateStrategyType is supported")]),
    ...(maxSurge === 0 && replicas !== undefined && replicas < 3
      ? [
          requiredValue(
            `${path}.rollingUpdate`,
            "when KubeadmControlPlane is configured to scale-in, replica count needs to be at least 3",
          ),
        ]
      : []),
    ...(maxSurge === 0 || maxSurge === 1 ? [] : [requiredValue(`${path}.rollingUpdate.maxSurge`, "value must be 1 or 0")]),
  ];
};

const frozenErrors = (old: KubeadmControlPlane, changed: KubeadmControlPlane): readonly FieldError[] => {
  const { status: _before, ...before } = old;
  const { status: _after, ...after } = changed;
  return changedPaths(before, after)
    .filter((path) => !isAllowed(path, mutablePaths))
    .map((path) => forbidden(path.join("."), "cannot be modified"));
};
