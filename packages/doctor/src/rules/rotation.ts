import { type Finding, line, operatorLine } from "../finding.ts";
import { minutesSince, type Rule } from "./rule.ts";

/** Words of the driver's own: the rotation cannot begin, or has lost what it needs. */
const incomplete = /^The certificate authorities cannot be rotated: /;
const gone = /^Secret (\S+), which holds the old and the new certificate authorities, was deleted/;

export const isAboutRotation = (message: string): boolean => incomplete.test(message) || gone.test(message);

/** Machines are replaced one by one: as long as one comes or goes now and then, it goes on. */
const PATIENCE_MINUTES = 60;

/** The exchange of a cluster's certificate authorities, and what holds it up. */
export const rotation: Rule = ({ objects: { record, machines }, obstacle, now }) => {
  if (record === undefined) return [];
  const { name, namespace = "" } = record.metadata;
  const object = { kind: "Cluster", name };
  const findings: Finding[] = [];
  const message = obstacle?.message ?? "";
  if (gone.test(message))
    findings.push({
      code: "AuthoritiesGone",
      severity: "error",
      title: "The new certificate authorities were deleted in the middle of their rotation",
      evidence: [line(message)],
      actions: [
        line("Ask the platform's operator. The cluster works on as it is; do not delete its nodes."),
        operatorLine(`Restore Secret ${name}-ca-rotation in ${namespace} from a backup; the rotation goes on by itself.`),
        operatorLine(
          "Without a backup the cluster cannot be brought to one authority again: make another cluster and move there.",
        ),
      ],
      object,
      since: undefined,
    });
  if (incomplete.test(message))
    findings.push({
      code: "AuthoritiesIncomplete",
      severity: "error",
      title: "The certificate authorities cannot be rotated: one is not complete",
      evidence: [line(message)],
      actions: [
        line("Ask the platform's operator. The cluster works on as it is."),
        operatorLine(`Put certificate (tls.crt) and key (tls.key) into the Secret that is named; the rotation begins by itself.`),
      ],
      object,
      since: undefined,
    });
  const { stage, step, steps, since } = record.status?.caRotation ?? {};
  if (stage === undefined || stage === "done" || stage === "waiting") return findings;
  const moved = machines.flatMap(({ metadata }) => [metadata.creationTimestamp, metadata.deletionTimestamp ?? since]);
  const last = [since, ...moved]
    .filter((time) => time !== undefined)
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  if (minutesSince(last, now) < PATIENCE_MINUTES) return findings;
  return [
    ...findings,
    {
      code: "CaRotationStalled",
      severity: "warning",
      title: `The rotation of the certificate authorities stands still at step ${step ?? 0} of ${steps ?? 0} (${stage})`,
      evidence: [
        line(
          `No machine has come or gone for ${Math.floor(minutesSince(last, now))} minutes; the stage began at ${since ?? "?"}.`,
        ),
      ],
      actions: [
        line(
          "Mend what the other findings name: machines that do not come up or do not go. It goes on by itself then, and the API answers meanwhile.",
        ),
        operatorLine(
          `See which machines are of before: kubectl get machines -n ${namespace} -l cluster.x-k8s.io/cluster-name=${name}.`,
        ),
      ],
      object,
      since,
    },
  ];
};
