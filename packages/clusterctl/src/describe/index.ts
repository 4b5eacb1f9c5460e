/** `clusterctl describe cluster`: a cluster's objects as a tree, with what each says of itself. */
export { type ClusterObjects, collect, findCluster } from "./collect.ts";
export { type Condition, type ConditionFamily, conditionsOf } from "./conditions.ts";
export type { TreeNode, TreeOptions } from "./node.ts";
export { type PrintOptions, printTree } from "./print.ts";
export { printTreeV1Beta2 } from "./printv1beta2.ts";
export { buildTree } from "./tree.ts";
