/** What the kinds of this group share: one group, one namespace, and the label that keeps tenants apart. */
export const MAGNUM_GROUP = "magnum.slipway.dev";
export const MAGNUM_VERSION = "v1alpha1";
export const MAGNUM_NAMESPACE = "magnum-system";

/** The Keystone project of a record: the only thing lists are narrowed by. */
export const PROJECT_LABEL = "magnum.slipway.dev/project";
/** On a Cluster: what the tenant calls it, when a label can say that. */
export const CLUSTER_NAME_LABEL = "magnum.slipway.dev/cluster-name";
/** On every object that was made for a MagnumCluster: its uuid. */
export const CLUSTER_UUID_LABEL = "cluster-uuid";
/** On the objects of one node group: the group's name. */
export const NODE_GROUP_LABEL = "magnum.slipway.dev/node-group";
/** What went wrong in the API after the record was written (no credential, say): the driver reports it instead of beginning. */
export const FAILURE_ANNOTATION = "magnum.slipway.dev/failure";
/** Keeps the record until the driver has taken everything down. */
export const MAGNUM_FINALIZER = "magnum.slipway.dev/cluster";
/** On the ConfigMaps that say which clusters there ever were: value `cluster`. They outlive their clusters, so that what is left can be told from what is others'. */
export const LEDGER_LABEL = "magnum.slipway.dev/ledger";
export const ledgerName = (cluster: string): string => `${cluster}-ledger`;
