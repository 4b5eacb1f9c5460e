import { apiVersionOf, labels, OpenStackMachine, OpenStackServer } from "@slipway/api";
import type { Server } from "@slipway/openstack";
import { act, fail, type KubeEffect, ownerRef, type Phase, ready, wait } from "@slipway/runtime";
import { machineAddresses } from "../openstackcloud/addresses.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { cloudPhase } from "../openstackcloud/settle.ts";
import { isControlPlane, isProvisioned, type MachineFacts, type MachineScope } from "./scope.ts";
import { serverSpec } from "./serverspec.ts";

type KubePhase = Phase<MachineScope, undefined, KubeEffect, MachineFacts>;

/** A server needs the cluster's network and security groups, so these come first. */
export const clusterInfrastructure: KubePhase = {
  name: "clusterInfrastructure",
  observe: () => undefined,
  decide: (_, { osc }) => (isProvisioned(osc) ? ready() : wait("WaitingForClusterInfrastructure", { recheckSeconds: 15 })),
};

export const bootstrapData: KubePhase = {
  name: "bootstrapData",
  observe: () => undefined,
  decide: (_, { machine }) => (machine.spec.bootstrap.dataSecretName === undefined ? wait("WaitingForBootstrapData") : ready()),
};

/** The server's own object, which does the work in the cloud. One that is there is left as it is. */
export const serverObject: KubePhase = {
  name: "serverObject",
  observe: () => undefined,
  decide: (_, scope) => {
    const { server } = scope;
    if (server === undefined)
      return act("ServerObjectCreating", { call: "create", resource: OpenStackServer, object: serverObjectFor(scope) });
    if (server.status?.ready === true) return ready();
    // Upstream shows nothing of it here; who waits for a machine should not have to know where to look.
    const told = server.status?.conditions?.find(({ type }) => type === "InstanceReady");
    // Its object is never looked at again, so waiting would be for ever: the machine has failed, and may be replaced.
    if (server.status?.instanceState === "ERROR")
      return fail(told?.reason ?? "InstanceStateError", told?.message ?? "the server is in ERROR and Nova does not say why");
    return told?.status === "False" && told.severity !== "Info"
      ? wait(told.reason ?? "InstanceCreateFailed", { message: told.message ?? "" })
      : wait("ServerObjectNotReady");
  },
};

/** Whole, from the machine and what it is part of. */
export const serverObjectFor = ({ osm, machine, osc }: Pick<MachineScope, "osm" | "machine" | "osc">): OpenStackServer => {
  const clusterName = osc.metadata.labels?.[labels.clusterName] ?? machine.spec.clusterName;
  const group = isControlPlane(machine) ? osc.status?.controlPlaneSecurityGroup : osc.status?.workerSecurityGroup;
  return {
    apiVersion: apiVersionOf(OpenStackServer),
    kind: OpenStackServer.kind,
    metadata: {
      name: osm.metadata.name,
      ...(osm.metadata.namespace === undefined ? {} : { namespace: osm.metadata.namespace }),
      labels: { [labels.clusterName]: clusterName },
      ownerReferences: [ownerRef(osm, OpenStackMachine)],
    },
    spec: serverSpec(osm.spec, {
      identityRef: osc.spec.identityRef,
      networkId: osc.status?.network?.id ?? "",
      securityGroupId: osc.spec.managedSecurityGroups === undefined ? undefined : group?.id,
      clusterTags: osc.spec.tags,
      availabilityZone: machine.spec.failureDomain,
      userDataSecret: machine.spec.bootstrap.dataSecretName,
    }),
  };
};

/** What Nova says of the server now. */
export const instance = cloudPhase<MachineScope, Server | undefined, MachineFacts>({
  name: "instance",
  observe: async ({ server, cloud }) => {
    const id = server?.status?.instanceID;
    return id === undefined ? undefined : (await cloud()).compute.findServer(id);
  },
  decide: (found, { server, now }) => {
    if (found === undefined) return fail("InstanceNotFound", "virtual machine no longer exists");
    const instanceId = server?.status?.instanceID ?? found.id;
    const facts = { server: found, instanceId, addresses: machineAddresses(found) };
    switch (found.status) {
      case "ACTIVE":
        return ready({ ...facts, running: true });
      case "ERROR":
        return fail("InstanceStateError", found.fault ?? "the server is in ERROR and Nova does not say why", { facts });
      case "DELETED":
        return fail("InstanceDeleted", "the server was deleted", { facts });
      case "":
      case "BUILD":
        return wait("InstanceBuilding", { recheckSeconds: Math.max(1, recheckAfter(now, found.createdAt)), facts });
      default:
        return wait("InstanceNotReady", { message: `the server is ${found.status}`, recheckSeconds: 60, facts });
    }
  },
});
