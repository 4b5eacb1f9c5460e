import type { UnstructuredObject } from "@slipway/api";
import { dump } from "js-yaml";
import type { ClusterConfiguration, Taint } from "../kubeadm/config.ts";

/**
 * What kubeadm, the kubelet, the cloud controller and the built-in controllers leave in a workload cluster: whole objects, computed.
 * Names, labels and contents are kubeadm's (SIM-016…025), with what a real guest has beyond upstream's in-memory provider:
 * addresses, node info, mirror annotations, kubelet-config, cluster-info, bootstrap RBAC.
 */

export interface NodeFacts {
  readonly name: string;
  readonly kubeletVersion: string;
  readonly controlPlane: boolean;
  readonly providerId: string | undefined;
  readonly labels: { readonly [key: string]: string };
  readonly taints: readonly Taint[];
  readonly addresses: readonly string[];
  readonly zone: string;
  readonly flavor: { readonly name: string; readonly vcpus: number; readonly ramMiB: number; readonly diskGiB: number };
  readonly instanceId: string;
  readonly now: string;
  /** A static pod that does not come up, and what it says. */
  readonly failing?: { readonly component: string; readonly message: string };
}

const bytes = (mebibytes: number) => `${mebibytes * 1024}Ki`;

export const nodeObject = (facts: NodeFacts) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: facts.name,
    labels: {
      "beta.kubernetes.io/arch": "amd64",
      "beta.kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
      "kubernetes.io/hostname": facts.name,
      "kubernetes.io/os": "linux",
      "node.kubernetes.io/instance-type": facts.flavor.name,
      "topology.kubernetes.io/zone": facts.zone,
      ...(facts.controlPlane
        ? { "node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": "" }
        : {}),
      ...facts.labels,
    },
    annotations: {
      "kubeadm.alpha.kubernetes.io/cri-socket": "unix:///var/run/containerd/containerd.sock",
      "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    },
  },
  spec: {
    ...(facts.providerId === undefined ? {} : { providerID: facts.providerId }),
    ...(facts.taints.length === 0 ? {} : { taints: facts.taints }),
  },
});

/** What a kubelet that has just started reports. */
export const nodeStatus = (facts: NodeFacts) => {
  const capacity = {
    cpu: String(facts.flavor.vcpus),
    memory: bytes(facts.flavor.ramMiB),
    "ephemeral-storage": bytes(facts.flavor.diskGiB * 1024),
    pods: "110",
  };
  return {
    addresses: [
      ...facts.addresses.map((address) => ({ type: "InternalIP", address })),
      { type: "Hostname", address: facts.name },
    ],
    allocatable: capacity,
    capacity,
    conditions: readyConditions([], "True", facts.now),
    nodeInfo: {
      architecture: "amd64",
      bootID: facts.instanceId,
      containerRuntimeVersion: "containerd://1.7.27",
      kernelVersion: "5.15.0-139-generic",
      kubeProxyVersion: facts.kubeletVersion,
      kubeletVersion: facts.kubeletVersion,
      machineID: facts.instanceId.replaceAll("-", ""),
      operatingSystem: "linux",
      osImage: "Ubuntu 22.04.5 LTS",
      systemUUID: facts.instanceId,
    },
  };
};

