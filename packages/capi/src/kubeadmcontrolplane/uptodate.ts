import { annotations, controlPlaneAnnotations, groupKind, type KubeadmConfigSpec, parseApiVersion } from "@slipway/api";
import { clusterConfiguration } from "@slipway/api/bootstrap/clusterconfiguration.ts";
import { kubeadmConfigSpec as configSpec } from "@slipway/api/bootstrap/kubeadmconfig.ts";
import { defaultedKubeadmConfigSpec } from "@slipway/api/bootstrap/spec.admission.ts";
import { compileRewriting } from "@slipway/api/schema/rewrite.ts";
import { sameJson } from "@slipway/runtime";
import type { ControlPlane, Member } from "./controlplane.ts";

/** Why a machine has to be replaced. `message` is what its `UpToDate` condition says. */
export interface Outdated {
  readonly reason: "version" | "kubeadmConfig" | "infrastructure" | "certificatesExpire" | "rolloutAfter";
  readonly message: string;
}

const dayMilliseconds = 86_400_000;

/** All reasons; none: it stays. Labels, timeouts, gates and strategies are changed in place and never count. */
export const outdatedBecause = (
  { machine, config, infrastructure }: Member,
  { kcp, now }: Pick<ControlPlane, "kcp" | "now">,
): readonly Outdated[] => {
  const found: Outdated[] = [];
  const { rolloutBefore, rolloutAfter, version, kubeadmConfigSpec, machineTemplate } = kcp.spec;
  const expiry = machine.status?.certificatesExpiryDate;
  const days = rolloutBefore?.certificatesExpiryDays;
  if (days !== undefined && expiry !== undefined && now.getTime() + days * dayMilliseconds > Date.parse(expiry)) {
    found.push({ reason: "certificatesExpire", message: `* Certificates will expire soon` });
  }
  if (rolloutAfter !== undefined) {
    const after = Date.parse(rolloutAfter);
    if (after < now.getTime() && Date.parse(machine.metadata.creationTimestamp) < after) {
      found.push({ reason: "rolloutAfter", message: "* KubeadmControlPlane spec.rolloutAfter expired" });
    }
  }
  if (machine.spec.version !== version) {
    found.push({ reason: "version", message: `* Version ${machine.spec.version ?? "unknown"}, ${version} required` });
  }
  const sameConfig =
    sameClusterConfiguration(
      machine.metadata.annotations?.[controlPlaneAnnotations.kubeadmClusterConfiguration],
      kubeadmConfigSpec.clusterConfiguration,
    ) &&
    (config === undefined || sameKubeadmConfig(config.spec, kubeadmConfigSpec));
  if (!sameConfig) found.push({ reason: "kubeadmConfig", message: "* KubeadmConfig is not up-to-date" });
  const { infrastructureRef } = machineTemplate;
  const from = infrastructure?.metadata.annotations ?? {};
  const [name, kind] = [from[annotations.clonedFromName], from[annotations.clonedFromGroupKind]];
  const wanted = groupKind({
    group: parseApiVersion(infrastructureRef.apiVersion ?? "").group,
    kind: infrastructureRef.kind ?? "",
  });
  if (name !== undefined && kind !== undefined && (name !== infrastructureRef.name || kind !== wanted)) {
    found.push({ reason: "infrastructure", message: `* ${infrastructure?.kind} is not up-to-date` });
  }
  return found;
};

/** Without the annotation (an adopted machine) nothing is known, so nothing differs. DNS is upkept in place. */
const sameClusterConfiguration = (annotation: string | undefined, wanted: KubeadmConfigSpec["clusterConfiguration"]): boolean => {
  if (annotation === undefined) return true;
  try {
    const was: unknown = JSON.parse(annotation);
    return sameJson(withoutDns(was), withoutDns(wanted));
  } catch {
    return false;
  }
};

/** One side may have been stored before objects were written in one way only. */
const rewriteConfiguration = compileRewriting(clusterConfiguration, "clusterConfiguration");
const rewriteSpec = compileRewriting(configSpec, "spec");

const withoutDns = (configuration: unknown): unknown => {
  const { dns: _dns, ...rest } = rewriteConfiguration(configuration ?? {}) as { readonly dns?: unknown };
  return normal(rest);
};

/**
 * A machine's KubeadmConfig has been filled in since (discovery, an empty init or join block); what only that did is no difference.
 * Upstream misses one case: without an initConfiguration it replaces the first machine right after it came up.
 */
const sameKubeadmConfig = (machines: KubeadmConfigSpec, wanted: KubeadmConfigSpec): boolean => {
  const defaulted = (spec: KubeadmConfigSpec) => defaultedKubeadmConfigSpec(rewriteSpec(spec), "spec");
  const [theirs, ours] = [defaulted(machines), defaulted(wanted)];
  const strip = (spec: KubeadmConfigSpec) => {
    const { clusterConfiguration: _cluster, initConfiguration, joinConfiguration, ...rest } = spec;
    const hasInit = theirs.initConfiguration !== undefined && ours.initConfiguration !== undefined;
    const hasJoin = theirs.joinConfiguration !== undefined && ours.joinConfiguration !== undefined;
    return {
      ...rest,
      ...(hasInit ? { initConfiguration: withoutType(initConfiguration) } : {}),
      ...(hasJoin ? { joinConfiguration: withoutFilling(joinConfiguration, ours.joinConfiguration) } : {}),
    };
  };
  return sameJson(normal(strip(theirs)), normal(strip(ours)));
};

const withoutType = (block: object | undefined): object => {
  const { apiVersion: _a, kind: _k, ...rest } = (block ?? {}) as { readonly apiVersion?: string; readonly kind?: string };
  return rest;
};

const withoutFilling = (join: KubeadmConfigSpec["joinConfiguration"], wanted: KubeadmConfigSpec["joinConfiguration"]): object => {
  const { discovery: _discovery, controlPlane, ...rest } = join ?? {};
  return { ...withoutType(rest), ...(wanted?.controlPlane === undefined ? {} : { controlPlane }) };
};

/** Absent, `{}` and `[]` are the same, as they are once written by Kubernetes' types; only an empty list of taints means something. */
const normal = (value: unknown, key = ""): unknown => {
  if (Array.isArray(value)) return value.length === 0 && key !== "taints" ? undefined : value.map((item) => normal(item) ?? {});
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, normal(inner, name)] as const)
    .filter(([, inner]) => inner !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
};
