/** What can be done with one cluster. The page's address carries it, so that a dialog survives a reload and can be linked to. */
export const clusterTasks = [
  "kubeconfig",
  "scale",
  "createNodeGroup",
  "upgrade",
  "delete",
  "rotateCa",
  "rotateCredential",
  "signCertificate",
] as const;
export type ClusterTask = (typeof clusterTasks)[number];

export const clusterTabs = [
  "overview",
  "topology",
  "nodes",
  "groups",
  "events",
  "addons",
  "network",
  "access",
  "history",
  "yaml",
  "settings",
] as const;
export type ClusterTab = (typeof clusterTabs)[number];

export interface ClusterSearch {
  readonly tab?: ClusterTab;
  readonly task?: ClusterTask;
  /** Which node group a task is about. */
  readonly group?: string;
}

/** What an address says, whatever somebody wrote into it. */
export const clusterSearch = (search: { readonly [name: string]: unknown }): ClusterSearch => ({
  ...(clusterTabs.some((tab) => tab === search["tab"]) ? { tab: search["tab"] as ClusterTab } : {}),
  ...(clusterTasks.some((task) => task === search["task"]) ? { task: search["task"] as ClusterTask } : {}),
  ...(typeof search["group"] === "string" ? { group: search["group"] } : {}),
});
