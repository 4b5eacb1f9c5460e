import { type CloudConfig, CloudInitError, type InstanceData, parseUserData } from "./cloudinit/parse.ts";
import { runScript, runShell, type ShellPrograms } from "./cloudinit/shell.ts";
import { createDisk, type Disk } from "./disk.ts";
import { type IgnitionConfig, isIgnition, parseIgnition } from "./ignition/parse.ts";
import { KubeadmError } from "./kubeadm/config.ts";
import { type KubeadmWorld, kubeadmInit, kubeadmJoin } from "./kubeadm/run.ts";
import type { GuestServer } from "./port.ts";
import type { GuestSettings } from "./settings.ts";

/** Time, as guests use it. The runtime's Clock is one. */
export interface GuestClock {
  now(): Date;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  setTimeout(callback: () => void, milliseconds: number): { cancel(): void };
}

export interface BootOptions extends Pick<KubeadmWorld, "reach" | "createCluster" | "saveNode" | "nodesOf"> {
  readonly server: GuestServer;
  readonly clock: GuestClock;
  readonly settings: GuestSettings;
  readonly signal: AbortSignal;
}

const sentinel = "/run/cluster-api/bootstrap-success.complete";
const mostConsoleLines = 400;

/**
 * The first boot of a server: cloud-init reads the user data, or Ignition does, writes files and runs commands; kubeadm among them
 * makes or joins a cluster. Joined means what Cluster API's sentinel file means: kubeadm ended well.
 */
export const bootGuest = async (options: BootOptions): Promise<{ joined: boolean; console: readonly string[] }> => {
  const { server, clock, settings, signal } = options;
  const started = clock.now().getTime();
  const lines: string[] = [];
  const print = (line: string) => {
    for (const part of line.split("\n"))
      lines.push(`[${((clock.now().getTime() - started) / 1000).toFixed(6).padStart(12)}] ${part}`);
    if (lines.length > mostConsoleLines) lines.splice(0, lines.length - mostConsoleLines);
  };
  const instance: InstanceData = {
    instanceId: server.id,
    localHostname: server.name.toLowerCase(),
    availabilityZone: server.availabilityZone,
    metadata: server.metadata,
  };
  print(`Booting ${server.image.name} on ${server.flavor.name} as ${instance.localHostname}`);
  if (settings.bootSeconds > 0) await clock.sleep(settings.bootSeconds * 1000, signal);
  const { ailment } = server;
  if (ailment === "silent") return { joined: false, console: [] };
  for (const line of lastWords[ailment ?? "none"] ?? []) print(line);
  if (ailment === "kernel-panic" || ailment === "no-network" || ailment === "cloud-init-error")
    return { joined: false, console: lines };
  const disk = createDisk();
  const ignites = isIgnition(server.userData);
  const who = ignites
    ? { reads: "ignition[601]", runs: "kubeadm.sh[702]" }
    : { reads: "cloud-init[601]", runs: "cloud-init[702]" };
  let config: CloudConfig | IgnitionConfig;
  try {
    config = ignites ? parseIgnition(server.userData) : await parseUserData(server.userData, instance);
  } catch (error) {
    if (!(error instanceof CloudInitError)) throw error;
    print(`${who.reads}: WARNING: ${error.message}`);
    return { joined: false, console: lines };
  }
  for (const file of config.writeFiles) disk.write(file);
  print(
    ignites
      ? `${who.reads}: files: wrote ${config.writeFiles.length} files`
      : `${who.reads}: Cloud-init modules:config: wrote ${config.writeFiles.length} files`,
  );
  const world: KubeadmWorld = {
    server,
    instance,
    disk,
    imageVersion: imageVersion(server) ?? "",
    now: () => clock.now(),
    print: (line) => print(`${who.runs}: ${line}`),
    reach: options.reach,
    createCluster: options.createCluster,
    saveNode: options.saveNode,
    nodesOf: options.nodesOf,
  };
  const programs = programsOf(world, { clock, settings, signal });
  if ("units" in config) await runUnits(config.units, { disk, programs, signal, print });
  else {
    for (const command of [...config.bootCommands, ...config.runCommands]) {
      if (signal.aborted) break;
      const status = await runShell(command, programs);
      if (status !== 0) print(`cloud-init[702]: Failed to run command (exit ${status}): ${command.slice(0, 200)}`);
    }
  }
  const joined = disk.read(sentinel) !== undefined;
  const name = ignites ? "Ignition" : "Cloud-init";
  print(joined ? `${name} finished.` : `${name} finished with errors: this server is not a node.`);
  return { joined, console: lines };
};

