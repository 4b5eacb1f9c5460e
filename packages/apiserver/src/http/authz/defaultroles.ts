import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "@slipway/api";

/** The roles and bindings that every Kubernetes cluster starts with, as far as clients rely on them. */
export const defaultRoles = (): readonly (ClusterRole | ClusterRoleBinding)[] => [
  role("cluster-admin", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ]),
  role("system:discovery", [
    paths(
      "/api",
      "/api/*",
      "/apis",
      "/apis/*",
      "/healthz",
      "/livez",
      "/openapi",
      "/openapi/*",
      "/readyz",
      "/version",
      "/version/",
    ),
  ]),
  role("system:public-info-viewer", [paths("/healthz", "/livez", "/readyz", "/version", "/version/")]),
  role("system:monitoring", [
    paths("/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz", "/readyz/*"),
  ]),
  role("system:basic-user", [
    allow("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
    allow("authentication.k8s.io", ["selfsubjectreviews"], ["create"]),
  ]),
  role("system:auth-delegator", [
    allow("authentication.k8s.io", ["tokenreviews"], ["create"]),
    allow("authorization.k8s.io", ["subjectaccessreviews"], ["create"]),
  ]),
  role("system:service-account-issuer-discovery", [paths("/.well-known/openid-configuration", "/openid/v1/jwks")]),
  role("system:node-bootstrapper", [
    allow("certificates.k8s.io", ["certificatesigningrequests"], ["create", "get", "list", "watch"]),
  ]),
  ...["nodeclient", "selfnodeclient"].map((kind) =>
    role(`system:certificates.k8s.io:certificatesigningrequests:${kind}`, [
      allow("certificates.k8s.io", [`certificatesigningrequests/${kind}`], ["create"]),
    ]),
  ),
  ...["kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving", "legacy-unknown"].map((signer) =>
    role(`system:certificates.k8s.io:${signer}-approver`, [
      {
        apiGroups: ["certificates.k8s.io"],
        resources: ["signers"],
        resourceNames: [`kubernetes.io/${signer}`],
        verbs: ["approve"],
      },
    ]),
  ),
  role("system:node", nodeRules),
  role("system:kube-controller-manager", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["list", "watch"] },
    allow("", ["events", "secrets", "serviceaccounts"], ["create", "get", "update", "patch", "delete"]),
    allow("", ["serviceaccounts/token"], ["create"]),
    allow("coordination.k8s.io", ["leases"], ["create", "get", "update"]),
    allow("events.k8s.io", ["events"], ["create", "patch", "update"]),
    allow("authentication.k8s.io", ["tokenreviews"], ["create"]),
    allow("authorization.k8s.io", ["subjectaccessreviews"], ["create"]),
  ]),
  role("system:kube-scheduler", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] },
    allow("", ["events", "bindings", "pods/binding"], ["create", "patch", "update"]),
    allow("", ["pods/status"], ["patch", "update"]),
    allow("coordination.k8s.io", ["leases"], ["create", "get", "update"]),
    allow("events.k8s.io", ["events"], ["create", "patch", "update"]),
  ]),
  aggregated("admin", "admin"),
  aggregated("edit", "edit", "admin"),
  aggregated("view", "view", "edit"),
  role(
    "system:aggregate-to-admin",
    [
      allow("rbac.authorization.k8s.io", ["roles", "rolebindings"], everything),
      allow("authorization.k8s.io", ["localsubjectaccessreviews"], ["create"]),
    ],
    { [aggregateLabel("admin")]: "true" },
  ),
  role("system:aggregate-to-edit", editRules, { [aggregateLabel("edit")]: "true" }),
  role("system:aggregate-to-view", viewRules, { [aggregateLabel("view")]: "true" }),

  binding("cluster-admin", group("system:masters")),
  binding("system:discovery", group("system:authenticated")),
  binding("system:basic-user", group("system:authenticated")),
  binding("system:public-info-viewer", group("system:authenticated"), group("system:unauthenticated")),
  binding("system:monitoring", group("system:monitoring")),
  binding("system:service-account-issuer-discovery", group("system:serviceaccounts")),
  binding("system:kube-controller-manager", user("system:kube-controller-manager")),
  binding("system:kube-scheduler", user("system:kube-scheduler")),
  // Nobody's: nodes are held to their own objects by an authorizer of their own. Who wants it otherwise names subjects.
  binding("system:node"),
];

