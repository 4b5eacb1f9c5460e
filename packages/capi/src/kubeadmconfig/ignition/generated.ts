import { fromBase64 } from "@slipway/api/pki/index.ts";
import type { BootstrapFile, BootstrapUser, DiskSetup, KubeadmConfigSpec } from "../spec.ts";
import {
  type Disk,
  dataUrl,
  dataUrlOf,
  type Filesystem,
  type IgnitionConfig,
  type IgnitionFile,
  type PasswdUser,
  type Unit,
} from "./config.ts";

/** What cloud-init's document says, said to Ignition: it writes files and units, and a unit of ours runs kubeadm once. */
export interface IgnitionInput
  extends Pick<KubeadmConfigSpec, "preKubeadmCommands" | "postKubeadmCommands" | "ntp" | "diskSetup" | "mounts"> {
  readonly users: readonly BootstrapUser[];
  /** In the order in which they are written. */
  readonly files: readonly BootstrapFile[];
  /** `kubeadm init --config /etc/kubeadm.yml --v 5` */
  readonly kubeadmCommand: string;
  readonly kubeadmConfig: string;
}

/** Where kubeadm's configuration is; while it is there, kubeadm has not ended well. */
export const ignitionConfigPath = "/etc/kubeadm.yml";

/** @throws Error for what cannot be said to Ignition */
export const generatedIgnition = (input: IgnitionInput): IgnitionConfig => {
  const disks = (input.diskSetup?.partitions ?? []).map(disk);
  const filesystems = (input.diskSetup?.filesystems ?? []).map(filesystem);
  return {
    ignition: { version: "2.3.0" },
    ...(input.users.length === 0 ? {} : { passwd: { users: input.users.map(passwdUser) } }),
    storage: {
      ...(disks.length === 0 ? {} : { disks }),
      ...(filesystems.length === 0 ? {} : { filesystems }),
      files: [
        ...input.users.flatMap(sudoersFile),
        ...sshdFile(input.users),
        ...input.files.map(ignitionFile),
        textFile("/etc/kubeadm.sh", 0o700, script(input)),
        textFile(ignitionConfigPath, 0o600, `---\n${input.kubeadmConfig}`),
        ...ntpFile(input.ntp),
      ],
    },
    systemd: {
      units: [
        kubeadmUnit,
        ...(input.ntp?.enabled === true ? [{ name: "ntpd.service", enabled: true }] : []),
        ...(input.mounts ?? []).map((mount) => mountUnit(mount, input.diskSetup)),
      ],
    },
  };
};

const passwdUser = (user: BootstrapUser): PasswdUser => ({
  name: user.name,
  ...given("gecos", user.gecos),
  ...(user.groups ? { groups: user.groups.split(", ") } : {}),
  ...given("homeDir", user.homeDir),
  ...given("shell", user.shell),
  ...given("passwordHash", user.passwd),
  ...given("primaryGroup", user.primaryGroup),
  ...(user.sshAuthorizedKeys?.length ? { sshAuthorizedKeys: user.sshAuthorizedKeys } : {}),
});

const sudoersFile = ({ name, sudo }: BootstrapUser): readonly IgnitionFile[] =>
  sudo ? [textFile(`/etc/sudoers.d/${name}`, 0o600, `${name} ${sudo}`)] : [];

/** Only who was given a password may log in by one. */
const sshdFile = (users: readonly BootstrapUser[]): readonly IgnitionFile[] => {
  const names = users.filter(({ lockPassword }) => lockPassword === false).map(({ name }) => name);
  if (names.length === 0) return [];
  const lines = [
    "Subsystem sftp internal-sftp",
    "ClientAliveInterval 180",
    "UseDNS no",
    "UsePAM yes",
    "PrintLastLog no",
    "PrintMotd no",
    "",
    `Match User ${names.join(",")}`,
    "  PasswordAuthentication yes",
  ];
  return [textFile("/etc/ssh/sshd_config", 0o600, lines.join("\n"))];
};

const ntpFile = (ntp: IgnitionInput["ntp"]): readonly IgnitionFile[] => {
  if (ntp?.enabled !== true || !ntp.servers?.length) return [];
  const lines = [
    ...ntp.servers.map((server) => `server ${server}`),
    "",
    "# Anybody may ask for the time, a little at a time; nobody may ask for more.",
    "restrict default nomodify nopeer noquery notrap limited kod",
    "restrict 127.0.0.1",
    "restrict [::1]",
  ];
  return [textFile("/etc/ntp.conf", 0o644, lines.join("\n"))];
};

