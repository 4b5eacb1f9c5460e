import {
  annotations,
  apiVersionOf,
  Cluster,
  finalizers,
  fnv1a,
  type LabelSelector,
  labels,
  MachineDeployment,
  MachineSet,
  type MachineSetSpec,
  type MachineSpec,
  type Stored,
  simpleName,
} from "@slipway/api";
import { controllerRef, ownerRef, type Report, withOwner } from "@slipway/runtime";
import { withContractVersions, withInPlaceFields } from "../machineset/desired.ts";
import { replicasOf, templateOf } from "../machineset/scope.ts";
import { rolloutFields } from "../machineset/uptodate.ts";
import { setAnnotations } from "./revision.ts";
import type { MachineDeploymentFacts, MachineDeploymentScope } from "./scope.ts";
import { fencepostsOf } from "./strategy.ts";

/** The deployment's own object: whose it is, references by contract, the revision of its newest MachineSet. CORE-316, CORE-325 */
export const desired = (
  deployment: Stored<MachineDeployment>,
  { facts, scope, deleting }: Report<MachineDeploymentScope, MachineDeploymentFacts>,
): MachineDeployment => {
  if (deleting) return deployment;
  const { template } = deployment.spec;
  const revision = facts.newSet?.metadata.annotations?.[annotations.revision];
  return {
    ...deployment,
    metadata: {
      ...deployment.metadata,
      labels: { ...deployment.metadata.labels, [labels.clusterName]: deployment.spec.clusterName },
      ownerReferences: withOwner(deployment.metadata.ownerReferences, ownerRef(scope.cluster, Cluster)),
      ...(revision === undefined
        ? {}
        : { annotations: { ...deployment.metadata.annotations, [annotations.revision]: revision } }),
    },
    spec: {
      ...deployment.spec,
      template: { ...template, ...(template.spec ? { spec: withContractVersions(template.spec, facts) } : {}) },
    },
  };
};

/** A MachineSet to be: what makes its machines, and what is brought to them later. CORE-321, CORE-323, CORE-324 */
export const newMachineSet = (
  deployment: Stored<MachineDeployment>,
  oldSets: readonly Stored<MachineSet>[],
  replicas: number,
  suffix: string,
): MachineSet => {
  const identity = `${fnv1a(JSON.stringify(rolloutFields(templateOf(deployment).spec)))}-${suffix}`;
  const topology = deployment.metadata.labels?.[labels.topologyOwned] === undefined ? [] : [finalizers.topologyMachineSet];
  return machineSet(deployment, oldSets, undefined, {
    identity,
    metadata: { name: simpleName(`${deployment.metadata.name}-`, suffix), finalizers: [finalizers.machineSet, ...topology] },
    replicas,
    spec: templateOf(deployment).spec,
  });
};

/** What an existing one becomes: replicas, name and what makes machines stay its own. CORE-326, CORE-327, TRAP-11 */
export const updatedMachineSet = (
  deployment: Stored<MachineDeployment>,
  oldSets: readonly Stored<MachineSet>[],
  existing: Stored<MachineSet>,
): MachineSet => {
  const identity = existing.metadata.labels?.[labels.machineTemplateHash];
  if (identity === undefined) {
    throw new Error(
      `MachineSet ${existing.metadata.name} has no label ${labels.machineTemplateHash}: set it to a value of its own`,
    );
  }
  const { name, uid, finalizers: present = [] } = existing.metadata;
  return machineSet(deployment, oldSets, existing, {
    identity,
    metadata: { name, uid, finalizers: present.includes(finalizers.machineSet) ? present : [...present, finalizers.machineSet] },
    replicas: replicasOf(existing),
    spec: templateOf(existing).spec,
  });
};

interface Own {
  readonly identity: string;
  readonly metadata: MachineSet["metadata"];
  readonly replicas: number;
  readonly spec: MachineSpec;
}

const machineSet = (
  deployment: Stored<MachineDeployment>,
  oldSets: readonly Stored<MachineSet>[],
  existing: Stored<MachineSet> | undefined,
  own: Own,
): MachineSet => {
  const { metadata, spec } = deployment;
  const template = templateOf(deployment);
  const wanted = replicasOf(deployment);
  const identified = { ...template.labels, [labels.machineTemplateHash]: own.identity };
  const { maxSurge } = fencepostsOf(deployment, wanted);
  return {
    apiVersion: apiVersionOf(MachineSet),
    kind: MachineSet.kind,
    metadata: {
      ...own.metadata,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { ...identified, [labels.deploymentName]: metadata.name },
      annotations: setAnnotations(deployment, oldSets, existing, { replicas: wanted, maxSurge }),
      ownerReferences: [controllerRef(deployment, MachineDeployment)],
    },
    spec: {
      clusterName: spec.clusterName,
      replicas: own.replicas,
      minReadySeconds: spec.minReadySeconds ?? 0,
      ...deletePolicyOf(deployment),
      selector: withIdentity(spec.selector, own.identity),
      template: {
        metadata: {
          labels: identified,
          ...(Object.keys(template.annotations).length === 0 ? {} : { annotations: template.annotations }),
        },
        spec: withInPlaceFields(own.spec, template.spec),
      },
      ...(spec.machineNamingStrategy ? { machineNamingStrategy: spec.machineNamingStrategy } : {}),
    },
  };
};

const deletePolicyOf = ({ spec }: MachineDeployment): Pick<MachineSetSpec, "deletePolicy"> => {
  const policy = spec.strategy?.rollingUpdate?.deletePolicy;
  return policy === undefined ? {} : { deletePolicy: policy };
};

const withIdentity = (selector: LabelSelector, identity: string): LabelSelector => ({
  ...selector,
  matchLabels: { ...selector.matchLabels, [labels.machineTemplateHash]: identity },
});
