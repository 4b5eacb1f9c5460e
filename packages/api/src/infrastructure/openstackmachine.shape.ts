import { required, s, type TypeOf } from "../kind/fields.ts";
import { typedLocalObjectReference } from "../meta/references.ts";
import { openStackConditions } from "./conditions.ts";
import { identityRef, imageParam, neutronParam, resourceTags, serverGroupParam } from "./params.ts";
import { portOpts } from "./ports.ts";
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
  "What the server should be",
  {
    image: required(imageParam),
    additionalBlockDevices: additionalBlockDevices,
    configDrive: s.boolean("Give the server a config drive"),
    flavor: s.string("Name of the flavor", { minLength: 1 }),
    flavorID: s.string("Id of the flavor; wins over the name", { minLength: 1 }),
    floatingIPPoolRef: s.described("Pool to take a floating IP from", typedLocalObjectReference),
    identityRef: identityRef,
    ports: s.list("Its ports; absent: one on the cluster's network", portOpts),
    providerID: s.string("openstack:///<server id>"),
    rootVolume: rootVolume,
    schedulerHintAdditionalProperties: schedulerHints,
    securityGroups: s.list("Security groups of its ports", neutronParam),
    serverGroup: serverGroupParam,
    serverMetadata: serverMetadata,
    sshKeyName: s.string("Key pair whose owner may log in"),
    tags: resourceTags,
    trunk: s.boolean("Make a trunk of it"),
  },
  { rules: [{ rule: "(has(self.flavor) || has(self.flavorID))", message: "at least one of flavor or flavorID must be set" }] },
);
export type OpenStackMachineSpec = TypeOf<typeof openStackMachineSpec>;

export const openStackMachineStatus = s.object("What the server is", {
  addresses: s.list("Where it can be reached", serverAddress),
  conditions: openStackConditions,
  failureMessage: s.string("Why only a person can help; not used any more"),
  failureReason: s.string("Why only a person can help, in one word; not used any more"),
  instanceID: s.string("Id of the server"),
  instanceState: s.string("Nova's word for its state"),
  ready: s.boolean("It can be used"),
  resolved: resolvedServer,
  resources: serverResources,
});
export type OpenStackMachineStatus = TypeOf<typeof openStackMachineStatus>;
