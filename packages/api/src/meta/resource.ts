import type { KubeObject } from "./object.ts";

/**
 * What a client must know to speak of a kind: where it is on the wire. Every `Kind` is one; a kind that is only known at run
 * time (a reference in someone's spec) is made with `resource()`.
 */
export interface Resource<T extends KubeObject = KubeObject> {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  /** Never set: it only carries T for the compiler. */
  readonly __object?: T;
}

export const apiVersionOf = (resource: Pick<Resource, "group" | "version">): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;

/** `clusters.cluster.x-k8s.io`: group and resource, as CRD names, RBAC and messages spell it. */
export const groupResource = (resource: Pick<Resource, "group" | "plural">): string =>
  resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;

export const groupKind = (resource: Pick<Resource, "group" | "kind">): string =>
  resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;

export const parseApiVersion = (apiVersion: string): { group: string; version: string } => {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
};
