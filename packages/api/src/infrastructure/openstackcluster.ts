import { ageColumn, column, defineKind } from "../kind/define.ts";
import type { KubeObject } from "../meta/object.ts";
import { infrastructureGroup } from "./group.ts";
import { validateOpenStackCluster } from "./openstackcluster.admission.ts";
import {
  type OpenStackClusterSpec,
  type OpenStackClusterStatus,
  openStackClusterSpec,
  openStackClusterStatus,
} from "./openstackcluster.shape.ts";
import { convertCluster, formerVersions } from "./v1alpha7/index.ts";

export * from "./openstackcluster.shape.ts";

export interface OpenStackCluster extends KubeObject {
  readonly spec: OpenStackClusterSpec;
  readonly status?: OpenStackClusterStatus;
}

export const OpenStackCluster = defineKind<OpenStackCluster>({
  ...infrastructureGroup,
  kind: "OpenStackCluster",
  plural: "openstackclusters",
  shortNames: ["osc"],
  subresources: { status: true },
  formerVersions: formerVersions("OpenStackCluster", "cluster"),
  convert: convertCluster,
  conversionService: "capo-webhook-service.capo-system",
  columns: [
    column("Cluster", ".metadata.labels.cluster\\.x-k8s\\.io/cluster-name"),
    column("Ready", ".status.ready"),
    column("Network", ".status.network.id"),
    column("Endpoint", ".spec.controlPlaneEndpoint.host", { priority: 1 }),
    column("Bastion IP", ".status.bastion.floatingIP"),
    ageColumn,
  ],
  description: "A cluster's place in an OpenStack cloud: network, router, groups, load balancer",
  fields: {
    spec: openStackClusterSpec,
    status: openStackClusterStatus,
  },
  validate: validateOpenStackCluster,
});
