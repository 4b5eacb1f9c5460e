import { FAILURE_ANNOTATION } from "@slipway/api";
import { annotations } from "@slipway/api/cluster/names.ts";
import { type Finding, line, operatorLine } from "../finding.ts";
import { classify } from "./refusals.ts";
import { isAboutRotation } from "./rotation.ts";
import { minutesSince, type Rule } from "./rule.ts";

/** Paused objects are touched by nobody, whatever else is wrong with them. */
export const paused: Rule = ({ objects }) => {
  const { cluster, infrastructure, controlPlane, machineDeployments, machines } = objects;
  if (cluster === undefined) return [];
  if (cluster.spec.paused === true || cluster.metadata.annotations?.[annotations.paused] !== undefined) {
    const since = cluster.status?.v1beta2?.conditions?.find(({ type }) => type === "Paused")?.lastTransitionTime;
    return [
      {
        code: "ClusterPaused",
        severity: "error",
        title: "The cluster is paused: nothing is done for it",
        evidence: [
          line(
            `Cluster ${cluster.metadata.name} ${cluster.spec.paused === true ? "has spec.paused: true" : "is annotated as paused"}.`,
          ),
        ],
        actions: [
          line("Ask the platform's operator who paused it, and why."),
          operatorLine(
            `Resume it: kubectl patch cluster ${cluster.metadata.name} -n ${cluster.metadata.namespace ?? ""} --type merge -p '{"spec":{"paused":false}}' (and remove the annotation ${annotations.paused}).`,
          ),
        ],
        object: { kind: "Cluster", name: cluster.metadata.name },
        since,
      },
    ];
  }
  const marked = [infrastructure, controlPlane, ...machineDeployments, ...machines].filter(
    (object) => object?.metadata.annotations?.[annotations.paused] !== undefined,
  );
  return marked.flatMap((object) =>
    object === undefined
      ? []
      : [
          {
            code: "ClusterPaused" as const,
            severity: "error" as const,
            title: "A part of the cluster is paused: nothing is done for it",
            evidence: [line(`${object.kind} ${object.metadata.name} is annotated with ${annotations.paused}.`)],
            actions: [
              line("Ask the platform's operator who paused it, and why."),
              operatorLine(
                `Resume it: kubectl annotate ${object.kind.toLowerCase()} ${object.metadata.name} ${annotations.paused}-`,
              ),
            ],
            object: { kind: object.kind, name: object.metadata.name },
            since: undefined,
          },
        ],
  );
};

/** What the API or the driver will not carry out, and what somebody took away behind Magnum's back. */
export const request: Rule = ({ objects: { record, cluster, credential }, now }) => {
  if (record === undefined) return [];
  const object = { kind: "Cluster", name: record.metadata.name };
  const findings: Finding[] = [];
  const failure = record.metadata.annotations?.[FAILURE_ANNOTATION];
  const deleting = record.metadata.deletionTimestamp !== undefined;
  if (failure !== undefined && classify(failure) === undefined)
    findings.push({
      code: "RequestRefused",
      severity: "error",
      title: "The cluster cannot be made as it was asked for",
      evidence: [line(failure)],
      actions: [line("Delete the cluster, correct what the message names, and create it again.")],
      object,
      since: record.metadata.creationTimestamp,
    });
  if (cluster === undefined && record.status?.clusterUid !== undefined && !deleting)
    findings.push({
      code: "ClusterGone",
      severity: "error",
      title: "The backing Cluster was deleted, but not through Magnum",
      evidence: [line(`Cluster ${record.metadata.name} is gone; its record is still there.`)],
      actions: [
        line("Delete this cluster through Magnum and create it again."),
        operatorLine(`Or make it again: \`slipway cluster reapply ${record.metadata.name}\`.`),
      ],
      object,
      since: record.status.updatedAt,
    });
  if (credential === "missing" && !deleting && minutesSince(record.metadata.creationTimestamp, now) > 2)
    findings.push({
      code: "CredentialMissing",
      severity: "error",
      title: "The cluster has no credential for its cloud",
      evidence: [line(`Secret ${record.metadata.name}-cloud-config does not exist.`)],
      actions: [line("Ask the platform's operator, or delete the cluster and create it again.")],
      object,
      since: undefined,
    });
  return findings;
};

/** What was given up, in words that no other rule knows. */
export const failures: Rule = ({ obstacle, objects: { record, machines, infrastructure, cluster, controlPlane } }) => {
  const failed = [infrastructure, controlPlane, cluster, ...machines].flatMap((object) => {
    const { failureMessage, failureReason } = object?.status ?? {};
    return object === undefined || failureMessage === undefined || classify(failureMessage) !== undefined
      ? []
      : [{ kind: object.kind, name: object.metadata.name, text: [failureReason, failureMessage].filter(Boolean).join(": ") }];
  });
  const [first] = failed;
  const known = obstacle === undefined || isAboutRotation(obstacle.message) || classify(obstacle.message) !== undefined;
  const wrong = obstacle?.final === true && !known ? obstacle.message : undefined;
  return [
    ...(first === undefined ? [] : [failedFinding(first, failed)]),
    ...(wrong === undefined
      ? []
      : [
          {
            code: "RequestRefused" as const,
            severity: "error" as const,
            title: "What was asked for cannot be carried out",
            evidence: [line(wrong)],
            actions: [line("Correct what the message names: change the cluster, or delete it and create it again.")],
            object: { kind: "Cluster", name: record?.metadata.name ?? "" },
            since: undefined,
          },
        ]),
  ];
};

interface Failed {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

const failedFinding = (first: Failed, all: readonly Failed[]): Finding => {
  const machine = first.kind === "Machine";
  return {
    code: machine ? "MachineFailed" : "InfrastructureFailed",
    severity: "error",
    title: machine ? "A machine of the cluster has failed" : "The cluster's infrastructure has failed",
    evidence: all.map(({ kind, name, text }) => line(`${kind} ${name}: ${text}`)),
    actions: machine
      ? [
          line("A worker is replaced by itself; if not, delete its node group or the cluster."),
          operatorLine(`kubectl describe machine ${first.name}; kubectl delete machine makes a new one.`),
        ]
      : [line("Correct what the message names: change the cluster, or delete it and create it again.")],
    object: { kind: first.kind, name: first.name },
    since: undefined,
  };
};
