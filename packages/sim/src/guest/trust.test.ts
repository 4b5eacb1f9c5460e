import { describe, expect, test } from "vitest";
import { mistrust, type NodeTrust, type TrustedNode } from "./trust.ts";

/** A node of a stage: who signs on it, whom it believes, who signed its kubelet's certificate. */
const node = (
  name: string,
  {
    signs,
    believes,
    kubelet = signs,
    local = true,
  }: { signs: string; believes: readonly string[]; kubelet?: string; local?: boolean },
): TrustedNode => ({
  name,
  trust: {
    kubelet: { certificatePem: "", issuer: kubelet, servers: believes, clients: believes, local },
    apiServer: { issuer: signs, clientCaPem: "", clients: believes },
    etcd: { issuer: signs, peers: believes },
    serviceAccounts: { signs, accepts: believes },
  } satisfies NodeTrust,
});
const worker = (name: string, issuer: string, believes: readonly string[]): TrustedNode => ({
  name,
  trust: { kubelet: { certificatePem: "", issuer, servers: believes, clients: believes, local: false } },
});
const before = node("cp-before", { signs: "old", believes: ["old"] });
const trusting = node("cp-trust", { signs: "old", believes: ["old", "new"] });
const switched = node("cp-switch", { signs: "new", believes: ["new", "old"] });
const after = node("cp-after", { signs: "new", believes: ["new"] });

describe("nodes of two stages next to each other", () => {
  test.each<[string, readonly TrustedNode[]]>([
    ["before and trust", [before, trusting, worker("w", "old", ["old"])]],
    ["trust and switch", [trusting, switched, worker("w", "old", ["old", "new"])]],
    ["switch, and workers of the new authority", [switched, worker("w-1", "old", ["old", "new"]), worker("w-2", "new", ["new"])]],
    ["switch and after", [switched, after, worker("w", "new", ["new"])]],
  ])("believe each other: %s", (_, nodes) => {
    expect(mistrust(nodes)).toEqual([]);
  });

  test.each<[string, readonly TrustedNode[], readonly string[]]>([
    ["without the stage in which all learn to trust", [before, switched], ["etcd", "logs", "token"]],
    ["when workers were left out of it", [trusting, switched, worker("w", "old", ["old"])], ["kubelet", "logs"]],
    ["when workers with old certificates are left at the end", [after, worker("w", "old", ["new", "old"])], ["kubelet"]],
    [
      "when kubelets of the control plane speak with any API server",
      [after, node("cp-switch", { signs: "new", believes: ["new", "old"], kubelet: "old", local: false })],
      ["kubelet"],
    ],
  ])("fall out %s", (_, nodes, parts) => {
    expect(
      mistrust(nodes)
        .map(({ part }) => part)
        .toSorted(),
    ).toEqual(parts.toSorted());
  });

  test("say who refuses whom, and a node of which nothing is known says nothing", () => {
    expect(mistrust([trusting, switched, worker("w", "old", ["old"]), { name: "older" }])).toEqual([
      {
        node: "w",
        part: "kubelet",
        message: "API server of cp-switch: tls: failed to verify certificate: x509: certificate signed by unknown authority",
      },
      { node: "w", part: "logs", message: "kubelet refuses the API server of cp-switch: Unauthorized" },
    ]);
  });
});
