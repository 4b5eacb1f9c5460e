import {
  ClusterRole,
  ConfigMap,
  controlPlaneAnnotations,
  DaemonSet,
  Deployment,
  isNotFound,
  type KubeadmControlPlane,
  type KubeObject,
  type ObjectRef,
  type Resource,
  refOf,
  type Stored,
} from "@slipway/api";
import { act, type KubeEffect, phase, ready, wait } from "@slipway/runtime";
import { dump, load } from "js-yaml";
import { parseKubernetesVersion } from "../../kubeadmconfig/kubernetesversion.ts";
import { isDeleting } from "../controlplane.ts";
import type { Effect, Facts, Scope } from "../scope.ts";
import { type CoreDnsUpgrade, coreDnsRef, coreDnsRoleRef, coreDnsUpgrade, rulesWithEndpointSlices } from "../upkeep/coredns.ts";
import { updatedClusterConfiguration, withDns } from "../upkeep/kubeadmconfigmap.ts";
import { kubeProxyRef, wantedKubeProxyImage } from "../upkeep/kubeproxy.ts";
import { clusterAdmins, getNodes, kubeletConfigAccess, kubeletConfigName, type Wanted } from "../upkeep/rbac.ts";

type Kcp = Pick<KubeadmControlPlane, "spec" | "metadata">;
const kubeadmConfigRef = { namespace: "kube-system", name: "kubeadm-config" };
const configurationKey = "ClusterConfiguration";

const inWorkload = (effect: KubeEffect): Effect => ({ call: "inWorkload", effect });

