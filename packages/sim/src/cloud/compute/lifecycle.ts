import type { GuestAilment, GuestServer } from "../../guest/port.ts";
import type { CloudContext } from "../context.ts";
import { time } from "../ids.ts";
import type { NetworkService } from "../network/network.ts";
import type { VolumeHost } from "../volume/host.ts";
import type { InstanceAction, Server } from "./records.ts";
import { createScheduler } from "./scheduler.ts";

/** What happens to servers after the answer: building, switching on and off, going away. */
export interface Lifecycle {
  build(server: Server): void;
  remove(server: Server): void;
  /** Sets the task, and after a while what comes of it. */
  later(server: Server, task: string, done: (server: Server) => Partial<Server>, after?: (server: Server) => void): void;
  change(server: Server, changes: Partial<Server>): Server;
  record(server: Server, action: string, requestId: string, userId: string): Server;
  powerOn(server: Server): void;
  powerOff(serverId: string): void;
  /** Its host dies: SHUTOFF, as Nova finds it. */
  crash(serverId: string): void;
  /** The server runs on, its node falls silent. */
  stopKubelet(serverId: string): void;
  /** ERROR with this fault, its guest off. */
  fail(serverId: string, message: string): void;
  /** Gone without being deleted. */
  lose(serverId: string): void;
  /** What was under way and got stuck goes on. */
  resume(): void;
  /** After a restart of the program: the guests of running servers are switched on again. */
  restart(): void;
}

const ailments: readonly GuestAilment[] = ["kernel-panic", "no-network", "cloud-init-error", "kubeadm-preflight", "silent"];
const noHost = "No valid host was found. There are not enough hosts available.";

