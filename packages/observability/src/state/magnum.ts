import { at, gauge, type KindDeclaration } from "./declaration.ts";

const operations = ["CREATE", "UPDATE", "DELETE"];
const outcomes = ["IN_PROGRESS", "COMPLETE", "FAILED"];

/**
 * The tenants' side of a cluster: the same object as Cluster API's of the name in `stack_id`, so that series can be joined by it.
 * `cluster_name` is what the tenant calls it and need not be unique.
 */
export const magnumKinds: readonly KindDeclaration[] = [
  {
    group: "magnum.slipway.dev",
    version: "v1alpha1",
    kind: "MagnumCluster",
    prefix: "magnum_cluster",
    labels: {
      cluster_uuid: at("metadata.uid"),
      cluster_name: at("spec.name"),
      project_id: at("spec.projectId"),
      stack_id: at("metadata.name"),
    },
    families: [
      gauge("created", "spec.createdAt", "When a tenant asked for a cluster, in Unix seconds.", false),
      {
        name: "status",
        type: "StateSet",
        help: "What the Magnum API says of a cluster.",
        path: at("status.status"),
        labelName: "status",
        states: operations.flatMap((operation) => outcomes.map((outcome) => `${operation}_${outcome}`)),
      },
      {
        name: "health_status",
        type: "StateSet",
        help: "Whether the Magnum API calls a cluster healthy.",
        path: at("status.healthStatus"),
        labelName: "health_status",
        states: ["HEALTHY", "UNHEALTHY", "UNKNOWN"],
      },
      {
        name: "info",
        type: "Info",
        help: "What is worth knowing of a tenant's cluster.",
        labels: {
          kubernetes_version: at("spec.kubernetesVersion"),
          running_version: at("status.coeVersion"),
          network_driver: at("spec.networkDriver"),
          cluster_template_id: at("spec.clusterTemplateId"),
        },
      },
    ],
  },
];
