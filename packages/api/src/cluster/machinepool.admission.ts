import { partOf, withFields, withLabel } from "../kind/edit.ts";
import { isEnabled } from "../kind/features.ts";
import { forbidden, invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { templateMetadataErrors } from "../meta/labels.ts";
import type { MachineSpec } from "./machine.ts";
import type { MachinePool, MachinePoolSpec } from "./machinepool.ts";
import type { MachineTemplate } from "./machineset.ts";
import { labels } from "./names.ts";
import { defaultReplicas } from "./replicas.ts";
import { clusterNameErrors, defaultedMachineSpec, versionErrors } from "./template.admission.ts";

export const defaultMachinePool = (pool: MachinePool, { old }: AdmissionContext<MachinePool>): MachinePool => {
  const spec = partOf<MachinePoolSpec>(pool.spec, "spec");
  const template = partOf<MachineTemplate>(spec.template, "spec.template");
  const given = partOf<MachineSpec>(template.spec, "spec.template.spec");
  const machine = withFields(defaultedMachineSpec(given, pool.metadata.namespace, "spec.template.spec"), {
    nodeDeletionTimeout: given.nodeDeletionTimeout ?? "10s",
  });
  return withLabel(
    withFields(pool, {
      spec: withFields(spec, {
        replicas: spec.replicas ?? defaultReplicas({ ...pool, spec }, old),
        minReadySeconds: spec.minReadySeconds ?? 0,
        template: withFields(template, { spec: machine }),
      }),
    }),
    labels.clusterName,
    spec.clusterName,
  );
};

export const validateMachinePool = (pool: MachinePool, context: AdmissionContext<MachinePool>): readonly FieldError[] => {
  if (!isEnabled("MachinePool", context)) {
    return [forbidden("spec", "can be set only if the MachinePool feature flag is enabled")];
  }
  const { clusterName, template } = pool.spec;
  const { bootstrap, infrastructureRef, version } = template.spec ?? {};
  const elsewhere = (reference: { readonly namespace?: string } | undefined, path: string): readonly FieldError[] =>
    reference === undefined || reference.namespace === pool.metadata.namespace
      ? []
      : [invalid(`${path}.namespace`, reference.namespace ?? "", "must match metadata.namespace")];
  return [
    ...(bootstrap?.configRef || bootstrap?.dataSecretName !== undefined
      ? []
      : [
          requiredValue(
            "spec.template.spec.bootstrap.data",
            "expected either spec.bootstrap.dataSecretName or spec.bootstrap.configRef to be populated",
          ),
        ]),
    ...elsewhere(bootstrap?.configRef, "spec.template.spec.bootstrap.configRef"),
    ...elsewhere(infrastructureRef, "spec.infrastructureRef"),
    ...clusterNameErrors(clusterName, context.old?.spec.clusterName),
    ...versionErrors(version, "spec.template.spec.version"),
    ...templateMetadataErrors(template.metadata, "spec.template.metadata"),
  ];
};
