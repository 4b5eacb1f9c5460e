import { describe, expect, test } from "vitest";
import { groupResource } from "../../meta/resource.ts";
import { builtinKinds } from "../all.ts";
import { builtinTable } from "./index.ts";

/** Columns, names and subresources as the specification lists them; wide columns stand after the bar. */

const rows: readonly (readonly [row: string, resource: string, shortNames: string, columns: string, subresources: string])[] = [
  ["API-083", "namespaces", "ns", "Name, Status, Age", "finalize status"],
  ["API-084", "configmaps", "cm", "Name, Data, Age", ""],
  ["API-085", "secrets", "", "Name, Type, Data, Age", ""],
  ["API-086", "serviceaccounts", "sa", "Name, Secrets, Age", "token"],
  ["API-087", "services", "svc", "Name, Type, Cluster-IP, External-IP, Port(s), Age | Selector", "proxy status"],
  ["API-088", "endpoints", "ep", "Name, Endpoints, Age", ""],
  [
    "API-091",
    "pods",
    "po",
    "Name, Ready, Status, Restarts, Age | IP, Node, Nominated Node, Readiness Gates",
    "attach binding ephemeralcontainers eviction exec log portforward proxy resize status",
  ],
  ["API-094", "podtemplates", "", "Name, Containers, Images, Pod Labels", ""],
  [
    "API-094",
    "replicationcontrollers",
    "rc",
    "Name, Desired, Current, Ready, Age | Containers, Images, Selector",
    "scale status",
  ],
  [
    "API-095",
    "persistentvolumes",
    "pv",
    "Name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age | VolumeMode",
    "status",
  ],
  [
    "API-096",
    "persistentvolumeclaims",
    "pvc",
    "Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age | VolumeMode",
    "status",
  ],
  ["API-097", "resourcequotas", "quota", "Name, Request, Limit, Age", "status"],
  ["API-097", "limitranges", "limits", "Name, Created At", ""],
  ["API-098", "componentstatuses", "cs", "Name, Status, Message, Error", ""],
  [
    "API-099",
    "deployments.apps",
    "deploy",
    "Name, Ready, Up-to-date, Available, Age | Containers, Images, Selector",
    "scale status",
  ],
  ["API-100", "replicasets.apps", "rs", "Name, Desired, Current, Ready, Age | Containers, Images, Selector", "scale status"],
  ["API-101", "statefulsets.apps", "sts", "Name, Ready, Age | Containers, Images", "scale status"],
  [
    "API-102",
    "daemonsets.apps",
    "ds",
    "Name, Desired, Current, Ready, Up-to-date, Available, Node Selector, Age | Containers, Images, Selector",
    "status",
  ],
  ["API-103", "controllerrevisions.apps", "", "Name, Controller, Revision, Age", ""],
  ["API-104", "jobs.batch", "", "Name, Status, Completions, Duration, Age | Containers, Images, Selector", "status"],
  [
    "API-105",
    "cronjobs.batch",
    "cj",
    "Name, Schedule, Timezone, Suspend, Active, Last Schedule, Age | Containers, Images, Selector",
    "status",
  ],
  [
    "API-106",
    "horizontalpodautoscalers.autoscaling",
    "hpa",
    "Name, Reference, Targets, MinPods, MaxPods, Replicas, Age",
    "status",
  ],
  ["API-107", "leases.coordination.k8s.io", "", "Name, Holder, Age", ""],
  ["API-109", "endpointslices.discovery.k8s.io", "", "Name, AddressType, Ports, Endpoints, Age", ""],
  ["API-110", "ingresses.networking.k8s.io", "ing", "Name, Class, Hosts, Address, Ports, Age", "status"],
  ["API-110", "ingressclasses.networking.k8s.io", "", "Name, Controller, Parameters, Age", ""],
  ["API-110", "networkpolicies.networking.k8s.io", "netpol", "Name, Pod-Selector, Age", ""],
  ["API-110", "ipaddresses.networking.k8s.io", "ip", "Name, ParentRef", ""],
  ["API-110", "servicecidrs.networking.k8s.io", "", "Name, CIDRs, Age", "status"],
  ["API-111", "poddisruptionbudgets.policy", "pdb", "Name, Min Available, Max Unavailable, Allowed Disruptions, Age", "status"],
  ["API-112", "rolebindings.rbac.authorization.k8s.io", "", "Name, Role, Age | Users, Groups, ServiceAccounts", ""],
  ["API-112", "roles.rbac.authorization.k8s.io", "", "Name, Created At", ""],
  ["API-113", "runtimeclasses.node.k8s.io", "", "Name, Handler, Age", ""],
  ["API-113", "priorityclasses.scheduling.k8s.io", "pc", "Name, Value, Global-Default, Age, PreemptionPolicy", ""],
  [
    "API-114",
    "storageclasses.storage.k8s.io",
    "sc",
    "Name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age",
    "",
  ],
  ["API-114", "volumeattachments.storage.k8s.io", "", "Name, Attacher, PV, Node, Attached, Age", "status"],
  [
    "API-114",
    "csidrivers.storage.k8s.io",
    "",
    "Name, AttachRequired, PodInfoOnMount, StorageCapacity, TokenRequests, RequiresRepublish, Modes, Age",
    "",
  ],
  ["API-114", "csinodes.storage.k8s.io", "", "Name, Drivers, Age", ""],
  ["API-114", "csistoragecapacities.storage.k8s.io", "", "Name, StorageClassName, Capacity", ""],
  ["API-114", "volumeattributesclasses.storage.k8s.io", "vac", "Name, DriverName, Age", ""],
  ["API-115", "mutatingwebhookconfigurations.admissionregistration.k8s.io", "", "Name, Webhooks, Age", ""],
  ["API-115", "validatingadmissionpolicies.admissionregistration.k8s.io", "", "Name, Validations, ParamKind, Age", "status"],
  ["API-115", "validatingadmissionpolicybindings.admissionregistration.k8s.io", "", "Name, PolicyName, ParamRef, Age", ""],
  ["API-116", "customresourcedefinitions.apiextensions.k8s.io", "crd crds", "Name, Created At", "status"],
  ["API-117", "apiservices.apiregistration.k8s.io", "", "Name, Service, Available, Age", "status"],
  [
    "API-119",
    "certificatesigningrequests.certificates.k8s.io",
    "csr",
    "Name, Age, SignerName, Requestor, RequestedDuration, Condition",
    "approval status",
  ],
  [
    "API-120",
    "flowschemas.flowcontrol.apiserver.k8s.io",
    "",
    "Name, PriorityLevel, MatchingPrecedence, DistinguisherMethod, Age, MissingPL",
    "status",
  ],
  [
    "API-120",
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    "",
    "Name, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age",
    "status",
  ],
];

