import { expect, test } from "vitest";
import type { Tree, TreeNode } from "../../contract/index.ts";
import { boxSize, branches, picture, simplified } from "./layout.ts";

const node = (id: string, parent: string | null): TreeNode => ({
  id,
  parent,
  kind: id.split("/")[0] ?? "",
  name: id,
  role: null,
  ready: "True",
  severity: null,
  reason: null,
  message: null,
  phase: null,
  since: null,
  createdAt: null,
  deletingSince: null,
  conditions: [],
  facts: {},
});
const tree: Tree = {
  complete: true,
  nodes: [
    node("Cluster/a", null),
    node("LoadBalancer/l", "Cluster/a"),
    node("Machine/1", "Cluster/a"),
    node("Machine/2", "Cluster/a"),
    node("Server/1", "Machine/1"),
  ],
};

test("the picture goes from the cluster to its servers, and no box covers another [CON-060]", () => {
  const { boxes, lines } = picture(tree);
  const at = (id: string) => boxes.find((box) => box.node.id === id) ?? { x: Number.NaN, y: Number.NaN };
  expect(at("Cluster/a").x).toBeLessThan(at("Machine/1").x);
  expect(at("Machine/1").x).toBeLessThan(at("Server/1").x);
  for (const a of boxes)
    for (const b of boxes)
      if (a !== b) expect(Math.abs(a.x - b.x) >= boxSize.width || Math.abs(a.y - b.y) >= boxSize.height).toBe(true);
  expect(lines).toHaveLength(4);
});

test("the list says the same as the picture, each thing under what it belongs to [CON-060]", () => {
  expect(branches(tree).map(({ node: { id }, depth, children }) => `${depth} ${id} ${children}`)).toEqual([
    "0 Cluster/a 3",
    "1 LoadBalancer/l 0",
    "1 Machine/1 1",
    "2 Server/1 0",
    "1 Machine/2 0",
  ]);
});

test("a part whose parent could not be read is still shown [CON-060]", () => {
  const torn: Tree = { complete: false, nodes: [node("Server/9", "Machine/unread")] };
  expect(branches(torn).map(({ depth }) => depth)).toEqual([0]);
  expect(picture(torn)).toMatchObject({ boxes: [{ node: { id: "Server/9" } }], lines: [] });
});

test("the picture leaves the steps between out, but not those that something is wrong with [CON-083]", () => {
  const deep: Tree = {
    complete: true,
    nodes: [
      node("Cluster/a", null),
      node("Workers/w", "Cluster/a"),
      node("MachineDeployment/d", "Workers/w"),
      node("MachineSet/s", "MachineDeployment/d"),
      node("Machine/1", "MachineSet/s"),
      { ...node("OpenStackMachine/1", "Machine/1"), ready: "False" },
      node("OpenStackServer/1", "OpenStackMachine/1"),
      node("Server/1", "OpenStackServer/1"),
    ],
  };
  expect(simplified(deep).nodes.map(({ id, parent }) => `${id} < ${parent}`)).toEqual([
    "Cluster/a < null",
    "MachineDeployment/d < Cluster/a",
    "Machine/1 < MachineDeployment/d",
    "OpenStackMachine/1 < Machine/1",
    "Server/1 < OpenStackMachine/1",
  ]);
});
