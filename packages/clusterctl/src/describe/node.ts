import type { UnstructuredObject } from "@slipway/api";
import { plural } from "@slipway/runtime/object/plural.ts";
import { type Condition, type ConditionFamily, conditionsOf, findCondition, upToDateOf } from "./conditions.ts";

/** Which rows the tree has (CTL-096). */
export interface TreeOptions {
  /** `all`, or a comma list of Kind and Kind/name. */
  readonly showConditions: string;
  readonly showMachineSets: boolean;
  readonly showTemplates: boolean;
  readonly showResourceSets: boolean;
  /** Show infrastructure and bootstrap objects even when they say what their machine says. */
  readonly echo: boolean;
  readonly grouping: boolean;
  readonly family: ConditionFamily;
}

/** One row of the tree, and the rows below it, sorted. */
export interface TreeNode {
  /** `reference`: only its name is known. `virtual`: a heading. `group`: several alike. */
  readonly type: "object" | "reference" | "virtual" | "group";
  /** What it is to its parent: `ControlPlane`; empty when its kind says it. */
  readonly role: string;
  readonly kind: string;
  readonly name: string;
  readonly deleted: boolean;
  /** Higher comes first among its siblings. */
  readonly zOrder: number;
  readonly object?: UnstructuredObject;
  readonly state: State;
  /** Every condition that is to be shown below it; absent when none was asked for. */
  readonly conditions?: readonly Condition[];
  /** The names that a group stands for, sorted. */
  readonly members: readonly string[];
  readonly children: readonly TreeNode[];
}

/** What siblings are compared by. Available and UpToDate only count in the v1beta2 family. */
export interface State {
  readonly ready: Condition | undefined;
  readonly available: Condition | undefined;
  readonly upToDate: Condition | undefined;
}

const nothing: State = { ready: undefined, available: undefined, upToDate: undefined };

export const stateOf = (object: UnstructuredObject, family: ConditionFamily): State =>
  family === "v1beta1"
    ? { ...nothing, ready: findCondition(object, "Ready", family) }
    : {
        ready: findCondition(object, "Ready", family),
        available: findCondition(object, "Available", family),
        upToDate: upToDateOf(object),
      };

export const objectNode = (
  object: UnstructuredObject,
  options: TreeOptions,
  {
    role = "",
    children = [],
    group = false,
  }: { readonly role?: string; readonly children?: readonly TreeNode[]; readonly group?: boolean } = {},
): TreeNode => ({
  type: "object",
  role,
  kind: object.kind,
  name: object.metadata.name ?? "",
  deleted: object.metadata.deletionTimestamp !== undefined,
  zOrder: 0,
  object,
  state: stateOf(object, options.family),
  ...(showsConditions(object, options.showConditions) ? { conditions: shownConditions(object, options.family) } : {}),
  members: [],
  children: sorted(group && options.grouping ? grouped(children) : children),
});

/** A row that is known only by who refers to it. Upstream swaps kind and apiVersion there, and so do we (CTL-114). */
export const referenceNode = (
  reference: { readonly apiVersion?: string; readonly name?: string },
  { role = "" }: { readonly role?: string } = {},
): TreeNode => ({
  type: "reference",
  role,
  kind: reference.apiVersion ?? "",
  name: reference.name ?? "",
  deleted: false,
  zOrder: 0,
  state: nothing,
  members: [],
  children: [],
});

export const virtualNode = (name: string, children: readonly TreeNode[], zOrder = 0): TreeNode => ({
  type: "virtual",
  role: "",
  kind: name,
  name,
  deleted: false,
  zOrder,
  state: nothing,
  members: [],
  children: sorted(children),
});

/** What the NAME column says, without the tree's lines (CTL-100…102). */
export const rowName = (node: TreeNode): string => {
  if (node.type === "virtual") return node.name;
  if (node.type === "group") return `${node.members.length} ${plural(node.kind)}...`;
  const own = `${node.kind}/${node.name}`;
  const named = node.role === "" ? own : `${node.role} - ${own}`;
  return node.deleted ? `!! DELETED !! ${named}` : named;
};

const sorted = (nodes: readonly TreeNode[]): readonly TreeNode[] =>
  [...nodes].sort((a, b) => b.zOrder - a.zOrder || (rowName(a) < rowName(b) ? -1 : rowName(a) > rowName(b) ? 1 : 0));

/** Siblings of one kind in one state become one row; what was below them is not shown (CTL-108). */
const grouped = (nodes: readonly TreeNode[]): readonly TreeNode[] => {
  const groups: TreeNode[][] = [];
  for (const node of nodes) {
    const alike =
      node.type === "object"
        ? groups.find(([first]) => first !== undefined && first.kind === node.kind && sameState(first.state, node.state))
        : undefined;
    if (alike === undefined) groups.push([node]);
    else alike.push(node);
  }
  return groups.flatMap((members) => (members.length === 1 ? members : [groupNode(members)]));
};

const groupNode = (members: readonly TreeNode[]): TreeNode => {
  const first = members[0];
  return {
    type: "group",
    role: "",
    kind: first?.kind ?? "",
    name: "",
    deleted: false,
    zOrder: first?.zOrder ?? 0,
    state: {
      ready: oldest(members.map(({ state }) => state.ready)),
      available: first?.state.available,
      upToDate: first?.state.upToDate,
    },
    members: members.map(({ name }) => name).sort(),
    children: [],
  };
};

const oldest = (conditions: readonly (Condition | undefined)[]): Condition | undefined =>
  conditions.reduce((old, one) =>
    old !== undefined && one !== undefined && Date.parse(one.lastTransitionTime) < Date.parse(old.lastTransitionTime) ? one : old,
  );

export const sameState = (a: State, b: State): boolean =>
  sameCondition(a.ready, b.ready) && sameCondition(a.available, b.available) && sameCondition(a.upToDate, b.upToDate);

/** Messages and times do not count. Two that are both missing are the same. */
export const sameCondition = (a: Condition | undefined, b: Condition | undefined): boolean =>
  a?.status === b?.status && a?.severity === b?.severity && a?.reason === b?.reason;

const showsConditions = (object: UnstructuredObject, wanted: string): boolean =>
  wanted
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .some(
      (word) =>
        word === "all" || word === object.kind.toLowerCase() || word === `${object.kind}/${object.metadata.name}`.toLowerCase(),
    );

/** The old family's Ready is in the object's own row already, and its types are sorted; the new one is shown whole, as it is stored (CTL-110). */
const shownConditions = (object: UnstructuredObject, family: ConditionFamily): readonly Condition[] => {
  const all = conditionsOf(object, family);
  if (family === "v1beta2") return all;
  return all.filter(({ type }) => type !== "Ready").sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
};
