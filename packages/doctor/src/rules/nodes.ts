import type { Machine, Stored, V1Beta2Condition } from "@slipway/api";
import { type Finding, line, operatorLine } from "../finding.ts";
import { minutesSince, type Rule } from "./rule.ts";

const conditionOf = (
  object: { readonly status?: { readonly v1beta2?: { readonly conditions?: readonly V1Beta2Condition[] } } } | undefined,
  type: string,
): V1Beta2Condition | undefined => object?.status?.v1beta2?.conditions?.find((condition) => condition.type === type);

/** Nodes that were there and are not well now. */
export const nodes: Rule = ({ objects, cloud }) => {
  const stopped = new Set((cloud?.servers ?? []).filter(({ status }) => status !== "ACTIVE").map(({ name }) => name));
  const known = new Set((cloud?.servers ?? []).map(({ name }) => name));
  return objects.machines.flatMap((machine) => {
    const name = machine.spec.infrastructureRef?.name ?? machine.metadata.name;
    // The server itself says more.
    if (cloud?.servers !== undefined && (stopped.has(name) || !known.has(name))) return [];
    return machine.status?.nodeRef === undefined || machine.metadata.deletionTimestamp !== undefined ? [] : unhealthy(machine);
  });
};

const unhealthy = (machine: Stored<Machine>): readonly Finding[] => {
  const ready = conditionOf(machine, "NodeReady");
  const older = machine.status?.conditions?.find(({ type }) => type === "NodeHealthy");
  const bad = ready?.status === "False" || ready?.status === "Unknown" ? ready : undefined;
  // Nobody could ask: that is the API's fault, not the node's.
  if (bad === undefined || /InspectionFailed|ConnectionDown|InternalError/.test(bad.reason)) return [];
  const node = machine.status?.nodeRef?.name ?? machine.metadata.name;
  return [
    {
      code: "NodeNotReady",
      severity: "error",
      title: "A node is not ready: its kubelet reports nothing, or trouble",
      evidence: [line(`Node ${node}: ${[bad.reason, bad.message || older?.message].filter(Boolean).join(": ")}`)],
      actions: [
        line(
          `Look at the node: kubectl describe node ${node}; openstack console log show of its server. Rebooting the server starts its kubelet.`,
        ),
        operatorLine("With auto-healing on, the machine is replaced by itself a few minutes later."),
      ],
      object: { kind: "Machine", name: machine.metadata.name },
      since: bad.lastTransitionTime,
    },
  ];
};

/** Probes fail for a moment at times. */
const UNREACHABLE_MINUTES = 2;

/** etcd and the API as the control plane's controller sees them. */
export const controlPlane: Rule = ({ objects, now }) => {
  const { controlPlane: found, cluster } = objects;
  if (found === undefined || cluster?.metadata.deletionTimestamp !== undefined) return [];
  const object = { kind: "KubeadmControlPlane", name: found.metadata.name };
  const findings: Finding[] = [];
  const initialized = found.status?.initialized === true;
  const probe = conditionOf(cluster, "RemoteConnectionProbe");
  const unreachable =
    initialized && probe?.status === "False" && minutesSince(probe.lastTransitionTime, now) >= UNREACHABLE_MINUTES;
  const endpoint = cluster?.spec.controlPlaneEndpoint;
  const etcd = conditionOf(found, "EtcdClusterHealthy");
  const text = etcd?.message ?? "";
  const machines = objects.machines.filter(({ metadata }) => "cluster.x-k8s.io/control-plane" in (metadata.labels ?? {}));
  const running = machines.filter(({ status }) => conditionIs(status?.conditions, "NodeHealthy", "True")).length;
  const wanted = found.spec.replicas ?? 1;
  if (unreachable && machines.length > 1 && running * 2 <= machines.length)
    findings.push({
      code: "EtcdQuorumLost",
      severity: "error",
      title: "The control plane has lost its majority",
      evidence: [line(`${running} of ${machines.length} control plane nodes are healthy; etcd needs more than half.`)],
      actions: [
        line("Bring control plane servers back (`openstack server start`): with a majority etcd goes on by itself."),
        operatorLine("If they are lost for good: restore etcd from a snapshot on one member, then let the others be replaced."),
      ],
      object,
      since: probe?.lastTransitionTime,
    });
  if (unreachable)
    findings.push({
      code: "APIUnreachable",
      severity: "error",
      title: "The cluster's Kubernetes API does not answer",
      evidence: [line(`https://${endpoint?.host ?? "?"}:${endpoint?.port ?? "?"}: ${probe?.message || "the probe fails"}`)],
      actions: [
        line("Look at the control plane's servers, at the load balancer and at the floating IP, in this order."),
        operatorLine(
          "From the management side: curl -k https://HOST:PORT/livez. A firewall between management and tenant network has the same effect.",
        ),
      ],
      object,
      since: probe?.lastTransitionTime,
    });
  if (!unreachable && initialized && etcd?.status === "False" && text !== "")
    findings.push({
      code: "EtcdMemberLost",
      severity: wanted > 1 ? "warning" : "error",
      title: "A member of the cluster's etcd is missing or unwell",
      evidence: [line(oneLine(text))],
      actions: [
        line("Wait: the control plane machine is replaced by itself when a majority is well."),
        operatorLine("If nothing happens: look at the remediation conditions of the KubeadmControlPlane."),
      ],
      object,
      since: etcd.lastTransitionTime,
    });
  const certificates = conditionOf(found, "CertificatesAvailable");
  if (/expired/i.test(certificates?.message ?? "") || /x509: certificate has expired/i.test(probe?.message ?? ""))
    findings.push(expired(object, certificates?.message || probe?.message || "", certificates?.lastTransitionTime));
  for (const machine of machines) {
    const until = machine.status?.certificatesExpiryDate;
    if (until !== undefined && Date.parse(until) < now.getTime())
      findings.push(
        expired(
          { kind: "Machine", name: machine.metadata.name },
          `The API server's certificate on it expired at ${until}.`,
          until,
        ),
      );
  }
  return findings;
};

