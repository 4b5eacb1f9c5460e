import {
  apiVersionOf,
  Cluster,
  finalizers,
  labels,
  labelValueOf,
  Machine,
  MachineSet,
  type MachineSpec,
  nameFromTemplate,
  type Stored,
} from "@slipway/api";
import { controllerRef, ownerOf, ownerRef, type Report, withOwner } from "@slipway/runtime";
import { byContract, type External } from "../external/index.ts";
import { type MachineSetFacts, type MachineSetScope, templateOf } from "./scope.ts";

/** The MachineSet's own object: whose it is, and references by contract. CORE-274 */
export const desired = (set: Stored<MachineSet>, { facts, scope }: Report<MachineSetScope, MachineSetFacts>): MachineSet => {
  const named = { [labels.clusterName]: set.spec.clusterName };
  const { template } = set.spec;
  return {
    ...set,
    metadata: {
      ...set.metadata,
      labels: { ...set.metadata.labels, ...named },
      ...(standsAlone(set) ? { ownerReferences: withOwner(set.metadata.ownerReferences, ownerRef(scope.cluster, Cluster)) } : {}),
    },
    spec: {
      ...set.spec,
      selector: { ...set.spec.selector, matchLabels: { ...set.spec.selector.matchLabels, ...named } },
      template: {
        ...template,
        metadata: { ...template?.metadata, labels: { ...template?.metadata?.labels, ...named } },
        ...(template?.spec ? { spec: withContractVersions(template.spec, facts) } : {}),
      },
    },
  };
};

/** Nobody made it but a person: it belongs to the Cluster. One that a deployment made must wait for it, even while it has no owner. */
const standsAlone = (set: Stored<MachineSet>): boolean =>
  set.metadata.labels?.[labels.deploymentName] === undefined &&
  !ownerOf(set, { group: "cluster.x-k8s.io", kind: "MachineDeployment" }) &&
  !ownerOf(set, Cluster);

export const withContractVersions = (
  spec: MachineSpec,
  { infrastructureTemplate, bootstrapTemplate }: { infrastructureTemplate?: External; bootstrapTemplate?: External },
): MachineSpec => ({
  ...spec,
  ...(infrastructureTemplate ? { infrastructureRef: byContract(infrastructureTemplate) } : {}),
  ...(bootstrapTemplate ? { bootstrap: { ...spec.bootstrap, configRef: byContract(bootstrapTemplate) } } : {}),
});

/** CORE-282 */
export const newMachineName = (set: Stored<MachineSet>, random: () => number): string =>
  nameFromTemplate(
    set.spec.machineNamingStrategy?.template || "{{ .machineSet.name }}-{{ .random }}",
    { ".cluster.name": set.spec.clusterName, ".machineSet.name": set.metadata.name },
    random,
  );

/** A Machine to be; its references are filled in when what they refer to is there. CORE-283 */
export const newMachine = (set: Stored<MachineSet>, name: string): Machine => {
  const { spec } = templateOf(set);
  const { configRef: _template, ...bootstrap } = spec.bootstrap;
  return {
    apiVersion: apiVersionOf(Machine),
    kind: Machine.kind,
    metadata: { name, ...machineMetadata(set), finalizers: [finalizers.machine] },
    spec: { ...spec, clusterName: set.spec.clusterName, bootstrap, infrastructureRef: {} },
  };
};

/** What of a Machine follows the MachineSet for as long as it lives; all else stays as it was made. CORE-279, CORE-281, TRAP-11 */
export const desiredMachine = (set: Stored<MachineSet>, machine: Stored<Machine>): Machine => {
  const { spec } = templateOf(set);
  const { configRef, dataSecretName } = machine.spec.bootstrap;
  const present = machine.metadata.finalizers ?? [];
  return {
    apiVersion: apiVersionOf(Machine),
    kind: Machine.kind,
    metadata: {
      name: machine.metadata.name,
      uid: machine.metadata.uid, // applying must never make a Machine that is gone anew
      ...machineMetadata(set),
      finalizers: present.includes(finalizers.machine) ? present : [...present, finalizers.machine],
    },
    spec: {
      clusterName: set.spec.clusterName,
      bootstrap: configRef ? { configRef } : dataSecretName === undefined ? {} : { dataSecretName },
      infrastructureRef: machine.spec.infrastructureRef,
      ...asMade(spec, machine.spec),
      ...inPlaceFields(spec),
    },
  };
};

type InPlace = Pick<MachineSpec, "readinessGates" | "nodeDrainTimeout" | "nodeVolumeDetachTimeout" | "nodeDeletionTimeout">;

/** Fields that change on a machine that is there, even on one that is going. CORE-280 */
export const inPlaceFields = ({
  readinessGates,
  nodeDrainTimeout,
  nodeVolumeDetachTimeout,
  nodeDeletionTimeout,
}: MachineSpec): InPlace => ({
  ...(readinessGates === undefined ? {} : { readinessGates }),
  ...(nodeDrainTimeout === undefined ? {} : { nodeDrainTimeout }),
  ...(nodeVolumeDetachTimeout === undefined ? {} : { nodeVolumeDetachTimeout }),
  ...(nodeDeletionTimeout === undefined ? {} : { nodeDeletionTimeout }),
});

export const withInPlaceFields = <T extends MachineSpec>(machine: T, template: MachineSpec): MachineSpec => {
  const {
    readinessGates: _gates,
    nodeDrainTimeout: _drain,
    nodeVolumeDetachTimeout: _detach,
    nodeDeletionTimeout: _deletion,
    ...rest
  } = machine;
  return { ...rest, ...inPlaceFields(template) };
};

/** As `withInPlaceFields`, but a Machine always has a time limit for deleting its Node: admission gives it one. CORE-200, CORE-280 */
export const withTeardownFields = (machine: MachineSpec, template: MachineSpec): MachineSpec => {
  const { nodeDeletionTimeout } = machine;
  return { ...(nodeDeletionTimeout === undefined ? {} : { nodeDeletionTimeout }), ...withInPlaceFields(machine, template) };
};

/** What the template gave the Machine at its birth is still applied, with the value it has now. */
const asMade = (template: MachineSpec, machine: MachineSpec): Partial<MachineSpec> => ({
  ...(template.version !== undefined && machine.version !== undefined ? { version: machine.version } : {}),
  ...(template.failureDomain !== undefined && machine.failureDomain !== undefined
    ? { failureDomain: machine.failureDomain }
    : {}),
  ...(template.providerID !== undefined && machine.providerID !== undefined ? { providerID: machine.providerID } : {}),
});

const machineMetadata = (set: Stored<MachineSet>): Machine["metadata"] => ({
  ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
  labels: machineLabels(set),
  annotations: templateOf(set).annotations,
  ownerReferences: [controllerRef(set, MachineSet)],
});

export const machineLabels = (set: Stored<MachineSet>): { readonly [key: string]: string } => {
  const deployment = set.metadata.labels?.[labels.deploymentName];
  return {
    ...templateOf(set).labels,
    [labels.clusterName]: set.spec.clusterName,
    [labels.setName]: labelValueOf(set.metadata.name),
    ...(deployment === undefined ? {} : { [labels.deploymentName]: deployment }),
  };
};
