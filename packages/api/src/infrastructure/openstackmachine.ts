import { ageColumn, column, defineKind } from "../kind/define.ts";
import type { KubeObject } from "../meta/object.ts";
import { infrastructureGroup } from "./group.ts";
import {
  type OpenStackMachineSpec,
  type OpenStackMachineStatus,
  openStackMachineSpec,
  openStackMachineStatus,
} from "./openstackmachine.shape.ts";
import { validateOpenStackMachine } from "./server.admission.ts";
import { convertMachine, formerVersions } from "./v1alpha7/index.ts";

export * from "./openstackmachine.shape.ts";

export interface OpenStackMachine extends KubeObject {
  readonly spec: OpenStackMachineSpec;
  readonly status?: OpenStackMachineStatus;
}

export const OpenStackMachine = defineKind<OpenStackMachine>({
  ...infrastructureGroup,
  kind: "OpenStackMachine",
  plural: "openstackmachines",
  shortNames: ["osm"],
  subresources: { status: true },
  formerVersions: formerVersions("OpenStackMachine", "machine"),
  convert: convertMachine,
  conversionService: "capo-webhook-service.capo-system",
  columns: [
    column("Cluster", ".metadata.labels.cluster\\.x-k8s\\.io/cluster-name"),
    column("InstanceState", ".status.instanceState"),
    column("Ready", ".status.ready"),
    column("ProviderID", ".spec.providerID"),
    column("Machine", '.metadata.ownerReferences[?(@.kind=="Machine")].name'),
    ageColumn,
  ],
  description: "A Machine's server in an OpenStack cloud",
  fields: {
    spec: openStackMachineSpec,
    status: openStackMachineStatus,
  },
  validate: validateOpenStackMachine,
});