const ignitionFile = (file: BootstrapFile): IgnitionFile => {
  const [user, group] = ownersOf(file.owner ?? "");
  return {
    filesystem: "root",
    path: file.path,
    contents: { source: sourceOf(file) },
    ...(file.permissions ? { mode: modeOf(file.permissions, file.path) } : {}),
    ...(user ? { user: { name: user } } : {}),
    ...(group ? { group: { name: group } } : {}),
  };
};

const sourceOf = ({ content = "", encoding, path }: BootstrapFile): string => {
  if (encoding === undefined) return dataUrlOf(withOneNewline(content));
  if (encoding !== "base64") {
    throw new Error(`file ${path} has encoding ${encoding}, which Ignition cannot read: use base64, or format cloud-config`);
  }
  try {
    return dataUrl(fromBase64(content));
  } catch {
    throw new Error(`file ${path} has encoding base64, but its content is something else`);
  }
};

/** Both, one, or none of them. */
const ownersOf = (owner: string): readonly (string | undefined)[] => owner.split(":").map((name) => name.trim() || undefined);

const modeOf = (permissions: string, path: string): number => {
  if (!/^(0o?)?[0-7]{1,4}$/.test(permissions)) {
    throw new Error(`file ${path} has permissions "${permissions}": write them in octal, like 0644`);
  }
  return Number.parseInt(permissions.replace(/^0o/, ""), 8);
};

const textFile = (path: string, mode: number, text: string): IgnitionFile => ({
  filesystem: "root",
  path,
  contents: { source: dataUrlOf(withOneNewline(text)) },
  mode,
});

const withOneNewline = (text: string): string => {
  const body = text.replace(/\n+$/, "");
  return body === "" ? "" : `${body}\n`;
};

/** `set -e`: what fails ends it, and kubeadm's configuration stays where it is. */
const script = ({ preKubeadmCommands = [], postKubeadmCommands = [], kubeadmCommand }: IgnitionInput): string =>
  [
    "#!/bin/bash",
    "set -e",
    "",
    ...preKubeadmCommands,
    "",
    kubeadmCommand,
    "mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete",
    `mv ${ignitionConfigPath} /tmp/`,
    "",
    ...postKubeadmCommands,
  ].join("\n");

const kubeadmUnit: Unit = {
  name: "kubeadm.service",
  enabled: true,
  contents: [
    "[Unit]",
    "Description=kubeadm",
    "# Once: the file is moved to /tmp/ when all went well.",
    `ConditionPathExists=${ignitionConfigPath}`,
    "After=network.target",
    "[Service]",
    "# It is meant to end.",
    "Type=oneshot",
    "ExecStart=/etc/kubeadm.sh",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n"),
};

const disk = ({ device, layout, overwrite }: NonNullable<DiskSetup["partitions"]>[number]): Disk => ({
  device,
  ...(overwrite === true ? { wipeTable: true } : {}),
  ...(layout ? { partitions: [{}] } : {}),
});

const filesystem = ({
  device,
  filesystem: format,
  label = "",
  overwrite,
  extraOpts,
}: NonNullable<DiskSetup["filesystems"]>[number]): Filesystem => {
  if (overwrite === undefined) {
    throw new Error(
      `file system ${label || device} does not say whether it may be made over another: set overwrite to true or false`,
    );
  }
  return {
    name: label,
    mount: {
      device,
      format,
      label,
      ...(overwrite ? { wipeFilesystem: true } : {}),
      ...(extraOpts?.length ? { options: extraOpts } : {}),
    },
  };
};

const mountUnit = ([label = "", path = "", ...options]: readonly string[], setup: DiskSetup | undefined): Unit => {
  const device = setup?.filesystems?.find((made) => made.label === label)?.device;
  if (device === undefined) {
    throw new Error(
      `mount ${path} is of file system "${label}", which diskSetup.filesystems does not have: name one by its label`,
    );
  }
  return {
    name: `${path.replaceAll("/", "-").replace(/^-/, "")}.mount`,
    enabled: true,
    contents: [
      "[Unit]",
      `Description = Mount ${label}`,
      "",
      "[Mount]",
      `What=${device}`,
      `Where=${path}`,
      `Options=${options.join(",")}`,
      "",
      "[Install]",
      "WantedBy=multi-user.target",
      "",
    ].join("\n"),
  };
};

const given = (key: string, value: string | undefined): { readonly [key: string]: string } => (value ? { [key]: value } : {});
