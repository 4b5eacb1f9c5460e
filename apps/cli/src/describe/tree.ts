import type { UnstructuredObject } from "@slipway/api";
import { bootstrapRefOf, type ClusterObjects, fields, infrastructureRefOf } from "./collect.ts";

/** Which rows the tree has (CTL-096). */
export interface TreeOptions {
  /** `all`, or a comma list of Kind and Kind/name. */
  readonly showConditions: string;
  readonly showMachineSets: boolean;
  /** Show infrastructure and bootstrap objects even when they say what their machine says. */
  readonly echo: boolean;
  readonly grouping: boolean;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly severity: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

export interface TreeNode {
  readonly label: string;
  readonly kind: string;
  readonly name: string;
  readonly deleted: boolean;
  readonly ready: Condition | undefined;
  /** The other conditions, when they are to be shown. */
  readonly conditions: readonly Condition[];
  readonly children: readonly TreeNode[];
}

const controlPlaneLabel = "cluster.x-k8s.io/control-plane";

/** Cluster → infrastructure, control plane → machines, workers → machine deployments → machines (CTL-100…108). */
export const buildTree = (objects: ClusterObjects, options: TreeOptions): TreeNode => {
  const machinesUnder = (machines: readonly UnstructuredObject[]): readonly TreeNode[] =>
    group(
      machines.map((machine) => machineNode(machine, objects, options)),
      options,
    );
  const isControlPlane = (machine: UnstructuredObject) => controlPlaneLabel in (machine.metadata.labels ?? {});
  const controlPlaneMachines = objects.machines.filter(isControlPlane);
  const workers = objects.machines.filter((machine) => !isControlPlane(machine));
  const controlPlane =
    objects.controlPlane === undefined
      ? []
      : [node(objects.controlPlane, { role: "ControlPlane - ", options, children: machinesUnder(controlPlaneMachines) })];
  return node(objects.cluster, {
    role: "",
    options,
    children: [
      node(objects.infrastructure, { role: "ClusterInfrastructure - ", options, children: [] }),
      ...controlPlane,
      ...(workers.length === 0 ? [] : [virtual("Workers", workerNodes(objects, workers, options, machinesUnder))]),
    ],
  });
};

/** Machines sit under their MachineDeployment through the MachineSets it controls; those of nobody known under Other (CTL-106). */
const workerNodes = (
  objects: ClusterObjects,
  workers: readonly UnstructuredObject[],
  options: TreeOptions,
  machinesUnder: (machines: readonly UnstructuredObject[]) => readonly TreeNode[],
): readonly TreeNode[] => {
  const placed = new Set<string>();
  const machinesOf = (set: UnstructuredObject) => workers.filter((machine) => isControlledBy(machine, set));
  const deployments = objects.machineDeployments.map((deployment) => {
    const sets = objects.machineSets.filter((set) => isControlledBy(set, deployment));
    const machines = sets.flatMap(machinesOf);
    for (const machine of machines) placed.add(machine.metadata.uid ?? "");
    const setNodes = sets.map((set) => node(set, { role: "", options, children: machinesUnder(machinesOf(set)) }));
    return node(deployment, {
      role: "",
      options,
      children: options.showMachineSets ? group(setNodes, options) : machinesUnder(machines),
    });
  });
  const others = workers.filter((machine) => !placed.has(machine.metadata.uid ?? ""));
  return [
    ...deployments,
    ...(others.length === 0
      ? []
      : [
          virtual(
            "Other",
            others.map((machine) => machineNode(machine, objects, options)),
          ),
        ]),
  ];
};

const isControlledBy = (object: UnstructuredObject, owner: UnstructuredObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
  );

const machineNode = (machine: UnstructuredObject, objects: ClusterObjects, options: TreeOptions): TreeNode => {
  const ready = readyOf(machine);
  const parts = [
    { role: "MachineInfrastructure - ", reference: infrastructureRefOf(machine) },
    { role: "BootstrapConfig - ", reference: bootstrapRefOf(machine) },
  ];
  const children = parts.flatMap(({ role, reference }) => {
    const object = objects.related.get(`${reference?.kind}/${reference?.name}`);
    if (object === undefined || (!options.echo && isEcho(readyOf(object), ready))) return [];
    return [node(object, { role, options, children: [] })];
  });
  return node(machine, { role: "", options, children });
};

/** It says nothing that its machine does not (CTL-107). */
const isEcho = (own: Condition | undefined, machines: Condition | undefined): boolean =>
  own !== undefined && (own.status === "True" || (machines !== undefined && sameState(own, machines)));

const sameState = (a: Condition | undefined, b: Condition | undefined): boolean =>
  a?.status === b?.status && a?.severity === b?.severity && a?.reason === b?.reason;

/** Siblings of one kind in one state become one row (CTL-108). */
const group = (nodes: readonly TreeNode[], options: TreeOptions): readonly TreeNode[] => {
  if (!options.grouping) return nodes;
  const groups: TreeNode[][] = [];
  for (const one of nodes) {
    const alike = groups.find(
      ([first]) => first !== undefined && first.kind === one.kind && one.ready !== undefined && sameState(first.ready, one.ready),
    );
    if (alike === undefined) groups.push([one]);
    else alike.push(one);
  }
  return groups.map((members) => (members.length === 1 && members[0] !== undefined ? members[0] : groupNode(members)));
};

const groupNode = (members: readonly TreeNode[]): TreeNode => {
  const names = members.map(({ name }) => name).sort();
  const kind = members[0]?.kind ?? "";
  const ready = members[0]?.ready;
  const youngest =
    members
      .map((member) => member.ready?.lastTransitionTime ?? "")
      .sort()
      .at(-1) ?? "";
  return {
    label: `${members.length} ${kind}s...`,
    kind: `${kind}s`,
    name: "",
    deleted: members.some((member) => member.deleted),
    ready:
      ready === undefined
        ? undefined
        : {
            ...ready,
            lastTransitionTime: youngest,
            message: `See ${names.slice(0, 2).join(", ")}${names.length > 2 ? ", ..." : ""}`,
          },
    conditions: [],
    children: [],
  };
};

const virtual = (label: string, children: readonly TreeNode[]): TreeNode => ({
  label,
  kind: label,
  name: label,
  deleted: false,
  ready: undefined,
  conditions: [],
  children: sorted(children),
});

const node = (
  object: UnstructuredObject,
  { role, options, children }: { readonly role: string; readonly options: TreeOptions; readonly children: readonly TreeNode[] },
): TreeNode => ({
  label: `${role}${object.kind}/${object.metadata.name}`,
  kind: object.kind,
  name: object.metadata.name ?? "",
  deleted: object.metadata.deletionTimestamp !== undefined,
  ready: readyOf(object),
  conditions: showsConditions(object, options.showConditions)
    ? conditionsOf(object)
        .filter(({ type }) => type !== "Ready")
        .sort((a, b) => (a.type < b.type ? -1 : 1))
    : [],
  children: sorted(children),
});

const sorted = (children: readonly TreeNode[]): readonly TreeNode[] =>
  [...children].sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));

const showsConditions = (object: UnstructuredObject, wanted: string): boolean =>
  wanted
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .some(
      (word) =>
        word === "all" || word === object.kind.toLowerCase() || word === `${object.kind}/${object.metadata.name}`.toLowerCase(),
    );

export const conditionsOf = (object: UnstructuredObject): readonly Condition[] => {
  const conditions = fields(object.status)["conditions"];
  return (Array.isArray(conditions) ? conditions : []).map(fields).map((condition) => ({
    type: String(condition["type"] ?? ""),
    status: String(condition["status"] ?? ""),
    severity: String(condition["severity"] ?? ""),
    reason: String(condition["reason"] ?? ""),
    message: String(condition["message"] ?? ""),
    lastTransitionTime: String(condition["lastTransitionTime"] ?? ""),
  }));
};

const readyOf = (object: UnstructuredObject): Condition | undefined => conditionsOf(object).find(({ type }) => type === "Ready");
