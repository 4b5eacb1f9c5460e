import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { localObjectReference, typedLocalObjectReference } from "../meta/references.ts";
import { infrastructureGroup } from "./group.ts";
import { identityRef, imageParam, neutronParam, resourceTags, serverGroupParam } from "./params.ts";
import { portOpts } from "./ports.ts";
import { validateOpenStackServer } from "./server.admission.ts";
import {
  additionalBlockDevices,
  resolvedServer,
  rootVolume,
  schedulerHints,
  serverAddress,
  serverMetadata,
  serverResources,
} from "./serverparts.ts";

export const openStackServerSpec = s.object(
  {
    identityRef: required(identityRef),
    image: required(imageParam),
    ports: required(s.list(portOpts)),
    sshKeyName: required(s.string()),
    additionalBlockDevices: additionalBlockDevices,
    availabilityZone: s.string(),
    configDrive: s.boolean(),
    flavor: s.string({ minLength: 1 }),
    flavorID: s.string({ minLength: 1 }),
    floatingIPPoolRef: typedLocalObjectReference,
    rootVolume: rootVolume,
    schedulerHintAdditionalProperties: schedulerHints,
    securityGroups: s.list(neutronParam),
    serverGroup: serverGroupParam,
    serverMetadata: serverMetadata,
    tags: resourceTags,
    trunk: s.boolean(),
    userDataRef: localObjectReference,
  },
  { rules: [{ rule: "(has(self.flavor) || has(self.flavorID))", message: "at least one of flavor or flavorID must be set" }] },
);
export type OpenStackServerSpec = TypeOf<typeof openStackServerSpec>;

export const openStackServerStatus = s.object({
  ready: required(s.boolean({ default: false })),
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
  instanceID: s.string(),
  instanceState: s.string(),
  resolved: resolvedServer,
  resources: serverResources,
});
export type OpenStackServerStatus = TypeOf<typeof openStackServerStatus>;

export interface OpenStackServer extends KubeObject {
  readonly spec: OpenStackServerSpec;
  readonly status?: OpenStackServerStatus;
}

export const OpenStackServer = defineKind<OpenStackServer>({
  ...infrastructureGroup,
  kind: "OpenStackServer",
  plural: "openstackservers",
  version: "v1alpha1",
  shortNames: ["oss"],
  subresources: { status: true },
  columns: [
    column("InstanceState", ".status.instanceState"),
    column("Ready", ".status.ready"),
    column("InstanceID", ".status.instanceID"),
    ageColumn,
  ],
  description: "TODO",
  fields: {
    spec: openStackServerSpec,
    status: openStackServerStatus,
  },
  validate: validateOpenStackServer,
});
