import type { CloudContext } from "../context.ts";
import { type Answer, accepted, type Call, ok } from "../http/call.ts";
import { isObject, type Json, numberOf, objectOf, textOf } from "../http/json.ts";
import type { NetworkService } from "../network/network.ts";
import { snapshot } from "./create.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Server } from "./records.ts";
import { badRequest, conflict, disallowed, itemNotFound } from "./versions.ts";
import type { ComputeViews } from "./views.ts";

type Action = (call: Call, server: Server, given: Json) => Answer;

/** POST /servers/{id}/action. */
export const serverActions = (context: CloudContext, network: NetworkService, lifecycle: Lifecycle, views: ComputeViews) => {
  const { state, guests } = context;

  const allow = (server: Server, action: string, states: readonly Server["vm_state"][]): void => {
    if (!states.includes(server.vm_state)) {
      throw conflict(`Cannot '${action}' instance ${server.id} while it is in vm_state ${server.vm_state}`);
    }
    if (server.task_state !== null)
      throw conflict(`Cannot '${action}' instance ${server.id} while it is in task_state ${server.task_state}`);
  };
  const unlocked = (call: Call, server: Server): void => {
    if (server.locked && !call.scope.admin) throw conflict(`Instance ${server.id} is locked`);
  };
  const off: Partial<Server> = { vm_state: "stopped", power_state: 4 };
  const on: Partial<Server> = { vm_state: "active", power_state: 1 };

  const move =
    (action: string, from: readonly Server["vm_state"][], task: string, to: Partial<Server>): Action =>
    (call, server) => {
      unlocked(call, server);
      allow(server, action, from);
      if (to.vm_state !== "active") lifecycle.powerOff(server.id);
      lifecycle.later(
        server,
        task,
        () => to,
        (changed) => {
          if (changed.vm_state === "active") lifecycle.powerOn(changed);
        },
      );
      return accepted();
    };
  const adminOnly =
    (rule: string, action: Action): Action =>
    (call, server, given) => {
      if (!call.scope.admin) throw disallowed(rule);
      return action(call, server, given);
    };

  const reboot: Action = (call, server, given) => {
    const type = textOf(given["type"])?.toUpperCase();
    if (type !== "SOFT" && type !== "HARD") throw badRequest("Argument 'type' for reboot is not HARD or SOFT");
    unlocked(call, server);
    allow(server, "reboot", type === "SOFT" ? ["active"] : ["active", "stopped", "paused", "suspended", "error"]);
    lifecycle.powerOff(server.id);
    lifecycle.later(server, type === "SOFT" ? "rebooting" : "rebooting_hard", () => ({ ...on, fault: null }), lifecycle.powerOn);
    return accepted();
  };
  const rebuild: Action = (call, server, given) => {
    unlocked(call, server);
    allow(server, "rebuild", ["active", "stopped", "error"]);
    const image = state.images.get(textOf(given["imageRef"]) ?? "");
    if (!image) throw badRequest("Cannot find image for rebuild");
    lifecycle.powerOff(server.id);
    if (call.version >= 57 && "user_data" in given) {
      const text = textOf(given["user_data"]);
      if (text === undefined) state.userData.remove(server.id);
      else state.userData.put({ id: server.id, text });
    }
    const changes: Partial<Server> = { image_id: image.id, name: textOf(given["name"]) ?? server.name };
    guests.destroy(server.id);
    // A new disk: the guest boots as for the first time.
    lifecycle.later(
      lifecycle.change(server, { ...changes, booted: false }),
      "rebuilding",
      () => ({ ...on, fault: null }),
      lifecycle.powerOn,
    );
    const shown = state.servers.get(server.id) ?? server;
    return accepted({ server: { ...views.server(shown, call, true), adminPass: context.ids.secret().slice(0, 12) } });
  };
  const resize: Action = (call, server, given) => {
    unlocked(call, server);
    allow(server, "resize", ["active", "stopped"]);
    const flavor = state.flavors.get(String(given["flavorRef"]));
    if (!flavor) throw itemNotFound(`Flavor ${String(given["flavorRef"])} could not be found.`);
    if (flavor.id === server.flavor.id) throw badRequest("When resizing, instances must change flavor!");
    lifecycle.powerOff(server.id);
    lifecycle.later(
      server,
      "resize_prep",
      (current) => ({ vm_state: "resized", power_state: 1, old_flavor: current.flavor, flavor: snapshot(flavor) }),
      lifecycle.powerOn,
    );
    return accepted();
  };
  const settleResize =
    (keep: boolean): Action =>
    (call, server) => {
      unlocked(call, server);
      allow(server, keep ? "confirmResize" : "revertResize", ["resized"]);
      if (keep) {
        lifecycle.change(server, { ...on, old_flavor: null });
        return { status: 204 };
      }
      lifecycle.later(server, "resize_reverting", () => ({
        ...on,
        flavor: server.old_flavor ?? server.flavor,
        old_flavor: null,
      }));
      return accepted();
    };
  const console: Action = (call, server, given) => {
    if (server.vm_state === "building") throw conflict(`Instance ${server.id} is not ready`);
    const lines = guests.consoleOutput(server.id);
    const length = given["length"] === undefined || given["length"] === null ? undefined : Number(given["length"]);
    if (length !== undefined && !(length >= -1)) throw badRequest("Length in request body must be an integer value");
    const shown = length === undefined || length === -1 ? lines : length === 0 ? [] : lines.slice(-length);
    return ok({ output: call.version >= 0 ? shown.join("\n") : "" });
  };
  const changeGroups =
    (add: boolean): Action =>
    (_call, server, given) => {
      const name = textOf(given["name"]) ?? "";
      const group = state.securityGroups.by("project", server.project_id).find((one) => one.name === name || one.id === name);
      if (!group) throw itemNotFound(`Security group ${name} not found for project ${server.project_id}.`);
      for (const port of state.ports.by("device", server.id)) {
        const others = port.security_groups.filter((id) => id !== group.id);
        network.ports.change(port, { security_groups: add ? [...others, group.id] : others });
      }
      return accepted();
    };
  const lock: Action = (call, server, given) => {
    lifecycle.change(server, {
      locked: true,
      locked_reason: call.version >= 73 ? (textOf(given["locked_reason"]) ?? null) : null,
    });
    return accepted();
  };
  const unlock: Action = (_call, server) => {
    lifecycle.change(server, { locked: false, locked_reason: null });
    return accepted();
  };
  const resetState: Action = (_call, server, given) => {
    const wanted = given["state"];
    if (wanted !== "active" && wanted !== "error")
      throw badRequest("Desired state must be specified. Valid states are: active, error");
    const fault = { code: 500, message: "The state was set by an administrator.", created: server.updated, details: "" };
    lifecycle.change(
      server,
      wanted === "active" ? { ...on, task_state: null, fault: null } : { vm_state: "error", task_state: null, fault },
    );
    return accepted();
  };

  const actions: { readonly [name: string]: Action } = {
    "os-start": move("start", ["stopped"], "powering-on", on),
    "os-stop": move("stop", ["active", "error"], "powering-off", off),
    reboot,
    pause: move("pause", ["active"], "pausing", { vm_state: "paused", power_state: 3 }),
    unpause: move("unpause", ["paused"], "unpausing", on),
    suspend: move("suspend", ["active"], "suspending", { vm_state: "suspended", power_state: 4 }),
    resume: move("resume", ["suspended"], "resuming", on),
    shelve: move("shelve", ["active", "stopped", "paused", "suspended"], "shelving", {
      vm_state: "shelved_offloaded",
      power_state: 4,
    }),
    unshelve: move("unshelve", ["shelved_offloaded"], "unshelving", on),
    rebuild,
    resize,
    confirmResize: settleResize(true),
    revertResize: settleResize(false),
    "os-getConsoleOutput": console,
    addSecurityGroup: changeGroups(true),
    removeSecurityGroup: changeGroups(false),
    lock,
    unlock,
    "os-resetState": adminOnly("os_compute_api:os-admin-actions:reset_state", resetState),
    "os-migrateLive": adminOnly("os_compute_api:os-migrate-server:migrate_live", (call, server) => {
      allow(server, "os-migrateLive", ["active", "paused"]);
      lifecycle.later(server, "migrating", () => ({}));
      return call.version >= 34 ? accepted() : accepted();
    }),
    forceDelete: (_call, server) => {
      lifecycle.remove(server);
      return accepted();
    },
  };

  return (call: Call, server: Server): Answer => {
    const body = isObject(call.body) ? call.body : {};
    const [name = ""] = Object.keys(body);
    const action = actions[name];
    if (!action) throw badRequest(name === "" ? "Malformed request body" : `There is no such action: ${name}`);
    const recorded =
      name === "os-getConsoleOutput"
        ? server
        : lifecycle.record(server, actionNames[name] ?? name, call.requestId, call.scope.userId);
    return action(call, recorded, numberOf(body[name]) === undefined ? objectOf(body[name]) : {});
  };
};

/** What the list of a server's actions calls them. */
const actionNames: { readonly [name: string]: string } = {
  "os-start": "start",
  "os-stop": "stop",
  "os-migrateLive": "live-migration",
  forceDelete: "delete",
};
