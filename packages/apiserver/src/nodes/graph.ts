import { type KubeObject, Pod, type Resource, type Stored, type UnstructuredObject, VolumeAttachment } from "@slipway/api";
import { follow } from "../http/authz/follow.ts";
import type { Registry } from "../registry/registry.ts";
import { mirrorAnnotation } from "./identity.ts";
import { referencesOf, volumeSecretsOf } from "./references.ts";

export type Related = "pod" | "secret" | "configmap" | "claim" | "account" | "volume" | "attachment";

/** Which objects a node has to do with: its pods, what they need, and what that needs. Kept as the store changes. */
export interface NodeGraph {
  reaches(node: string, type: Related, namespace: string, name: string): boolean;
  readonly ready: Promise<void>;
}

const PersistentVolume: Resource<UnstructuredObject> = {
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  scope: "Cluster",
};

export const createNodeGraph = (registry: Registry, signal: AbortSignal): NodeGraph => {
  /** For each object how many pods of each node need it. */
  const needed = new Map<string, Map<string, number>>();
  /** Volumes that use a secret. */
  const volumesOfSecret = new Map<string, Set<string>>();

  const count = (pod: UnstructuredObject | undefined, by: 1 | -1): void => {
    const node = pod?.spec?.["nodeName"];
    if (pod === undefined || typeof node !== "string" || node === "") return;
    for (const key of keysOf(pod)) {
      const nodes = needed.get(key) ?? new Map<string, number>();
      const left = (nodes.get(node) ?? 0) + by;
      if (left > 0) nodes.set(node, left);
      else nodes.delete(node);
      if (nodes.size > 0) needed.set(key, nodes);
      else needed.delete(key);
    }
  };
  const pods = follow(registry, Pod, signal, (before, after) => {
    count(before as UnstructuredObject | undefined, -1);
    count(after as UnstructuredObject | undefined, 1);
  });
  const volumes = follow(registry, PersistentVolume, signal, (before, after) => {
    for (const secret of before === undefined ? [] : volumeSecretsOf(before))
      volumesOfSecret.get(secret)?.delete(before?.metadata.name ?? "");
    for (const secret of after === undefined ? [] : volumeSecretsOf(after)) {
      const using = volumesOfSecret.get(secret) ?? new Set();
      using.add(after?.metadata.name ?? "");
      volumesOfSecret.set(secret, using);
    }
  });
  const attachments = follow(registry, VolumeAttachment, signal);

  const isNeeded = (node: string, key: string): boolean => needed.get(key)?.has(node) === true;
  const usesVolume = (node: string, name: string): boolean => {
    const claim = volumes.find("", name)?.spec?.["claimRef"] as
      | { readonly namespace?: string; readonly name?: string }
      | undefined;
    return claim !== undefined && isNeeded(node, keyOf("claim", claim.namespace ?? "", claim.name ?? ""));
  };
  return {
    reaches: (node, type, namespace, name) => {
      if (type === "volume") return usesVolume(node, name);
      if (type === "attachment") return attachments.find("", name)?.spec.nodeName === node;
      if (isNeeded(node, keyOf(type, namespace, name))) return true;
      return type === "secret" && [...(volumesOfSecret.get(`${namespace}/${name}`) ?? [])].some((each) => usesVolume(node, each));
    },
    ready: Promise.all([pods.ready, volumes.ready, attachments.ready]).then(() => undefined),
  };
};

const keyOf = (type: Related, namespace: string, name: string): string => `${type} ${namespace}/${name}`;

const keysOf = (pod: UnstructuredObject): readonly string[] => {
  const { namespace = "", name = "", annotations } = pod.metadata as Stored<KubeObject>["metadata"];
  const own = keyOf("pod", namespace, name);
  // What a node says of itself must not open anything to it.
  if (annotations?.[mirrorAnnotation] !== undefined) return [own];
  const { secrets, configMaps, claims, account } = referencesOf(pod);
  return [
    own,
    ...(account === "" ? [] : [keyOf("account", namespace, account)]),
    ...new Set(secrets.map((each) => keyOf("secret", namespace, each))),
    ...new Set(configMaps.map((each) => keyOf("configmap", namespace, each))),
    ...new Set(claims.map((each) => keyOf("claim", namespace, each))),
  ];
};
