import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { localObjectReference, typedLocalObjectReference } from "../meta/references.ts";
import { openStackConditions } from "./conditions.ts";
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
  "What the server should be",
  {
    identityRef: required(identityRef),
    image: required(imageParam),
    ports: required(s.list("Its ports", portOpts)),
    sshKeyName: required(s.string("Key pair whose owner may log in")),
    additionalBlockDevices: additionalBlockDevices,
    availabilityZone: s.string("Availability zone"),
    configDrive: s.boolean("Give the server a config drive"),
    flavor: s.string("Name of the flavor", { minLength: 1 }),
    flavorID: s.string("Id of the flavor; wins over the name", { minLength: 1 }),
    floatingIPPoolRef: s.described("Pool to take a floating IP from", typedLocalObjectReference),
    rootVolume: rootVolume,
    schedulerHintAdditionalProperties: schedulerHints,
    securityGroups: s.list("Security groups of its ports", neutronParam),
    serverGroup: serverGroupParam,
    serverMetadata: serverMetadata,
    tags: resourceTags,
    trunk: s.boolean("Make a trunk of it"),
    userDataRef: s.described("Secret with the user data", localObjectReference),
  },
  { rules: [{ rule: "(has(self.flavor) || has(self.flavorID))", message: "at least one of flavor or flavorID must be set" }] },
);
export type OpenStackServerSpec = TypeOf<typeof openStackServerSpec>;

export const openStackServerStatus = s.object("What the server is", {
  ready: required(s.boolean("It can be used", { default: false })),
  addresses: s.list("Where it can be reached", serverAddress),
  conditions: openStackConditions,
  instanceID: s.string("Id of the server"),
  instanceState: s.string("Nova's word for its state"),
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
  description: "A server and its ports in an OpenStack cloud",
  fields: {
    spec: openStackServerSpec,
    status: openStackServerStatus,
  },
  validate: validateOpenStackServer,
});
