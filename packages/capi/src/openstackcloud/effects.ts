import type { KubeObject } from "@slipway/api";
import type { Cloud, Compute, LoadBalancing, Network, Volumes } from "@slipway/openstack";
import { CloudError } from "@slipway/openstack";
import type { EventRecorder } from "@slipway/runtime";

type Calls = Compute & Network & LoadBalancing & Volumes;

/** What changes a cloud, and the event that tells of it: upstream's words, which dashboards look for. */
const commands = {
  createServer: "CreateServer",
  deleteServer: "DeleteServer",
  createVolume: "CreateVolume",
  deleteVolume: "DeleteVolume",
  createPort: "CreatePort",
  deletePort: "DeletePort",
  createTrunk: "CreateTrunk",
  deleteTrunk: "DeleteTrunk",
  removeSubports: "RemoveTrunkSubports",
  createNetwork: "CreateNetwork",
  deleteNetwork: "DeleteNetwork",
  createSubnet: "CreateSubnet",
  createRouter: "CreateRouter",
  setRouterGateway: "UpdateRouter",
  addRouterInterface: "UpdateRouter",
  removeRouterInterface: "UpdateRouter",
  deleteRouter: "DeleteRouter",
  createSecurityGroup: "CreateSecurityGroup",
  deleteSecurityGroup: "DeleteSecurityGroup",
  createSecurityGroupRule: undefined,
  deleteSecurityGroupRule: undefined,
  createFloatingIp: "CreateFloatingIP",
  associateFloatingIp: "AssociateFloatingIP",
  disassociateFloatingIp: "DisassociateFloatingIP",
  deleteFloatingIp: "DeleteFloatingIP",
  replaceTags: undefined,
  createLoadBalancer: "CreateLoadBalancer",
  deleteLoadBalancer: "DeleteLoadBalancer",
  createListener: "CreateListener",
  setAllowedCidrs: "UpdateListener",
  createPool: "CreatePool",
  createMonitor: "CreateMonitor",
  createMember: undefined,
  deleteMember: undefined,
} as const satisfies { readonly [C in keyof Calls]?: string | undefined };

type Command = keyof typeof commands;

/** A change of the cloud as data: the call, and what it is called with. */
export type CloudEffect = { [C in Command]: { readonly call: C; readonly with: Parameters<Calls[C]>[0] } }[Command];

/** Answers the id of what was made, if something was. */
export type Perform = (effect: CloudEffect) => Promise<string | undefined>;

/** Does it, and tells of it on the object it is done for. */
export const performer =
  (cloud: Cloud, events: EventRecorder, about: KubeObject): Perform =>
  async (effect) => {
    const event = commands[effect.call];
    try {
      const id = idIn(await run(cloud, effect));
      if (event !== undefined)
        events.normal(
          about,
          eventReason(`Successful${event}`),
          id === undefined ? told(effect) : `${told(effect)} with id ${id}`,
        );
      return id;
    } catch (error) {
      if (event !== undefined && error instanceof CloudError) {
        events.warning(about, eventReason(`Failed${event}`), `${told(effect)}: ${error.message}`);
      }
      throw error;
    }
  };

const run = async (cloud: Cloud, effect: CloudEffect): Promise<unknown> => {
  const services: readonly object[] = [cloud.compute, cloud.network, cloud.loadBalancing, cloud.volumes];
  const service = services.find((one) => effect.call in one) as Calls;
  // The union pairs each call with its own input; the compiler cannot follow that through an index.
  return (service[effect.call] as (input: unknown) => Promise<unknown>)(effect.with);
};

const idIn = (made: unknown): string | undefined => {
  const id = typeof made === "object" && made !== null && "id" in made ? made.id : undefined;
  return typeof id === "string" ? id : undefined;
};

/** `create network "k8s-…"`: the call's words and what it was about, never its whole input (user data holds secrets). */
const told = ({ call, with: input }: CloudEffect): string => {
  const words = call.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (typeof input === "string") return `${words} ${input}`;
  const subject = "name" in input ? `"${input.name}"` : Object.values(input).find((value) => typeof value === "string");
  return subject === undefined ? words : `${words} ${String(subject)}`;
};

/** Upstream's recorder title-cases: `Successfulcreateserver`. */
export const eventReason = (reason: string): string => `${reason.slice(0, 1).toUpperCase()}${reason.slice(1).toLowerCase()}`;
