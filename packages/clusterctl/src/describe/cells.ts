import { fieldAt } from "../object/fields.ts";
import type { Condition } from "./conditions.ts";
import type { TreeNode } from "./node.ts";

/** REPLICAS, AVAILABLE, READY and UP TO DATE of a row; empty where a kind does not count (CTL-111). */
export const replicaCells = (node: TreeNode): readonly [string, string, string, string] => {
  if (node.type === "group") return groupCells(node);
  if (node.object === undefined) return ["", "", "", ""];
  if (node.role === "ControlPlane") return controlPlaneCells(node.object);
  switch (node.kind) {
    case "Cluster":
      return clusterCells(node.object);
    case "MachineDeployment":
    case "MachineSet":
      return setCells(node.object);
    case "Machine":
      return ["1", one(node.state.available), one(node.state.ready), one(node.state.upToDate)];
    default:
      return ["", "", "", ""];
  }
};

const counters = ["availableReplicas", "readyReplicas", "upToDateReplicas"] as const;

/** All members of a group are in one state, so each counter is all of them or none. */
const groupCells = ({ members, state }: TreeNode): readonly [string, string, string, string] => {
  const count = (condition: Condition | undefined) => (condition?.status === "True" ? String(members.length) : "0");
  return ["", count(state.available), count(state.ready), count(state.upToDate)];
};

const clusterCells = (object: object): readonly [string, string, string, string] => {
  const sum = (name: string): number | undefined => {
    const parts = ["controlPlane", "workers"].map((part) => numberAt(object, "status", "v1beta2", part, name));
    return parts.every((part) => part === undefined) ? undefined : parts.reduce<number>((total, part) => total + (part ?? 0), 0);
  };
  const [desired, current] = [sum("desiredReplicas"), sum("replicas")];
  const replicas = desired === undefined && current === undefined ? "" : `${current ?? 0}/${desired ?? 0}`;
  const [available, ready, upToDate] = counters.map((name) => textOf(sum(name)));
  return [replicas, available ?? "", ready ?? "", upToDate ?? ""];
};

const controlPlaneCells = (object: object): readonly [string, string, string, string] => {
  const [current, desired] = [numberAt(object, "status", "replicas"), numberAt(object, "spec", "replicas")];
  const [available, ready, upToDate] = counters.map((name) => textOf(numberAt(object, "status", "v1beta2", name)));
  return [
    current === undefined || desired === undefined ? "" : `${current}/${desired}`,
    available ?? "",
    ready ?? "",
    upToDate ?? "",
  ];
};

/** Upstream turns the two numbers round here; whoever reads its output expects that. */
const setCells = (object: object): readonly [string, string, string, string] => {
  const [desired, current] = [numberAt(object, "spec", "replicas"), numberAt(object, "status", "replicas")];
  const [available, ready, upToDate] = counters.map((name) => textOf(numberAt(object, "status", "v1beta2", name)));
  return [desired === undefined ? "" : `${desired}/${current ?? 0}`, available ?? "", ready ?? "", upToDate ?? ""];
};

const numberAt = (object: object, ...path: readonly string[]): number | undefined => {
  const value = fieldAt(object, ...path);
  return typeof value === "number" ? value : undefined;
};

const one = (condition: Condition | undefined): string => (condition?.status === "True" ? "1" : "0");
const textOf = (value: number | undefined): string => (value === undefined ? "" : String(value));
