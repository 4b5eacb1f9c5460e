import { ConfigMap, refKey, refOf, Secret, type Stored, type UnstructuredObject } from "@slipway/api";
import { fromBase64 } from "@slipway/api/pki/index.ts";
import { loadAll } from "js-yaml";

/** What a ConfigMap or Secret brings to a cluster. */

export type Source = Stored<ConfigMap> | Stored<Secret>;

export const sourceKinds = { ConfigMap, Secret } as const;

/** The type that says: this Secret is meant to be applied. */
export const resourceSetSecretType = "addons.cluster.x-k8s.io/resource-set";

/** The values in the order of their keys, so that the same content is the same everywhere. @throws Error without any */
export const valuesOf = (source: Source): readonly Uint8Array[] => {
  if (source.data === undefined) throw new Error(`failed to get data field from resource ${refKey(refOf(source))}`);
  const bytes = source.kind === Secret.kind ? fromBase64 : (text: string) => new TextEncoder().encode(text);
  return Object.keys(source.data)
    .toSorted(inBytes)
    .map((key) => bytes(source.data?.[key] ?? ""));
};

const inBytes = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

export const hashOf = async (values: readonly Uint8Array[]): Promise<string> => {
  const whole = new Uint8Array(values.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const value of values) {
    whole.set(value, at);
    at += value.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
};

/** The objects of all values; those of one value in the order in which they can be made. @throws Error when a value is none */
export const objectsIn = (values: readonly Uint8Array[]): readonly UnstructuredObject[] =>
  values.flatMap((value) => {
    const text = new TextDecoder().decode(value);
    const documents: readonly unknown[] = text.trimStart().startsWith("[") ? JSON.parse(text) : loadAll(text);
    const given = documents.filter((document) => document !== null && document !== undefined);
    return given.map(objectOf).toSorted((left, right) => priority(left) - priority(right));
  });

const objectOf = (document: unknown): UnstructuredObject => {
  const object = document as Partial<UnstructuredObject>;
  if (typeof document !== "object" || !object.apiVersion || !object.kind || !object.metadata?.name) {
    throw new Error("failed converting data to unstructured objects: each needs an apiVersion, a kind and a name");
  }
  return document as UnstructuredObject;
};

/** What others need comes first; the rest stays in its order. */
const firstKinds = [
  ...["Namespace", "CustomResourceDefinition", "StorageClass", "PersistentVolume", "PersistentVolumeClaim"],
  ...["Secret", "ConfigMap", "ServiceAccount", "LimitRange", "Pod", "ReplicaSet", "Endpoint"],
];
const priority = ({ kind }: UnstructuredObject): number => {
  const at = firstKinds.indexOf(kind);
  return at < 0 ? firstKinds.length : at;
};