describe("built-in kinds are as listed", () => {
  for (const [row, resource, shortNames, columns, subresources] of rows)
    test(`${resource} [${row}]`, () => {
      const kind = builtinKinds.find((each) => groupResource(each) === resource);
      if (kind === undefined) throw new Error(`${resource} is not served`);
      const table = builtinTable(kind)?.columns ?? [];
      const named = (wide: boolean) => table.filter(({ priority }) => priority > 0 === wide).map(({ name }) => name);
      const wide = named(true);
      expect(named(false).join(", ") + (wide.length === 0 ? "" : ` | ${wide.join(", ")}`)).toBe(columns);
      expect(kind.shortNames.join(" ")).toBe(shortNames);
      const own = [
        ...kind.builtin.otherSubresources.map(({ name }) => name),
        ...(kind.subresources.status === true ? ["status"] : []),
        ...(kind.subresources.scale === undefined ? [] : ["scale"]),
      ];
      expect(own.sort().join(" ")).toBe(subresources);
    });

  const names = (wanted: (kind: (typeof builtinKinds)[number]) => boolean) =>
    builtinKinds
      .filter((kind) => !kind.builtin.virtual && wanted(kind))
      .map(({ kind }) => kind)
      .sort()
      .join(" ");

  test("categories [API-080]", () => {
    expect(names(({ categories }) => categories.includes("all"))).toBe(
      "CronJob DaemonSet Deployment HorizontalPodAutoscaler Job Pod ReplicaSet ReplicationController Service StatefulSet",
    );
  });

  test("whose deletion answers the object [API-121]", () => {
    expect(names(({ builtin }) => builtin.deleteAnswersObject)).toBe(
      "CSIDriver CSINode PersistentVolume PersistentVolumeClaim Pod PodTemplate ResourceQuota Service ServiceAccount StorageClass VolumeAttachment VolumeAttributesClass",
    );
  });

  test("whom PUT creates [API-122]", () => {
    expect(names(({ builtin }) => builtin.updateCreates)).toBe(
      "ClusterRole ClusterRoleBinding Endpoints Event Event Lease LimitRange Role RoleBinding Service",
    );
  });

  test("whom a PUT without a revision may not overwrite [API-123]", () => {
    expect(names(({ builtin }) => !builtin.unconditionalUpdate)).toBe(
      "APIService CustomResourceDefinition EndpointSlice FlowSchema Lease MutatingWebhookConfiguration PodDisruptionBudget PriorityLevelConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment",
    );
  });

  test("whose generation is kept [API-124]", () => {
    expect(names(({ builtin }) => builtin.generation)).toBe(
      "CronJob CustomResourceDefinition DaemonSet Deployment EndpointSlice FlowSchema Ingress IngressClass Job MutatingWebhookConfiguration NetworkPolicy Pod PodDisruptionBudget PriorityClass PriorityLevelConfiguration ReplicaSet ReplicationController StatefulSet ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    );
  });

  test("reviews can only be made [API-076] [API-118]", () => {
    const virtual = builtinKinds.filter(({ builtin }) => builtin.virtual);
    expect(virtual.map(({ kind }) => kind).sort()).toEqual([
      "Binding",
      "LocalSubjectAccessReview",
      "SelfSubjectAccessReview",
      "SelfSubjectReview",
      "SelfSubjectRulesReview",
      "SubjectAccessReview",
      "TokenReview",
    ]);
    for (const { builtin } of virtual) expect(builtin.verbs).toEqual(["create"]);
    expect(builtinKinds.find(({ kind }) => kind === "Namespace")?.builtin.verbs).not.toContain("deletecollection");
  });
});
