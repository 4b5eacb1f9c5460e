import {
  Cluster,
  type ClusterClass,
  labels,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MachineSet,
  type ObjectReference,
  type Resource,
  refKey,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import type { Caches, ReconcileContext } from "@slipway/runtime";
import { readExternal, resolveReference } from "../external/index.ts";
import type { Blueprint, Current, CurrentDeployment, Template, Worker } from "./scope.ts";

export const topologyControllerName = "topology/cluster";

/** All templates of the class, used or not. @throws Error naming the first that is not there */
export const blueprintOf = async (clusterClass: Stored<ClusterClass>, context: ReconcileContext): Promise<Blueprint> => {
  const { infrastructure, controlPlane, workers } = clusterClass.spec;
  const template = async (reference: ObjectReference | undefined): Promise<Template> => {
    const { namespace = "" } = clusterClass.metadata;
    const resource = await resolveReference(context.caches, reference ?? {});
    await context.caches.ensure({ resource, map: () => [] }, topologyControllerName);
    const object = context.caches.find(resource, { namespace, name: reference?.name ?? "" });
    if (object !== undefined) return { resource, object };
    throw new Error(
      `${reference?.kind} ${refKey({ namespace, name: reference?.name ?? "" })} of ClusterClass ${clusterClass.metadata.name} does not exist`,
    );
  };
  const machines = controlPlane?.machineInfrastructure;
  const found = new Map<string, Worker>();
  for (const workerClass of workers?.machineDeployments ?? []) {
    const { bootstrap, infrastructure: machine } = workerClass.template;
    found.set(workerClass.class, {
      workerClass,
      bootstrap: await template(bootstrap.ref),
      infrastructure: await template(machine.ref),
    });
  }
  return {
    clusterClass,
    infrastructure: await template(infrastructure?.ref),
    controlPlane: await template(controlPlane?.ref),
    ...(machines === undefined ? {} : { controlPlaneMachines: await template(machines.ref) }),
    workers: found,
  };
};

/** What is there of the Cluster already. @throws Error when it refers to something that is not this controller's */
export const currentOf = async (cluster: Stored<Cluster>, blueprint: Blueprint, context: ReconcileContext): Promise<Current> => {
  const { caches } = context;
  const { namespace = "", name } = cluster.metadata;
  const own = { namespace, labels: { [labels.clusterName]: name, [labels.topologyOwned]: "" } };
  const external = async (reference: ObjectReference | undefined) => {
    if (reference === undefined) return undefined;
    const found = await readExternal(context, reference, { resource: Cluster, namespace, controller: topologyControllerName });
    if (found.object !== undefined && found.object.metadata.labels?.[labels.topologyOwned] === undefined) {
      throw new Error(`${found.resource.kind} ${refKey({ namespace, name: reference.name ?? "" })} is not topology owned`);
    }
    return found;
  };
  return {
    infrastructure: await external(cluster.spec.infrastructureRef),
    controlPlane: await external(cluster.spec.controlPlaneRef),
    deployments: caches.list(MachineDeployment, own).flatMap((object): readonly CurrentDeployment[] => {
      const topologyName = object.metadata.labels?.[labels.topologyDeploymentName];
      return topologyName === undefined ? [] : [{ topologyName, object, upgrading: isUpgrading(object, caches) }];
    }),
    healthChecks: caches.list(MachineHealthCheck, own),
    machineSets: caches.list(MachineSet, own),
    copies: copyKinds(blueprint).flatMap((resource) => caches.list(resource, own).map((object) => ({ resource, object }))),
  };
};

const copyKinds = ({ controlPlaneMachines, workers }: Blueprint): readonly Resource<UnstructuredObject>[] => {
  const all = [controlPlaneMachines, ...[...workers.values()].flatMap((worker) => [worker.bootstrap, worker.infrastructure])];
  return [
    ...new Map(
      all.flatMap((one) => (one === undefined ? [] : [[`${one.resource.plural}.${one.resource.group}`, one.resource]])),
    ).values(),
  ];
};

/** A machine runs another version than its deployment asks for. */
const isUpgrading = ({ metadata, spec }: Stored<MachineDeployment>, caches: Caches): boolean =>
  caches
    .list(Machine, { namespace: metadata.namespace ?? "", labels: spec.selector.matchLabels ?? {} })
    .some((machine) => machine.spec.version !== spec.template.spec?.version);
