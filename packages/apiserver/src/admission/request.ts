import type { UnstructuredObject } from "@slipway/api";
import type { RequestContext } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** One write, as those outside are asked about it. */
export interface AdmissionRequest {
  readonly served: ServedResource;
  readonly subresource: string | undefined;
  readonly operation: Operation;
  /** "" while the server has yet to make one. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly dryRun: boolean;
  /** Create-, Update-, Patch- or DeleteOptions; a connection has none beside its object. */
  readonly options: object | null;
  readonly context: RequestContext;
}

/** What the write does. Which of the two is there depends on the operation. */
export interface Change {
  readonly object: UnstructuredObject | undefined;
  readonly old: UnstructuredObject | undefined;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** A subresource that speaks another kind's language. */
export const kindOf = (served: ServedResource, subresource: string | undefined): GroupVersionKind => {
  switch (subresource) {
    case "scale":
      return { group: "autoscaling", version: "v1", kind: "Scale" };
    case "eviction":
      return { group: "policy", version: "v1", kind: "Eviction" };
    case "token":
      return { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
    case "binding":
      return { group: "", version: "v1", kind: "Binding" };
    case "exec":
      return { group: "", version: "v1", kind: "PodExecOptions" };
    case "attach":
      return { group: "", version: "v1", kind: "PodAttachOptions" };
    case "portforward":
      return { group: "", version: "v1", kind: "PodPortForwardOptions" };
    case "proxy":
      return { group: "", version: "v1", kind: `${served.kind}ProxyOptions` };
    default:
      return { group: served.group, version: served.version, kind: served.kind };
  }
};

export const resourceOf = (served: ServedResource): GroupVersionResource => ({
  group: served.group,
  version: served.version,
  resource: served.plural,
});
