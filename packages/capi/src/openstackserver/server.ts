import type { OpenStackServer } from "@slipway/api";
import type { CloudError, NewServer, Server } from "@slipway/openstack";
import { act, type Decision, fail, ready, wait } from "@slipway/runtime";
import { type CloudEffect, eventReason } from "../openstackcloud/effects.ts";
import { recheckAfter } from "../openstackcloud/recheck.ts";
import { afterRefusal, cloudPhase } from "../openstackcloud/settle.ts";
import { mergeTags } from "../openstackcloud/tags.ts";
import type { ServerFacts, ServerScope } from "./scope.ts";
import { blockDevices, wrongDevice } from "./volumes.ts";

interface Observed {
  readonly servers: readonly Server[];
  /** An id is written down, and Nova does not know it any more. */
  readonly lost: boolean;
  readonly userData: string | undefined;
}

/** The server itself: made once, found again by its id or by its name, and read into status from then on. */
export const server = cloudPhase<ServerScope, Observed, ServerFacts>({
  name: "server",
  observe: async ({ oss, cloud, userData }, _, made) => {
    const known = oss.status?.instanceID ?? made.get(`createServer ${oss.metadata.name}`);
    if (known !== undefined && known !== "") {
      const found = await cloud.compute.findServer(known);
      return { servers: found === undefined ? [] : [found], lost: found === undefined, userData: undefined };
    }
    const servers = await cloud.compute.listServersNamed(oss.metadata.name);
    return { servers, lost: false, userData: servers.length > 0 ? undefined : await userData() };
  },
  decide: ({ servers, lost, userData }, { oss, now, events }, { portIds, volumeIds }) => {
    if (lost) return fail("InstanceNotFound", "virtual machine no longer exists");
    const [found] = servers;
    if (servers.length > 1) {
      const message = `found ${servers.length} servers named ${oss.metadata.name}: delete all but one`;
      events.warning(oss, eventReason("DuplicateServerNames"), message);
      return wait("Ambiguous", { message, recheckSeconds: 60 });
    }
    if (found !== undefined) return stateOf(found, now);
    const wrong = wrongDevice(oss);
    if (wrong !== undefined) return createRefused(wrong);
    if (userData === undefined) {
      const message = `Secret ${oss.spec.userDataRef?.name ?? ""} with key "value" does not exist yet`;
      return wait("WaitingForBootstrapData", { message, recheckSeconds: 10 });
    }
    return act<CloudEffect, ServerFacts>("ServerCreating", {
      call: "createServer",
      with: serverFor(oss, portIds ?? [], volumeIds ?? [], userData),
    });
  },
  refused: (error) => afterFailedCreate(error),
});

/** What Nova's word for a server means to us. */
const stateOf = (found: Server, now: Date): Decision<never, ServerFacts> => {
  const facts = { server: found, instanceId: found.id, instanceState: found.status };
  switch (found.status) {
    case "ACTIVE":
      return ready(facts);
    case "ERROR":
      return fail("InstanceStateError", found.fault ?? "the server is in ERROR and Nova does not say why", { facts });
    case "DELETED":
      return fail("InstanceDeleted", "the server was deleted", { facts });
    case "":
    case "BUILD":
      return wait("InstanceBuilding", { recheckSeconds: recheckAfter(now, found.createdAt), facts });
    default:
      return wait("InstanceNotReady", { message: `the server is ${found.status}`, recheckSeconds: 60, facts });
  }
};

/**
 * Upstream gives a server up at the first error of any kind. Here what may pass is waited out (a full quota, a cloud that does not
 * answer, a port that is still being freed), with the same condition; what would be refused again is as final as there.
 */
export const afterFailedCreate = (error: CloudError): Decision<never, ServerFacts> => {
  switch (error.kind) {
    case "invalid":
    case "forbidden":
    case "unsupported":
      return createRefused(error.message);
    default:
      return { ...afterRefusal(error), reason: "InstanceCreateFailed" };
  }
};

export const createRefused = (message: string): Decision<never, ServerFacts> =>
  fail("InstanceCreateFailed", message, { facts: { instanceState: "ERROR" } });

/** The request for the server: everything in it was resolved and made before. */
export const serverFor = (
  { metadata, spec, status }: Pick<OpenStackServer, "metadata" | "spec" | "status">,
  portIds: readonly string[],
  volumeIds: readonly string[],
  userData: string,
): NewServer => {
  const fromVolume = spec.rootVolume !== undefined && spec.rootVolume.sizeGiB > 0;
  const hints = Object.fromEntries(
    (spec.schedulerHintAdditionalProperties ?? []).map(({ name, value }) => [
      name,
      value.bool ?? value.number ?? value.string ?? "",
    ]),
  );
  const group = status?.resolved?.serverGroupID;
  return {
    name: metadata.name ?? "",
    flavorId: status?.resolved?.flavorID ?? "",
    imageId: fromVolume ? undefined : status?.resolved?.imageID,
    availabilityZone: spec.availabilityZone === "" ? undefined : spec.availabilityZone,
    portIds,
    userData,
    tags: mergeTags(spec.tags),
    metadata: Object.fromEntries((spec.serverMetadata ?? []).map(({ key, value }) => [key, value])),
    configDrive: spec.configDrive ?? false,
    keyName: spec.sshKeyName === "" ? undefined : spec.sshKeyName,
    blockDevices: blockDevices({ metadata, spec, status }, volumeIds),
    schedulerHints: { ...hints, ...(group === undefined ? {} : { group }) },
  };
};
