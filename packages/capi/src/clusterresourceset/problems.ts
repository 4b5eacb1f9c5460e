import { isFalse, v1beta2 } from "@slipway/runtime";
import type { Problem } from "./scope.ts";

/** What keeps a ClusterResourceSet from being applied, as its condition says it. */

export const applied = "ResourcesApplied";

const internal = v1beta2(applied, "False", "InternalError", "Please check controller logs for errors");

export const wrongSecretType = (name: string): Problem => ({
  v1beta1: isFalse(applied, "WrongSecretType", "Warning", "unsupported secret type"),
  v1beta2: v1beta2(applied, "False", "WrongSecretType", `Secret type of resource ${name} is not supported`),
});

export const notRetrieved = (message: string): Problem => ({
  v1beta1: isFalse(applied, "RetrievingResourceFailed", "Warning", message),
  v1beta2: internal,
});

export const notConnected = (cluster: string): Problem => ({
  v1beta1: isFalse(
    applied,
    "RemoteClusterClientFailed",
    "Error",
    `there is no connection to the workload cluster of Cluster ${cluster}`,
  ),
  v1beta2: internal,
});

export const notApplied = (message: string): Problem => ({
  v1beta1: isFalse(applied, "ApplyFailed", "Warning", message),
  v1beta2: v1beta2(applied, "False", "NotApplied", "Failed to apply ClusterResourceSet resources to Cluster"),
});