/** What systemd does with the units that were written: each whose condition holds runs once. */
const runUnits = async (
  units: IgnitionConfig["units"],
  { disk, programs, signal, print }: { disk: Disk; programs: ShellPrograms; signal: AbortSignal; print: (line: string) => void },
): Promise<void> => {
  for (const { name, whenExists, command } of units) {
    if (signal.aborted) return;
    if (whenExists !== undefined && disk.read(whenExists) === undefined) {
      print(`systemd[1]: ${name} was skipped because of a failed condition check (ConditionPathExists=${whenExists}).`);
      continue;
    }
    const script = disk.read(command);
    const status = script === undefined ? await runShell(command, programs) : await runScript(script, programs);
    print(
      status === 0 ? `systemd[1]: Finished ${name}.` : `systemd[1]: ${name}: Failed with result 'exit-code' (status=${status}).`,
    );
  }
};

/** What real guests print when it happens to them. */
const lastWords: { readonly [ailment: string]: readonly string[] } = {
  "kernel-panic": [
    'VFS: Cannot open root device "LABEL=cloudimg-rootfs" or unknown-block(0,0): error -6',
    "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
  ],
  "no-network": [
    "dhclient[410]: No DHCPOFFERS received.",
    "cloud-init[601]: url_helper.py[WARNING]: Calling 'http://169.254.169.254/openstack' failed [120/120s]: Network is unreachable",
    "cloud-init[601]: WARNING: No datasource was found: this server knows nothing of what it should be",
  ],
  "cloud-init-error": [
    "cloud-init[601]: WARNING: Failed loading yaml blob. Invalid format at line 14 column 3: could not find expected ':'",
    "Cloud-init finished with errors: this server is not a node.",
  ],
};

/** Which Kubernetes an image carries: its property, else the version in its name. */
const imageVersion = (server: GuestServer): string | undefined => {
  const stated =
    server.image.properties["kube_version"] ??
    server.image.properties["kube_tag"] ??
    /v\d+\.\d+\.\d+/.exec(server.image.name)?.[0];
  return stated === undefined || stated.startsWith("v") ? stated : `v${stated}`;
};

const programsOf = (
  world: KubeadmWorld,
  { clock, settings, signal }: { readonly clock: GuestClock; readonly settings: GuestSettings; readonly signal: AbortSignal },
): ShellPrograms => {
  const kubeadm = async (args: readonly string[]): Promise<number> => {
    if (world.imageVersion === "") {
      world.print(
        `sh: 1: kubeadm: not found (image ${world.server.image.name} has neither a kube_version property nor a version in its name)`,
      );
      return 127;
    }
    const config = optionOf(args, "--config");
    try {
      if (settings.kubeadmSeconds > 0) await clock.sleep(settings.kubeadmSeconds * 1000, signal);
      if (world.server.ailment === "kubeadm-preflight" && (args[0] === "init" || args[0] === "join"))
        throw new KubeadmError(
          "[preflight] Some fatal errors occurred:\n\t[ERROR NumCPU]: the number of available CPUs 1 is less than the required 2",
          "preflight",
        );
      if (args[0] === "init") await kubeadmInit(world, config ?? "");
      else if (args[0] === "join") await kubeadmJoin(world, config ?? "");
      else if (args[0] !== "reset" && args[0] !== "version")
        throw new KubeadmError(`unknown command "${args[0] ?? ""}" for "kubeadm"`);
      return 0;
    } catch (error) {
      if (!(error instanceof KubeadmError)) throw error;
      world.print(`error execution phase ${error.phase ?? args[0] ?? ""}: ${error.message}`);
      return 1;
    }
  };
  return {
    writeFile: (path, content, append) => world.disk.writeText(path, content, append),
    // Where Ignition is read there are no templates: Flatcar tells a machine of itself in its environment.
    output: (program, args) =>
      program === "envsubst" && args[0] === "<"
        ? world.disk
            .read(args[1] ?? "")
            ?.replace(/\$\{?(COREOS_OPENSTACK_(?:HOSTNAME|INSTANCE_UUID))\}?/g, (_, name: string) =>
              name.endsWith("UUID") ? world.instance.instanceId : world.instance.localHostname,
            )
        : undefined,
    run: async (program, args) => {
      if (program === "kubeadm" || program.endsWith("/kubeadm")) return kubeadm(args);
      if (program === "mv" && world.disk.move(args[0] ?? "", args[1] ?? "")) return 0;
      if (program === "/usr/local/bin/kubeadm-bootstrap-script") return kubeadm(retryScriptArgs(world.disk, program));
      return undefined;
    },
  };
};

/** Cluster API's retry script runs the phases of one `kubeadm join`; what it ends with is that join. */
const retryScriptArgs = (disk: Disk, path: string): readonly string[] => {
  const config = /--config[= ](\S+)/.exec(disk.read(path) ?? "")?.[1];
  return ["join", "--config", config ?? "/run/kubeadm/kubeadm-join-config.yaml"];
};

const optionOf = (args: readonly string[], name: string): string | undefined => {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  return at < 0 ? undefined : args[at]?.includes("=") ? args[at]?.split("=")[1] : args[at + 1];
};