function allow(apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule {
  return { apiGroups: [apiGroup], resources, verbs };
}
function paths(...nonResourceURLs: readonly string[]): PolicyRule {
  return { nonResourceURLs, verbs: ["get"] };
}
const user = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User" as const, name });
const group = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group" as const, name });

const read = ["get", "list", "watch"];
const write = ["create", "delete", "deletecollection", "patch", "update"];
const everything = [...write, ...read].sort();

const workloads = [
  "daemonsets",
  "deployments",
  "deployments/scale",
  "replicasets",
  "replicasets/scale",
  "statefulsets",
  "statefulsets/scale",
];
const coreObjects = [
  "configmaps",
  "endpoints",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "replicationcontrollers/scale",
  "serviceaccounts",
  "services",
];

const viewRules: readonly PolicyRule[] = [
  allow(
    "",
    [
      ...coreObjects,
      "events",
      "limitranges",
      "namespaces",
      "namespaces/status",
      "pods/log",
      "pods/status",
      "resourcequotas",
      "resourcequotas/status",
      "services/status",
    ],
    read,
  ),
  allow(
    "apps",
    [...workloads, "controllerrevisions", "daemonsets/status", "deployments/status", "replicasets/status", "statefulsets/status"],
    read,
  ),
  allow("autoscaling", ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], read),
  allow("batch", ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], read),
  allow("policy", ["poddisruptionbudgets", "poddisruptionbudgets/status"], read),
  allow("networking.k8s.io", ["ingresses", "ingresses/status", "networkpolicies"], read),
  allow("discovery.k8s.io", ["endpointslices"], read),
];

const editRules: readonly PolicyRule[] = [
  allow("", ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], read),
  allow("", ["serviceaccounts"], ["impersonate"]),
  allow("", [...coreObjects, "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], write),
  allow("", ["pods/eviction", "serviceaccounts/token"], ["create"]),
  allow("apps", [...workloads, "deployments/rollback"], write),
  allow("autoscaling", ["horizontalpodautoscalers"], write),
  allow("batch", ["cronjobs", "jobs"], write),
  allow("policy", ["poddisruptionbudgets"], write),
  allow("networking.k8s.io", ["ingresses", "networkpolicies"], write),
  allow("coordination.k8s.io", ["leases"], everything),
];

/** What every node may do; `nodes/authorizer.ts` says to which objects. */
export const nodeRules: readonly PolicyRule[] = [
  allow("authentication.k8s.io", ["tokenreviews"], ["create"]),
  allow("authorization.k8s.io", ["localsubjectaccessreviews", "subjectaccessreviews"], ["create"]),
  allow("", ["services"], read),
  allow("", ["nodes"], ["create", ...read, "patch", "update"]),
  allow("", ["nodes/status", "pods/status"], ["patch", "update"]),
  allow("", ["events"], ["create", "patch", "update"]),
  allow("", ["pods"], ["create", "delete", ...read]),
  allow("", ["pods/eviction", "serviceaccounts/token"], ["create"]),
  allow("", ["configmaps", "secrets", "persistentvolumeclaims", "persistentvolumes"], read),
  allow("coordination.k8s.io", ["leases"], ["create", "delete", "get", "patch", "update"]),
  allow("certificates.k8s.io", ["certificatesigningrequests"], ["create", ...read]),
  allow("", ["persistentvolumeclaims/status"], ["get", "patch", "update"]),
  allow("", ["endpoints"], ["get"]),
  allow("storage.k8s.io", ["csidrivers"], read),
  allow("storage.k8s.io", ["csinodes"], ["create", "delete", "get", "patch", "update"]),
  allow("storage.k8s.io", ["volumeattachments"], ["get"]),
  allow("node.k8s.io", ["runtimeclasses"], read),
];

function aggregateLabel(target: string): string {
  return `rbac.authorization.k8s.io/aggregate-to-${target}`;
}

function role(name: string, rules: readonly PolicyRule[], labels: { readonly [key: string]: string } = {}): ClusterRole {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: bootstrapped(name, labels), rules };
}

/** A role made of all roles with the label; itself part of the next larger one. */
function aggregated(name: string, target: string, partOf?: string): ClusterRole {
  return {
    ...role(name, [], partOf === undefined ? {} : { [aggregateLabel(partOf)]: "true" }),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregateLabel(target)]: "true" } }] },
  };
}

function binding(name: string, ...subjects: ClusterRoleBinding["subjects"] & object): ClusterRoleBinding {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: bootstrapped(name, {}),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects,
  };
}

const bootstrapped = (name: string, labels: { readonly [key: string]: string }) => ({
  name,
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
});