export const createLifecycle = (context: CloudContext, network: NetworkService, volumes: VolumeHost): Lifecycle => {
  const { state, settings, transitions, guests, clock, faults, log } = context;
  const { delays } = settings;
  const choose = createScheduler(context);
  const now = () => clock.now();

  const change = (server: Server, changes: Partial<Server>): Server =>
    state.servers.put({ ...server, ...changes, updated: time.zulu(now()) });
  const later = (serverId: string, milliseconds: number, run: (server: Server) => void): void =>
    transitions.after(milliseconds, `server/${serverId}`, () => {
      const server = state.servers.get(serverId);
      if (server) run(server);
    });
  const subject = (server: Server) => ({
    name: server.name,
    projectId: server.project_id,
    zone: server.zone || (server.requested_zone ?? ""),
    flavor: server.flavor.name,
  });

  const powerOn = (server: Server): void => {
    portsUp(server, "ACTIVE");
    const ailment = server.booted ? undefined : ailmentOf(server);
    guests.powerOn({ ...guestOf(server), ...(ailment === undefined ? {} : { ailment }) });
    if (!server.booted) state.servers.patch(server.id, { booted: true });
  };
  const ailmentOf = (server: Server): GuestAilment | undefined => {
    const ill = ailments.find((ailment) => faults.scenario(`guest-${ailment}`, subject(server)));
    return ill ?? (hasNoDhcp(server) ? "no-network" : undefined);
  };
  /** Without DHCP an address is known only from a config drive. */
  const hasNoDhcp = (server: Server): boolean => {
    const subnets = [...state.ports.by("device", server.id)].flatMap(({ fixed_ips }) =>
      fixed_ips.flatMap(({ subnet_id }) => state.subnets.get(subnet_id) ?? []),
    );
    return !server.config_drive && subnets.length > 0 && subnets.every(({ enable_dhcp }) => !enable_dhcp);
  };
  const guestOf = (server: Server): GuestServer => {
    const image = server.image_id === null ? volumes.imageOfRoot(server) : state.images.get(server.image_id);
    return {
      id: server.id,
      name: server.name,
      projectId: server.project_id,
      userData: decoded(state.userData.get(server.id)?.text),
      availabilityZone: server.zone,
      image: { id: image?.id ?? "", name: image?.name ?? "", properties: image?.properties ?? {} },
      flavor: { name: server.flavor.name, vcpus: server.flavor.vcpus, ramMiB: server.flavor.ram, diskGiB: server.flavor.disk },
      addresses: state.ports.by("device", server.id).flatMap((port) => port.fixed_ips.map((ip) => ip.ip_address)),
      metadata: server.metadata,
      firstBoot: !server.booted,
    };
  };

  const portsUp = (server: Server, status: "ACTIVE" | "DOWN"): void => {
    for (const port of state.ports.by("device", server.id)) {
      if (port.status === status) continue;
      network.ports.change(port, { status });
      network.portMoved(port.id);
    }
  };
  /** Nova lets go of a port that the user made, and deletes its own. */
  const releasePorts = (server: Server): void => {
    for (const port of state.ports.by("device", server.id)) {
      if (server.own_ports.includes(port.id)) network.ports.drop(port.id);
      else {
        network.ports.change(port, { device_id: "", device_owner: "", host_id: "", status: "DOWN", dns_name: "" });
        network.portMoved(port.id);
      }
    }
  };
  const fail = (server: Server, message: string, details: string): void => {
    releasePorts(server);
    for (const volume of server.volumes) volumes.detach(volume.volume_id, server.id);
    change(server, {
      vm_state: "error",
      task_state: null,
      power_state: 0,
      zone: "",
      host: null,
      volumes: [],
      own_ports: [],
      fault: { code: 500, message, created: time.zulu(now()), details },
    });
  };

  const place = (server: Server): void => {
    const group = server.group_id === null ? undefined : state.serverGroups.get(server.group_id);
    const [zone, wantedHost] = zoneAndHost(server.requested_zone);
    if (faults.scenario("server-port-binding-failed", subject(server))) {
      const [port] = state.ports.by("device", server.id);
      const message = `Binding failed for port ${port?.id ?? "00000000-0000-0000-0000-000000000000"}, please check neutron logs for more information.`;
      fail(server, message, `PortBindingFailed: ${message}`);
      return;
    }
    const host = faults.scenario("server-no-valid-host", subject(server))
      ? undefined
      : choose({ zone, host: wantedHost, group, flavor: server.flavor });
    if (!host) {
      fail(server, noHost, "NoValidHost: No valid host was found. There are not enough hosts available.");
      return;
    }
    const own: string[] = [];
    try {
      for (const wanted of server.wanted) {
        if (wanted.kind !== "network") continue;
        own.push(makePort(server, wanted.network_id, wanted.fixed_ip).id);
      }
    } catch (error) {
      for (const id of own) network.ports.drop(id);
      fail(server, `Build of instance ${server.id} aborted: ${error instanceof Error ? error.message : String(error)}`, "");
      return;
    }
    for (const port of state.ports.by("device", server.id)) {
      network.ports.change(port, { host_id: host.name, device_owner: `compute:${host.zone}`, dns_name: server.hostname });
    }
    finish(change(server, { host: host.name, zone: host.zone, own_ports: own, task_state: "spawning" }));
  };
  const makePort = (server: Server, networkId: string, fixedIp: string | null) => {
    network.reservePort(server.project_id);
    const groups = server.security_groups.flatMap((name) => {
      const group = state.securityGroups.by("project", server.project_id).find((one) => one.name === name || one.id === name);
      return group ? [group.id] : [];
    });
    const fallback = groups.length > 0 ? undefined : network.defaultGroup(server.project_id);
    const secured = state.networks.get(networkId)?.port_security_enabled !== false;
    return network.ports.add(
      {
        network_id: networkId,
        project_id: server.project_id,
        device_id: server.id,
        security_groups: secured ? (fallback ? [fallback.id] : groups) : [],
        port_security_enabled: secured,
      },
      fixedIp === null ? undefined : [{ ip_address: fixedIp }],
    );
  };
  /** The second half of building: the machine starts. */
  const finish = (server: Server): void => {
    if (faults.scenario("server-stuck-building", subject(server))) return;
    later(server.id, delays.serverBuild * 0.7, (current) => {
      if (current.task_state !== "spawning") return;
      powerOn(change(current, { vm_state: "active", task_state: null, power_state: 1, launched_at: time.micro(now()) }));
    });
  };

  const erase = (server: Server): void => {
    releasePorts(server);
    for (const volume of server.volumes) {
      volumes.detach(volume.volume_id, server.id);
      if (volume.delete_on_termination) volumes.remove(volume.volume_id);
    }
    state.servers.remove(server.id);
    state.userData.remove(server.id);
    guests.destroy(server.id);
  };
  const remove = (server: Server): void => {
    transitions.cancel(`server/${server.id}`);
    guests.powerOff(server.id);
    change(server, { task_state: "deleting" });
    if (faults.scenario("server-stuck-deleting", subject(server))) return;
    later(server.id, delays.serverDelete, erase);
  };

  const build = (server: Server): void => later(server.id, delays.serverBuild * 0.3, place);

  const resumeOne = (server: Server): void => {
    switch (server.task_state) {
      case "scheduling":
        build(server);
        break;
      case "spawning":
        finish(server);
        break;
      case "deleting":
        if (!faults.scenario("server-stuck-deleting", subject(server))) later(server.id, delays.serverDelete, erase);
        break;
      case null:
        break;
      default:
        break;
    }
  };

  return {
    build,
    remove,
    change,
    powerOn,
    powerOff: (serverId) => {
      const server = state.servers.get(serverId);
      if (server) portsUp(server, "DOWN");
      guests.powerOff(serverId);
    },
    later: (server, task, done, after) => {
      change(server, { task_state: task });
      later(server.id, delays.serverAction, (current) => {
        const changed = change(current, { task_state: null, ...done(current) });
        after?.(changed);
      });
    },
    record: (server, action, requestId, userId) => {
      const at = time.micro(now());
      const entry: InstanceAction = {
        action,
        request_id: requestId,
        user_id: userId,
        start_time: at,
        updated_at: at,
        message: null,
      };
      return state.servers.put({ ...server, actions: [entry, ...server.actions].slice(0, 50) });
    },
    crash: (serverId) => {
      const server = state.servers.get(serverId);
      if (!server) return;
      transitions.cancel(`server/${serverId}`);
      guests.powerOff(serverId);
      portsUp(server, "DOWN");
      change(server, { vm_state: "stopped", power_state: 4, task_state: null });
    },
    stopKubelet: (serverId) => guests.stopKubelet(serverId),
    fail: (serverId, message) => {
      const server = state.servers.get(serverId);
      if (!server) return;
      transitions.cancel(`server/${serverId}`);
      guests.powerOff(serverId);
      const fault = { code: 500, message, created: time.zulu(now()), details: "" };
      change(server, { vm_state: "error", power_state: 0, task_state: null, fault });
    },
    lose: (serverId) => {
      const server = state.servers.get(serverId);
      transitions.cancel(`server/${serverId}`);
      if (server) erase(server);
    },
    resume: () => {
      for (const server of [...state.servers.all()]) resumeOne(server);
    },
    restart: () => {
      for (const server of [...state.servers.all()]) {
        const building = server.task_state !== null && ["scheduling", "spawning", "deleting"].includes(server.task_state);
        // A start, stop or reboot that was cut short: the machine is as it was before.
        const current = building || server.task_state === null ? server : change(server, { task_state: null });
        if (current.vm_state === "active" && current.task_state === null) powerOn(current);
      }
      log.debug("servers of the simulated cloud were picked up again", { servers: state.servers.size });
    },
  };
};

/** `zone` or, for admins, `zone:host`. */
export const zoneAndHost = (text: string | null): [zone: string | null, host: string | null] => {
  if (text === null || text === "") return [null, null];
  const [zone, host] = text.split(":");
  return [zone || null, host || null];
};

const decoded = (userData: string | undefined): string => {
  if (!userData) return "";
  try {
    const binary = atob(userData);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
    return new TextDecoder().decode(bytes);
  } catch {
    return ""; // Nova takes what is not base64 and hands the guest nothing of use
  }
};
