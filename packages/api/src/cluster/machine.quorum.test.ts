import { expect, test } from "vitest";
import type { Related } from "../kind/kind.ts";
import type { UnstructuredObject } from "../meta/object.ts";
import { allowQuorumLoss } from "./machine.quorum.ts";
import { Machine } from "./machine.ts";

const machine = (
  name: string,
  healthy: boolean,
  more: { annotations?: { [key: string]: string }; worker?: true } = {},
): Machine =>
  ({
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: {
      namespace: "n",
      name,
      labels: {
        "cluster.x-k8s.io/cluster-name": "blue",
        ...(more.worker ? {} : { "cluster.x-k8s.io/control-plane": "" }),
      },
      ...(more.annotations ? { annotations: more.annotations } : {}),
      ownerReferences: [
        { apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlane", name: "cp", uid: "1" },
      ],
    },
    spec: { clusterName: "blue", bootstrap: {}, infrastructureRef: {} },
    status: { conditions: [{ type: "EtcdMemberHealthy", status: healthy ? "True" : "False" }] },
  }) as unknown as Machine;

const above = (kind: string, name: string, going = false) =>
  ({
    apiVersion: "x/v1",
    kind,
    metadata: { namespace: "n", name, ...(going ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
  }) as unknown as UnstructuredObject;

/** Deleting the first of these machines. */
const forbidden = (machines: readonly Machine[], user = "kubernetes-admin", going?: "Cluster" | "KubeadmControlPlane") => {
  const [first] = machines;
  if (first === undefined) throw new Error("which one?");
  const all = [
    ...machines,
    above("Cluster", "blue", going === "Cluster"),
    above("KubeadmControlPlane", "cp", going === "KubeadmControlPlane"),
  ] as readonly UnstructuredObject[];
  const related: Related = {
    find: (read) => all.find(({ kind, metadata }) => kind === read.kind && metadata.name === read.name),
    list: (read) =>
      all.filter(
        ({ kind, metadata }) =>
          kind === read.kind && Object.entries(read.labels ?? {}).every(([key, value]) => metadata.labels?.[key] === value),
      ),
  };
  return Machine.forbidDelete?.(first, { operation: "DELETE", dryRun: false, old: first, user, related });
};

test.each([
  ["one of three healthy ones", [true, true, true], undefined],
  ["the sick one of three", [false, true, true], undefined],
  ["a healthy one while another is sick", [true, false, true], "1 of the other 2 members are healthy, and 2 are needed"],
  ["one of five while one is sick", [true, false, true, true, true], undefined],
  ["one of five while two are sick", [true, false, false, true, true], "2 of the other 4 members are healthy, and 3 are needed"],
  ["the only one", [true], "it is the only member"],
] as const)("of the control plane machines %s may go, or not, for etcd's sake [RUN-041]", (_which, health, why) => {
  const machines = health.map((healthy, index) => machine(`m${index}`, healthy));
  if (why === undefined) expect(forbidden(machines)).toBeUndefined();
  else expect(forbidden(machines)).toContain(why);
});

test("a member whose node has gone silent is not counted [RUN-041]", () => {
  const silent = machine("m1", true) as { status?: { conditions: { type: string; status: string }[] } };
  silent.status?.conditions.push({ type: "NodeHealthy", status: "Unknown" });
  expect(forbidden([machine("m0", true), silent as unknown as Machine, machine("m2", true)])).toContain("1 of the other 2");
});

test("who knows what it costs, and whoever takes the whole cluster away, may [RUN-041]", () => {
  const rest = [machine("m1", false), machine("m2", true)];
  const first = machine("m0", true);
  expect(forbidden([first, ...rest])).toContain(`annotate the Machine ${allowQuorumLoss}=true`);
  expect(forbidden([machine("m0", true, { annotations: { [allowQuorumLoss]: "true" } }), ...rest])).toBeUndefined();
  expect(forbidden([first, ...rest], "system:slipway")).toBeUndefined();
  expect(forbidden([first, ...rest], "system:serviceaccount:capi-kubeadm-control-plane-system:manager")).toBeUndefined();
  expect(forbidden([first, ...rest], "kubernetes-admin", "Cluster")).toBeUndefined();
  expect(forbidden([first, ...rest], "kubernetes-admin", "KubeadmControlPlane")).toBeUndefined();
  expect(forbidden([machine("m0", true, { worker: true }), ...rest])).toBeUndefined();
});

test("a machine that clusterctl takes away because it moved may go: it lives on elsewhere [CTL-125]", () => {
  const moved = { annotations: { "clusterctl.cluster.x-k8s.io/delete-for-move": "" } };
  expect(forbidden([machine("only", true, moved)])).toBeUndefined();
});
