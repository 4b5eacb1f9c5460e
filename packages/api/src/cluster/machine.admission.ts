import { partOf, withFields, withLabel } from "../kind/edit.ts";
import { invalid, requiredValue } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import type { Machine, MachineSpec } from "./machine.ts";
import { labels } from "./names.ts";
import { clusterNameErrors, defaultedMachineSpec, versionErrors } from "./template.admission.ts";

export const defaultMachine = (machine: Machine): Machine => {
  const spec = partOf<MachineSpec>(machine.spec, "spec");
  const defaulted = defaultedMachineSpec(spec, machine.metadata.namespace, "spec");
  return withLabel(
    withFields(machine, {
      spec: withFields(defaulted, { nodeDeletionTimeout: spec.nodeDeletionTimeout ?? "10s" }),
    }),
    labels.clusterName,
    spec.clusterName,
  );
};

export const validateMachine = (machine: Machine, { old }: AdmissionContext<Machine>): readonly FieldError[] => {
  const { bootstrap, infrastructureRef, clusterName, version } = machine.spec;
  return [
    ...(bootstrap.configRef || bootstrap.dataSecretName !== undefined || isPoolMachine(machine)
      ? []
      : [
          requiredValue(
            "spec.bootstrap.data",
            "expected either spec.bootstrap.dataSecretName or spec.bootstrap.configRef to be populated",
          ),
        ]),
    ...(bootstrap.configRef ? namespaceErrors(machine, bootstrap.configRef, "spec.bootstrap.configRef") : []),
    ...namespaceErrors(machine, infrastructureRef, "spec.infrastructureRef"),
    ...clusterNameErrors(clusterName, old?.spec.clusterName),
    ...versionErrors(version, "spec.version"),
  ];
};

/** A pool owns the bootstrap config, so its Machines have none. */
const isPoolMachine = ({ metadata }: Machine): boolean =>
  metadata.labels?.[labels.poolName] !== undefined ||
  (metadata.ownerReferences ?? []).some(
    ({ kind, apiVersion }) => kind === "MachinePool" && apiVersion.startsWith("cluster.x-k8s.io/"),
  );

const namespaceErrors = (machine: Machine, reference: { readonly namespace?: string }, path: string): readonly FieldError[] =>
  reference.namespace === machine.metadata.namespace
    ? []
    : [invalid(`${path}.namespace`, reference.namespace ?? "", "must match metadata.namespace")];
