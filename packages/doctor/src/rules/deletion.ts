import { type Finding, line, operatorLine } from "../finding.ts";
import { grouped } from "../grouped.ts";
import { minutesSince, type Rule } from "./rule.ts";

/** Taking a cluster down takes minutes; after this, somebody should look. */
const DELETE_MINUTES = 15;

/** What waits to go, and for whom. */
export const deletion: Rule = ({ objects, now }) => {
  const { cluster, machines, infrastructure, infraMachines, record } = objects;
  const findings: Finding[] = [];
  for (const machine of machines) {
    const deleting = machine.status?.v1beta2?.conditions?.find(({ type }) => type === "Deleting");
    if (machine.metadata.deletionTimestamp === undefined || deleting?.status !== "True") continue;
    const drain =
      /Drain/i.test(deleting.reason) || /Drain not completed|cannot evict|PodDisruptionBudget/i.test(deleting.message);
    const hook = /Hook/i.test(deleting.reason);
    if ((!drain && !hook) || minutesSince(machine.metadata.deletionTimestamp, now) < 5) continue;
    findings.push({
      code: hook ? "DeletionBlocked" : "DrainBlocked",
      severity: "warning",
      title: hook ? "A machine waits for a hook before it may go" : "A node cannot be emptied: its pods may not be moved",
      evidence: [line(`Machine ${machine.metadata.name}: ${deleting.message.replace(/\s*\n\s*/g, "; ") || deleting.reason}`)],
      actions: hook
        ? [operatorLine("Whoever set the hook's annotation must remove it: kubectl get machine NAME -o yaml names it.")]
        : [
            line(
              "Look at the PodDisruptionBudgets of the cluster (kubectl get pdb -A): give the pods room elsewhere, or relax them.",
            ),
            operatorLine(
              "To give up on its pods: kubectl annotate machine NAME machine.cluster.x-k8s.io/exclude-node-draining=.",
            ),
          ],
      object: { kind: "Machine", name: machine.metadata.name },
      since: machine.metadata.deletionTimestamp,
    });
  }
  const going = record?.metadata.deletionTimestamp ?? cluster?.metadata.deletionTimestamp;
  if (going === undefined || minutesSince(going, now) < DELETE_MINUTES) return findings;
  const left = [...machines, ...infraMachines, infrastructure].filter((object) => object !== undefined);
  const first = left[0] ?? cluster ?? record;
  if (first === undefined) return findings;
  const counts = grouped(left, ({ kind }) => kind);
  findings.push({
    code: "DeletionBlocked",
    severity: "error",
    title: "The cluster is being deleted, and does not go away",
    evidence: [
      line(
        `Since ${going}. Left: ${[...counts].map(([kind, all]) => `${all.length} ${kind}`).join(", ") || `${first.kind} ${first.metadata.name}`}.`,
      ),
      operatorLine(
        `${first.kind} ${first.metadata.name} is kept by ${(first.metadata.finalizers ?? []).join(", ") || "nobody"}.`,
      ),
    ],
    actions: [
      line("Deleting again does no harm and does not help; the other findings say what is in the way."),
      operatorLine(
        "Find what the cloud refuses in the events; remove a finalizer by hand only when the cloud's resources are gone (`slipway orphans`).",
      ),
    ],
    object: { kind: first.kind, name: first.metadata.name },
    since: going,
  });
  return findings;
};