interface NodeConditionLike {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

const healthy: { readonly [type: string]: { readonly status: string; readonly reason: string; readonly message: string } } = {
  MemoryPressure: { status: "False", reason: "KubeletHasSufficientMemory", message: "kubelet has sufficient memory available" },
  DiskPressure: { status: "False", reason: "KubeletHasNoDiskPressure", message: "kubelet has no disk pressure" },
  PIDPressure: { status: "False", reason: "KubeletHasSufficientPID", message: "kubelet has sufficient PID available" },
  Ready: { status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
};
const silent = { status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };

/** The kubelet's four conditions; `Unknown` is what the node controller writes of a kubelet that went silent. */
export const readyConditions = (before: readonly NodeConditionLike[], ready: "True" | "Unknown", now: string) =>
  Object.entries(healthy).map(([type, well]) => {
    const facts = ready === "True" ? well : silent;
    const old = before.find((condition) => condition.type === type);
    return {
      type,
      ...facts,
      lastHeartbeatTime: now,
      lastTransitionTime: old?.status === facts.status ? (old.lastTransitionTime ?? now) : now,
    };
  });

const components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** The static pods of a control plane node, as the kubelet mirrors them. */
export const staticPods = (
  facts: NodeFacts,
  options: { readonly imageRepository: string; readonly localEtcd: boolean; readonly nodeUid: string },
) =>
  [...components, ...(options.localEtcd ? (["etcd"] as const) : [])].map((component) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${component}-${facts.name}`,
      namespace: "kube-system",
      labels: { component, tier: "control-plane" },
      annotations: {
        "kubernetes.io/config.hash": hashOf(`${component}/${facts.instanceId}`),
        "kubernetes.io/config.mirror": hashOf(`${component}/${facts.instanceId}`),
        "kubernetes.io/config.source": "file",
      },
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: facts.name, uid: options.nodeUid, controller: true }],
    },
    spec: {
      nodeName: facts.name,
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      containers: [
        {
          name: component,
          image: `${options.imageRepository}/${component}:${component === "etcd" ? "3.5.21-0" : facts.kubeletVersion}`,
          command: [component],
        },
      ],
      tolerations: [{ effect: "NoExecute", operator: "Exists" }],
    },
  }));

export const podStatus = (facts: NodeFacts, container: string) => {
  const failure = facts.failing?.component === container ? facts.failing.message : undefined;
  const ready = failure === undefined;
  return {
    phase: "Running",
    hostIP: facts.addresses[0] ?? "",
    podIP: facts.addresses[0] ?? "",
    startTime: facts.now,
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: ready || !type.includes("Ready") ? "True" : "False",
      lastTransitionTime: facts.now,
    })),
    containerStatuses: [
      {
        name: container,
        ready,
        started: ready,
        restartCount: ready ? 0 : 5,
        image: container,
        imageID: "",
        state: ready
          ? { running: { startedAt: facts.now } }
          : { waiting: { reason: "CrashLoopBackOff", message: `back-off 5m0s restarting failed container: ${failure}` } },
        lastState: ready ? {} : { terminated: { exitCode: 1, reason: "Error", message: failure } },
      },
    ],
  };
};

const hashOf = (text: string): string => {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0").repeat(2);
};

export interface KubeadmFacts {
  readonly cluster: ClusterConfiguration;
  readonly kubernetesVersion: string;
  /** host:port that the nodes use. */
  readonly endpoint: string;
  readonly caPem: string;
}

/** Everything `kubeadm init` uploads, in an order in which each may be created. */
export const kubeadmObjects = (facts: KubeadmFacts): readonly UnstructuredObject[] => {
  const minor = facts.kubernetesVersion.replace(/^v/, "").split(".").slice(0, 2).join(".");
  const configMap = (namespace: string, name: string, data: { [key: string]: string }) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name },
    data,
  });
  const role = (namespace: string, name: string, rules: readonly object[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { namespace, name },
    rules,
  });
  const group = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });
  const bind = (namespace: string, name: string, subjects: readonly object[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { namespace, name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects,
  });
  const bindCluster = (name: string, clusterRole: string, subjects: readonly object[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRole },
    subjects,
  });
  const readConfigMap = (name: string) => [{ apiGroups: [""], resources: ["configmaps"], resourceNames: [name], verbs: ["get"] }];
  const tokens = group("system:bootstrappers:kubeadm:default-node-token");
  const readers = [tokens, group("system:nodes")];
  const clusterInfo = dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "", cluster: { "certificate-authority-data": btoa(facts.caPem), server: `https://${facts.endpoint}` } }],
    contexts: null,
    "current-context": "",
    preferences: {},
    users: null,
  });
  return [
    apiService(facts.cluster.serviceSubnet),
    configMap("kube-system", "kubeadm-config", {
      ClusterConfiguration: dump({ ...facts.cluster.raw, kubernetesVersion: facts.kubernetesVersion }, { lineWidth: -1 }),
    }),
    configMap("kube-system", "kubelet-config", {
      kubelet: dump({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        cgroupDriver: "systemd",
        clusterDNS: [dnsAddress(facts.cluster.serviceSubnet)],
        clusterDomain: facts.cluster.dnsDomain,
        rotateCertificates: true,
      }),
    }),
    configMap("kube-public", "cluster-info", { kubeconfig: clusterInfo }),
    role("kube-system", "kubeadm:nodes-kubeadm-config", readConfigMap("kubeadm-config")),
    bind("kube-system", "kubeadm:nodes-kubeadm-config", readers),
    role("kube-system", "kubeadm:kubelet-config", readConfigMap("kubelet-config")),
    bind("kube-system", "kubeadm:kubelet-config", readers),
    role("kube-public", "kubeadm:bootstrap-signer-clusterinfo", readConfigMap("cluster-info")),
    bind("kube-public", "kubeadm:bootstrap-signer-clusterinfo", [
      { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:anonymous" },
    ]),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "kubeadm:get-nodes" },
      rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
    },
    bindCluster("kubeadm:get-nodes", "kubeadm:get-nodes", [tokens]),
    bindCluster("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", [tokens]),
    bindCluster("kubeadm:cluster-admins", "cluster-admin", [group("kubeadm:cluster-admins")]),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "system:coredns" },
      rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    configMap("kube-system", "kube-proxy", {
      "config.conf": dump({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        clusterCIDR: facts.cluster.podSubnet ?? "",
      }),
    }),
    daemonSet("kube-proxy", `${facts.cluster.imageRepository}/kube-proxy:${facts.kubernetesVersion}`),
    configMap("kube-system", "coredns", { Corefile: corefile(facts.cluster.dnsDomain) }),
    corednsDeployment(facts.cluster.imageRepository, minor),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        namespace: "kube-system",
        name: "kube-dns",
        labels: { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" },
      },
      spec: {
        selector: { "k8s-app": "kube-dns" },
        clusterIP: dnsAddress(facts.cluster.serviceSubnet),
        ports: [
          { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
          { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        ],
      },
    },
  ];
};

