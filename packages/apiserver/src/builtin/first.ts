import type { ClusterRole, ClusterRoleBinding, PolicyRule, Subject, UnstructuredObject } from "@slipway/api";
import { ClusterRoleBinding as BindingKind, isNotFound, ClusterRole as RoleKind } from "@slipway/api";
import { defaultRoles } from "../http/authz/defaultroles.ts";
import { systemContext } from "../registry/core.ts";
import type { RunningRegistry } from "../registry/createregistry.ts";
import { sameJson } from "../registry/object.ts";

/** What is in every Kubernetes API before anybody has written to it. */

export const firstNamespaces: readonly UnstructuredObject[] = ["default", "kube-system", "kube-public", "kube-node-lease"].map(
  (name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
);

export const firstObjects = (options: {
  readonly clientCaPem?: string;
  readonly advertise?: { readonly address: string; readonly port: number };
}): readonly UnstructuredObject[] => [
  ...priorityClasses,
  ...(options.advertise === undefined ? [] : ownService(options.advertise)),
  ...(options.clientCaPem === undefined
    ? []
    : [
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { namespace: "kube-system", name: "extension-apiserver-authentication" },
          data: { "client-ca-file": options.clientCaPem },
        },
      ]),
];

const priorityClasses: readonly UnstructuredObject[] = [
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "system-cluster-critical" },
    value: 2_000_000_000,
    description: "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "system-node-critical" },
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
];

/** `default/kubernetes`: how pods would find the API. */
const ownService = ({ address, port }: { readonly address: string; readonly port: number }): readonly UnstructuredObject[] => {
  const labels = { component: "apiserver", provider: "kubernetes" };
  const metadata = { namespace: "default", name: "kubernetes" };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, labels },
      spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }] },
    },
    {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { ...metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: address }], ports: [{ name: "https", port, protocol: "TCP" }] }],
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: address.includes(":") ? "IPv6" : "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "https", port, protocol: "TCP" }],
    },
  ];
};

const autoupdate = "rbac.authorization.kubernetes.io/autoupdate";

/** Makes default roles and bindings that are missing, and gives back what was taken from them, unless they say `autoupdate: "false"`. */
export const ensureRoles = async (registry: RunningRegistry): Promise<void> => {
  const wanted = defaultRoles();
  await registry.ensure(wanted as unknown as readonly UnstructuredObject[]);
  await Promise.all(wanted.map((each) => reconcile(registry, each)));
};

const reconcile = async (registry: RunningRegistry, wanted: ClusterRole | ClusterRoleBinding): Promise<void> => {
  const kind = wanted.kind === "ClusterRole" ? RoleKind : BindingKind;
  const ref = { name: wanted.metadata.name ?? "" };
  try {
    const live = await registry.get(kind, ref, {}, systemContext);
    if (live.metadata.annotations?.[autoupdate] !== "true") return;
    const whole =
      wanted.kind === "ClusterRole" ? withRules(live, wanted as ClusterRole) : withSubjects(live, wanted as ClusterRoleBinding);
    if (whole !== live) await registry.update(kind, ref, whole, { fieldManager: "kube-apiserver" }, systemContext);
  } catch (error) {
    if (!isNotFound(error)) throw error; // an operator was faster with a change that wins
  }
};

const withRules = (live: UnstructuredObject, { rules, aggregationRule }: ClusterRole): UnstructuredObject => {
  // The rules of an aggregated role are others' rules.
  if (aggregationRule !== undefined) return live;
  const has = (live["rules"] as readonly PolicyRule[] | undefined) ?? [];
  const missing = (rules ?? []).filter((rule) => !has.some((each) => sameJson(each, rule)));
  return missing.length === 0 ? live : { ...live, rules: [...has, ...missing] };
};

const withSubjects = (live: UnstructuredObject, { subjects = [] }: ClusterRoleBinding): UnstructuredObject => {
  const before = (live["subjects"] as readonly Subject[] | undefined) ?? [];
  const has = before.filter((subject) => !isFormer(live, subject));
  const missing = subjects.filter((subject) => !has.some((each) => sameJson(each, subject)));
  return missing.length === 0 && has.length === before.length ? live : { ...live, subjects: [...has, ...missing] };
};

/** Before nodes were held to their own objects, the role was theirs whole. */
const isFormer = ({ metadata }: UnstructuredObject, { kind, name }: Subject): boolean =>
  metadata.name === "system:node" && kind === "Group" && name === "system:nodes";
