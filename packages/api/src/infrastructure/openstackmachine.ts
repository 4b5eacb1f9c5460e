import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { typedLocalObjectReference } from "../meta/references.ts";
import { infrastructureGroup } from "./group.ts";
import { identityRef, imageParam, neutronParam, resourceTags, serverGroupParam } from "./params.ts";
import { portOpts } from "./ports.ts";
import { validateOpenStackMachine } from "./server.admission.ts";
import {
  additionalBlockDevices,
  resolvedServer,
  rootVolume,
  schedulerHints,
  serverAddress,
  serverMetadata,
  serverResources,
} from "./serverparts.ts";

export const openStackMachineSpec = s.object(
  {
    image: required(imageParam),
    additionalBlockDevices: additionalBlockDevices,
    configDrive: s.boolean(),
    flavor: s.string({ minLength: 1 }),
    flavorID: s.string({ minLength: 1 }),
    floatingIPPoolRef: typedLocalObjectReference,
    identityRef: identityRef,
    ports: s.list(portOpts),
    providerID: s.string(),
    rootVolume: rootVolume,
    schedulerHintAdditionalProperties: schedulerHints,
    securityGroups: s.list(neutronParam),
    serverGroup: serverGroupParam,
    serverMetadata: serverMetadata,
    sshKeyName: s.string(),
    tags: resourceTags,
    trunk: s.boolean(),
  },
  { rules: [{ rule: "(has(self.flavor) || has(self.flavorID))", message: "at least one of flavor or flavorID must be set" }] },
);
export type OpenStackMachineSpec = TypeOf<typeof openStackMachineSpec>;

export const openStackMachineStatus = s.object({
  addresses: s.list(serverAddress),
  conditions: s.list(
    s.object({
      lastTransitionTime: required(s.time()),
      status: required(s.string()),
      type: required(s.string()),
      message: s.string(),
      reason: s.string(),
      severity: s.string(),
    }),
  ),
  failureMessage: s.string(),
  failureReason: s.string(),
  instanceID: s.string(),
  instanceState: s.string(),
  ready: s.boolean(),
  resolved: resolvedServer,
  resources: serverResources,
});
export type OpenStackMachineStatus = TypeOf<typeof openStackMachineStatus>;

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
  formerVersions: [
    { name: "v1alpha6", deprecated: true },
    { name: "v1alpha7", served: true, deprecated: true },
  ],
  columns: [
    column("Cluster", ".metadata.labels.cluster\\.x-k8s\\.io/cluster-name"),
    column("InstanceState", ".status.instanceState"),
    column("Ready", ".status.ready"),
    column("ProviderID", ".spec.providerID"),
    column("Machine", '.metadata.ownerReferences[?(@.kind=="Machine")].name'),
    ageColumn,
  ],
  description: "TODO",
  fields: {
    spec: openStackMachineSpec,
    status: openStackMachineStatus,
  },
  validate: validateOpenStackMachine,
});
