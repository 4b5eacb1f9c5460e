import { apiServerArgs, controlPlaneKubeadm, type LabelEffect } from "./label.ts";

const POLICY_DIRECTORY = "/etc/kubernetes/audit-policy";
const POLICY = `${POLICY_DIRECTORY}/apiserver-audit-policy.yaml`;
const LOG_DIRECTORY = "/var/log/audit";

/**
 * `audit_log_enabled`, `audit_log_max_age`, `audit_log_max_backup`, `audit_log_max_size`: what was asked of the API server, in files.
 * The user guide's spellings (`audit_log_maxage` and so on) are understood too.
 */
export const auditLog: LabelEffect = (shape, labels) => {
  if (!labels.flag("audit_log_enabled", false)) return shape;
  const number = (name: string, guide: string, byDefault: number) =>
    String(labels.integer(name, labels.integer(guide, byDefault)));
  const withArgs = apiServerArgs(shape, {
    "audit-log-path": `${LOG_DIRECTORY}/kube-apiserver-audit.log`,
    "audit-log-maxage": number("audit_log_max_age", "audit_log_maxage", 30),
    "audit-log-maxbackup": number("audit_log_max_backup", "audit_log_maxbackup", 10),
    "audit-log-maxsize": number("audit_log_max_size", "audit_log_maxsize", 100),
    "audit-policy-file": POLICY,
  });
  return controlPlaneKubeadm(withArgs, (kubeadm) => {
    const apiServer = kubeadm.clusterConfiguration?.apiServer;
    return {
      ...kubeadm,
      files: [...(kubeadm.files ?? []), { path: POLICY, owner: "root:root", permissions: "0600", content: policy }],
      clusterConfiguration: {
        ...kubeadm.clusterConfiguration,
        apiServer: {
          ...apiServer,
          extraVolumes: [
            ...(apiServer?.extraVolumes ?? []),
            { name: "audit-policy", hostPath: POLICY_DIRECTORY, mountPath: POLICY_DIRECTORY, readOnly: true },
            {
              name: "audit-logs",
              hostPath: "/var/log/kubernetes/audit",
              mountPath: LOG_DIRECTORY,
              pathType: "DirectoryOrCreate",
              readOnly: false,
            },
          ],
        },
      },
    };
  });
};

const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-proxy"]
  verbs: ["watch"]
- level: None
  nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"]
- level: Metadata
  resources:
  - group: ""
    resources: ["secrets", "configmaps"]
- level: Metadata
`;
