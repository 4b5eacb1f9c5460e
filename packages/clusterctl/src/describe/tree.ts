import type { UnstructuredObject } from "@slipway/api";
import { fieldAt, fields } from "../object/fields.ts";
import type { Reference } from "../object/resource.ts";
import {
  bootstrapRefOf,
  type ClusterObjects,
  infrastructureRefOf,
  poolBootstrapRefOf,
  poolInfrastructureRefOf,
  referenceAt,
} from "./collect.ts";
import { objectNode, referenceNode, sameCondition, stateOf, type TreeNode, type TreeOptions, virtualNode } from "./node.ts";

const controlPlaneLabel = "cluster.x-k8s.io/control-plane";
const addonsVersion = "addons.cluster.x-k8s.io/v1beta1";

/** Cluster → infrastructure, resource sets, control plane → machines, workers → machine deployments → machines (CTL-100…115). */
export const buildTree = (objects: ClusterObjects, options: TreeOptions): TreeNode => {
  const controlPlaneMachines = objects.machines.filter(isControlPlane);
  const children = [
    objectNode(objects.infrastructure, options, { role: "ClusterInfrastructure" }),
    ...resourceSetNodes(objects, options),
    ...(objects.controlPlane === undefined
      ? []
      : [controlPlaneNode(objects.controlPlane, controlPlaneMachines, { objects, options })]),
  ];
  // Without a worker or a pool there is no Workers row, and then nowhere to show what nobody else holds (CTL-105, CTL-106).
  const hasWorkers = objects.machines.length > controlPlaneMachines.length || objects.machinePools.length > 0;
  const workers = hasWorkers ? [virtualNode("Workers", workerNodes({ objects, options }))] : [];
  return objectNode(objects.cluster, options, { children: [...children, ...workers] });
};

interface View {
  readonly objects: ClusterObjects;
  readonly options: TreeOptions;
}

const isControlPlane = (machine: UnstructuredObject): boolean => controlPlaneLabel in (machine.metadata.labels ?? {});

const controlPlaneNode = (object: UnstructuredObject, machines: readonly UnstructuredObject[], view: View): TreeNode => {
  const template = referenceAt(object, "spec", "machineTemplate", "infrastructureRef");
  return objectNode(object, view.options, {
    role: "ControlPlane",
    group: true,
    children: [
      ...templateNodes(view, template === undefined ? [] : [{ role: "MachineInfrastructureTemplate", reference: template }]),
      ...machines.map((machine) => machineNode(machine, view)),
    ],
  });
};

const workerNodes = (view: View): readonly TreeNode[] => {
  const { objects, options } = view;
  const placed = new Set<UnstructuredObject>();
  const claim = (machines: readonly UnstructuredObject[]): readonly TreeNode[] => {
    for (const machine of machines) placed.add(machine);
    return machines.map((machine) => machineNode(machine, view));
  };
  const machinesOf = (owner: UnstructuredObject) => objects.machines.filter((machine) => isControlledBy(machine, owner));
  if (objects.controlPlane !== undefined) for (const machine of objects.machines.filter(isControlPlane)) placed.add(machine);

  // Machine deployments are only looked for when some machine is a worker (CTL-105).
  const hasWorkerMachines = objects.machines.some((machine) => !isControlPlane(machine));
  const deployments = (hasWorkerMachines ? objects.machineDeployments : []).map((deployment) => {
    const sets = objects.machineSets.filter((set) => isControlledBy(set, deployment));
    const below = options.showMachineSets
      ? sets.map((set) => objectNode(set, options, { group: true, children: claim(machinesOf(set)) }))
      : sets.flatMap((set) => claim(machinesOf(set)));
    return objectNode(deployment, options, {
      group: !options.showMachineSets,
      children: [...templateNodes(view, deploymentTemplates(deployment)), ...below],
    });
  });
  const pools = objects.machinePools.map((pool) => {
    const own = [
      ...echoes(pool, { role: "BootstrapConfig", reference: poolBootstrapRefOf(pool) }, view),
      ...echoes(pool, { role: "MachinePoolInfrastructure", reference: poolInfrastructureRefOf(pool) }, view),
    ];
    return objectNode(pool, options, { group: true, children: [...own, ...claim(machinesOf(pool))] });
  });
  const others = objects.machines.filter((machine) => !placed.has(machine));
  const other =
    others.length === 0
      ? []
      : [
          virtualNode(
            "Other",
            others.map((machine) => machineNode(machine, view)),
          ),
        ];
  return [...deployments, ...pools, ...other];
};

const isControlledBy = (object: UnstructuredObject, owner: UnstructuredObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(({ controller, uid }) => controller === true && uid === owner.metadata.uid);

const machineNode = (machine: UnstructuredObject, view: View): TreeNode =>
  objectNode(machine, view.options, {
    children: [
      ...echoes(machine, { role: "MachineInfrastructure", reference: infrastructureRefOf(machine) }, view),
      ...echoes(machine, { role: "BootstrapConfig", reference: bootstrapRefOf(machine) }, view),
    ],
  });

interface Role {
  readonly role: string;
  readonly reference: Reference | undefined;
}

/** A machine's part, unless it says nothing that its machine does not (CTL-107). */
const echoes = (owner: UnstructuredObject, { role, reference }: Role, { objects, options }: View): readonly TreeNode[] => {
  const object = objects.related.get(`${reference?.kind}/${reference?.name}`);
  if (object === undefined) return [];
  const own = stateOf(object, options.family).ready;
  const isEcho = own?.status === "True" || sameCondition(own, stateOf(owner, options.family).ready);
  return isEcho && !options.echo ? [] : [objectNode(object, options, { role })];
};

const deploymentTemplates = (deployment: UnstructuredObject): readonly Role[] => {
  const spec = fieldAt(deployment, "spec", "template", "spec");
  return [
    { role: "BootstrapConfigTemplate", reference: fieldAt(spec, "bootstrap", "configRef") as Reference | undefined },
    { role: "MachineInfrastructureTemplate", reference: fieldAt(spec, "infrastructureRef") as Reference | undefined },
  ].filter(({ reference }) => reference !== undefined);
};

const templateNodes = ({ options }: View, templates: readonly Role[]): readonly TreeNode[] => {
  if (!options.showTemplates || templates.length === 0) return [];
  const rows = templates.map(({ role, reference }) => referenceNode(reference ?? {}, { role }));
  return [virtualNode("Templates", rows, 1)];
};

const resourceSetNodes = ({ resourceSetBinding }: ClusterObjects, options: TreeOptions): readonly TreeNode[] => {
  if (!options.showResourceSets || resourceSetBinding === undefined) return [];
  const bindings = fields(resourceSetBinding.spec)["bindings"];
  const names = (Array.isArray(bindings) ? bindings : []).map((binding) => fields(binding)["clusterResourceSetName"]);
  return [
    virtualNode(
      "ClusterResourceSets",
      names.map((name) => referenceNode({ apiVersion: addonsVersion, name: String(name) })),
    ),
  ];
};