const conditionIs = (
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
  status: string,
): boolean => conditions?.some((condition) => condition.type === type && condition.status === status) ?? false;

const expired = (object: Finding["object"], text: string, since: string | undefined): Finding => ({
  code: "CertificateExpired",
  severity: "error",
  title: "Certificates of the control plane have expired",
  evidence: [line(oneLine(text))],
  actions: [
    line("Upgrade or restart the control plane: new machines get new certificates."),
    operatorLine(
      "clusterctl alpha rollout restart kubeadmcontrolplane/NAME; set rolloutBefore.certificatesExpiryDays to do it ahead of time.",
    ),
  ],
  object,
  since,
});

const oneLine = (text: string): string => text.replace(/\s*\n\s*\*?\s*/g, "; ").trim();

/** Machines that wait to be replaced, and may not. */
export const remediation: Rule = ({ objects }) => [
  ...objects.healthChecks.flatMap((check): readonly Finding[] => {
    const allowed = check.status?.conditions?.find(({ type }) => type === "RemediationAllowed");
    const unhealthy = Number(/unhealthy: (\d+)/.exec(allowed?.message ?? "")?.[1] ?? 1);
    // Machines that have not started yet are no reason to replace any: that is no finding.
    if (allowed?.status !== "False" || unhealthy === 0) return [];
    return [
      {
        code: "RemediationRestricted",
        severity: "warning",
        title: "Too many machines are unhealthy at once: none is replaced",
        evidence: [line(`MachineHealthCheck ${check.metadata.name}: ${allowed.message ?? allowed.reason ?? ""}`)],
        actions: [
          line("Find the common cause first (network, image, load balancer): replacing all of them would not help."),
          operatorLine(
            "spec.maxUnhealthy of the MachineHealthCheck is the limit; single machines: kubectl annotate machine NAME cluster.x-k8s.io/remediate-machine=.",
          ),
        ],
        object: { kind: "MachineHealthCheck", name: check.metadata.name },
        since: allowed.lastTransitionTime,
      },
    ];
  }),
  ...objects.machines.flatMap((machine): readonly Finding[] => {
    const remediated = conditionOf(machine, "OwnerRemediated");
    const why = remediated?.message ?? "";
    if (remediated?.status !== "False" || !/cannot|can't|could not|not allowed|waiting|blocked|quorum|retry/i.test(why))
      return [];
    return [
      {
        code: "RemediationRestricted",
        severity: "warning",
        title: "An unhealthy machine may not be replaced yet",
        evidence: [line(`Machine ${machine.metadata.name}: ${oneLine(why)}`)],
        actions: [
          line("Bring its server back, or wait until the other control plane machines are well."),
          operatorLine("The rules keep etcd's majority and a pause between attempts; see spec.remediationStrategy."),
        ],
        object: { kind: "Machine", name: machine.metadata.name },
        since: remediated.lastTransitionTime,
      },
    ];
  }),
];
