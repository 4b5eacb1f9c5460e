import { OpenStackServer, refOf } from "@slipway/api";
import { act, type KubeEffect, type Phase, ready, wait } from "@slipway/runtime";
import type { MachineFacts, MachineScope } from "./scope.ts";

/** The server's object cleans the cloud up and then goes; it wakes us when it does. */
export const deleteServerObject: Phase<MachineScope, undefined, KubeEffect, MachineFacts> = {
  name: "deleteServerObject",
  observe: () => undefined,
  decide: (_, { server }) => {
    if (server === undefined) return ready();
    if (server.metadata.deletionTimestamp !== undefined) return wait("ServerObjectDeleting", { recheckSeconds: 10 });
    return act("ServerObjectDeleting", { call: "delete", resource: OpenStackServer, ref: refOf(server) });
  },
};