const find = async <T extends KubeObject>(
  { workload }: Scope,
  resource: Resource<T>,
  ref: ObjectRef,
): Promise<Stored<T> | undefined> =>
  workload?.client.get(resource, ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

const missing = async (scope: Scope, wanted: readonly Wanted[]): Promise<readonly Wanted[]> => {
  const found = await Promise.all(wanted.map(({ resource, object }) => find(scope, resource, refOf(object))));
  return wanted.filter((_, at) => found[at] === undefined);
};

const create = ({ resource, object }: Wanted): Effect => inWorkload({ call: "create", resource, object });

interface BeforeRollout {
  readonly needed: boolean;
  readonly missing: readonly Wanted[];
  readonly kubeadmConfig: Stored<ConfigMap> | undefined;
  readonly kubelet: { readonly wanted: string; readonly exists: boolean; readonly source: Stored<ConfigMap> | undefined };
}

/** Before a machine of another version comes, the cluster is told what such a machine will look for when it joins. */
export const prepareRollout = phase<Scope, BeforeRollout, Effect, Facts>({
  name: "prepareRollout",
  observe: async (scope, { outdated, members = scope.members }) => {
    const needed = members.some(({ machine }) => !isDeleting(machine) && (outdated?.get(machine.metadata.name) ?? []).length > 0);
    const version = parseKubernetesVersion(scope.kcp.spec.version);
    const wanted = kubeletConfigName(version);
    const idle = { needed: false, missing: [], kubeadmConfig: undefined, kubelet: { wanted, exists: true, source: undefined } };
    if (!needed || scope.workload === undefined) return { ...idle, needed };
    const namespace = "kube-system";
    const kubelet = await find(scope, ConfigMap, { namespace, name: wanted });
    const previous = kubeletConfigName({ ...version, minor: version.minor - 1 });
    return {
      needed,
      missing: await missing(scope, [...kubeletConfigAccess(version), ...getNodes(), ...clusterAdmins(version)]),
      kubeadmConfig: await find(scope, ConfigMap, kubeadmConfigRef),
      kubelet: {
        wanted,
        exists: kubelet !== undefined || previous === wanted,
        source:
          kubelet === undefined && previous !== wanted ? await find(scope, ConfigMap, { namespace, name: previous }) : undefined,
      },
    };
  },
  decide: ({ needed, missing: absent, kubeadmConfig, kubelet }, { kcp, workload }) => {
    if (!needed) return ready();
    if (workload === undefined) {
      return wait("WaitingForWorkloadConnection", { message: "connection to the workload cluster is down", recheckSeconds: 10 });
    }
    const text = kubeadmConfig?.data?.[configurationKey];
    if (kubeadmConfig === undefined || text === undefined) {
      throw new Error(
        `ConfigMap kube-system/kubeadm-config of the workload cluster has no ${configurationKey}: machines could not join`,
      );
    }
    const configuration = updatedClusterConfiguration(text, kcp);
    const effects = [
      ...absent.map(create),
      ...(configuration === undefined ? [] : [writeConfiguration(kubeadmConfig, configuration)]),
      ...(kubelet.exists ? [] : [copyKubeletConfig(kubelet.source, kubelet.wanted)]),
    ];
    return effects.length === 0 ? ready() : act("PreparingRollout", effects);
  },
});

const writeConfiguration = (configMap: Stored<ConfigMap>, configuration: string): Effect =>
  inWorkload({
    call: "patch",
    resource: ConfigMap,
    ref: kubeadmConfigRef,
    patch: {
      type: "merge",
      body: { metadata: { resourceVersion: configMap.metadata.resourceVersion }, data: { [configurationKey]: configuration } },
    },
  });

const copyKubeletConfig = (source: Stored<ConfigMap> | undefined, name: string): Effect => {
  if (source === undefined) {
    throw new Error(`the workload cluster has neither ConfigMap kube-system/${name} nor the one of the minor version before it`);
  }
  const kubelet = (load(source.data?.["kubelet"] ?? "") ?? {}) as { readonly cgroupDriver?: string };
  const data = {
    ...source.data,
    kubelet: dump({ ...kubelet, cgroupDriver: kubelet.cgroupDriver || "systemd" }, { lineWidth: -1 }),
  };
  const metadata = { name, namespace: "kube-system", ...(source.metadata.labels ? { labels: source.metadata.labels } : {}) };
  return inWorkload({
    call: "create",
    resource: ConfigMap,
    object: { apiVersion: "v1", kind: "ConfigMap", metadata, data } as ConfigMap,
  });
};

interface AddOns {
  readonly missing: readonly Wanted[];
  readonly kubeProxy: Stored<DaemonSet> | undefined;
  readonly coreDns: {
    readonly configMap: Stored<ConfigMap> | undefined;
    readonly deployment: Stored<Deployment> | undefined;
    readonly role: Stored<ClusterRole> | undefined;
  };
  readonly kubeadmConfig: Stored<ConfigMap> | undefined;
}

/** When all machines are as they should be, the add-ons that kubeadm installed follow. */
export const addOns = phase<Scope, AddOns | undefined, Effect, Facts>({
  name: "addOns",
  observe: async (scope, { initialized = scope.kcp.status?.initialized === true }) => {
    if (scope.workload === undefined || !initialized) return undefined;
    const skips = (annotation: string) => Object.hasOwn(scope.kcp.metadata.annotations ?? {}, annotation);
    const dns =
      scope.kcp.spec.kubeadmConfigSpec.clusterConfiguration !== undefined && !skips(controlPlaneAnnotations.skipCoreDNS);
    const [absent, kubeProxy, configMap, deployment, role, kubeadmConfig] = await Promise.all([
      missing(scope, getNodes()),
      skips(controlPlaneAnnotations.skipKubeProxy) ? undefined : find(scope, DaemonSet, kubeProxyRef),
      dns ? find(scope, ConfigMap, coreDnsRef) : undefined,
      dns ? find(scope, Deployment, coreDnsRef) : undefined,
      dns ? find(scope, ClusterRole, coreDnsRoleRef) : undefined,
      dns ? find(scope, ConfigMap, kubeadmConfigRef) : undefined,
    ]);
    return { missing: absent, kubeProxy, coreDns: { configMap, deployment, role }, kubeadmConfig };
  },
  decide: (seen, { kcp }) => {
    if (seen === undefined) return ready();
    const proxy = wantedKubeProxyImage(kcp, seen.kubeProxy);
    const effects = [
      ...seen.missing.map(create),
      ...(proxy === undefined ? [] : [setKubeProxyImage(proxy)]),
      ...coreDnsEffects(kcp, seen),
    ];
    return effects.length === 0 ? ready() : act("UpdatingAddOns", effects);
  },
});

const setKubeProxyImage = (image: string): Effect =>
  inWorkload({
    call: "patch",
    resource: DaemonSet,
    ref: kubeProxyRef,
    patch: { type: "strategic", body: { spec: { template: { spec: { containers: [{ name: "kube-proxy", image }] } } } } },
  });

const coreDnsEffects = (kcp: Kcp, { coreDns, kubeadmConfig }: AddOns): readonly Effect[] => {
  const { configMap, deployment, role } = coreDns;
  const image = deployment?.spec?.template.spec?.containers.find(({ name }) => name === "coredns")?.image;
  const rules = configMap === undefined ? undefined : rulesWithEndpointSlices(kcp, role, image);
  const upgrade = coreDnsUpgrade(kcp, { configMap, deployment });
  return [
    ...(rules === undefined
      ? []
      : [inWorkload({ call: "patch", resource: ClusterRole, ref: coreDnsRoleRef, patch: { type: "merge", body: { rules } } })]),
    ...(upgrade === undefined ? [] : upgradeCoreDns(kcp, upgrade, kubeadmConfig)),
  ];
};

/** kubeadm-config first, so that a machine that joins meanwhile agrees; the Corefile is valid in both versions and stays. */
const upgradeCoreDns = (
  kcp: Kcp,
  { image, tolerations, dns }: CoreDnsUpgrade,
  kubeadmConfig: Stored<ConfigMap> | undefined,
): readonly Effect[] => {
  const text = kubeadmConfig?.data?.[configurationKey];
  const configuration = text === undefined ? undefined : withDns(text, dns, kcp.spec.version);
  const body = { spec: { template: { spec: { containers: [{ name: "coredns", image }], tolerations } } } };
  return [
    ...(kubeadmConfig === undefined || configuration === undefined ? [] : [writeConfiguration(kubeadmConfig, configuration)]),
    inWorkload({ call: "patch", resource: Deployment, ref: coreDnsRef, patch: { type: "strategic", body } }),
  ];
};