/** What an API server makes of itself as soon as it answers: the address at which pods find it. */
const apiService = (subnet: string): UnstructuredObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "default", name: "kubernetes", labels: { component: "apiserver", provider: "kubernetes" } },
  spec: { clusterIP: nthAddress(subnet, 1), ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }] },
});

/** The tenth address of the service network is the cluster's DNS, the first its API (kubeadm's choice). */
const dnsAddress = (subnet: string): string => nthAddress(subnet, 10);
export const nthAddress = (subnet: string, n: number): string => {
  const [address = "10.96.0.0"] = subnet.split(",")[0]?.split("/") ?? [];
  const octets = address.split(".").map(Number);
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0) + n;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
};

const daemonSet = (name: string, image: string) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { namespace: "kube-system", name, labels: { "k8s-app": name } },
  spec: {
    selector: { matchLabels: { "k8s-app": name } },
    template: {
      metadata: { labels: { "k8s-app": name } },
      spec: {
        hostNetwork: true,
        tolerations: [{ operator: "Exists" }],
        containers: [{ name, image, command: ["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf"] }],
      },
    },
  },
});

/** Which CoreDNS a kubeadm of this minor version installs (kubeadm's constants). */
const corednsTag = (minor: string): string => {
  const number = Number(minor.split(".")[1] ?? 0);
  if (number >= 34) return "v1.12.1";
  if (number >= 33) return "v1.12.0";
  if (number >= 31) return "v1.11.3";
  if (number >= 29) return "v1.11.1";
  return "v1.10.1";
};

const corednsDeployment = (repository: string, minor: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace: "kube-system", name: "coredns", labels: { "k8s-app": "kube-dns" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { "k8s-app": "kube-dns" } },
    template: {
      metadata: { labels: { "k8s-app": "kube-dns" } },
      spec: {
        tolerations: [
          { key: "CriticalAddonsOnly", operator: "Exists" },
          { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
        ],
        containers: [
          {
            name: "coredns",
            image: `${repository}/coredns${repository === "registry.k8s.io" ? "/coredns" : ""}:${corednsTag(minor)}`,
          },
        ],
        volumes: [{ name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } }],
      },
    },
  },
});

const corefile = (domain: string): string => `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${domain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
