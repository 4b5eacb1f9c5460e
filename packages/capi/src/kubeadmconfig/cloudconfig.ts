import type { BootstrapFile, BootstrapUser, DiskSetup, KubeadmConfigSpec } from "./spec.ts";

/**
 * The document that cloud-init reads on a new machine. It is written line by line and not dumped from a tree, because cloud-init
 * renders it as a Jinja template before it is YAML: a user's `{{ ds.meta_data.local_hostname }}` must come through untouched.
 */
export interface CloudConfig
  extends Pick<
    KubeadmConfigSpec,
    "bootCommands" | "preKubeadmCommands" | "postKubeadmCommands" | "ntp" | "users" | "diskSetup" | "mounts"
  > {
  /** In the order in which they are written. */
  readonly files: readonly BootstrapFile[];
  /** The line that runs kubeadm, between the user's commands. */
  readonly kubeadmLine: string;
}

/** Provided for portability: an image may lack `/run/cluster-api`, and writing a file into it makes it. */
export const placeholderFile: BootstrapFile = {
  path: "/run/cluster-api/placeholder",
  owner: "root:root",
  permissions: "0640",
  content:
    "This placeholder file is used to create the /run/cluster-api sub directory in a way that is compatible with both Linux and Windows",
};

export const cloudConfig = (document: CloudConfig): string =>
  [
    "## template: jinja",
    "#cloud-config",
    "",
    ...section("write_files", [...document.files, placeholderFile].flatMap(fileLines)),
    ...(document.bootCommands?.length ? section("bootcmd", document.bootCommands.map(commandLine)) : []),
    ...section("runcmd", [
      ...(document.preKubeadmCommands ?? []).map(commandLine),
      `  - ${document.kubeadmLine}`,
      ...(document.postKubeadmCommands ?? []).map(commandLine),
    ]),
    ...ntpLines(document.ntp),
    ...(document.users?.length ? section("users", document.users.flatMap(userLines)) : []),
    ...diskLines(document.diskSetup),
    ...(document.mounts?.length ? section("mounts", document.mounts.flatMap(mountLines)) : []),
    "",
  ].join("\n");

const section = (name: string, lines: readonly string[]): readonly string[] => [`${name}:`, ...lines];

const fileLines = (file: BootstrapFile): readonly string[] => [
  `-   path: ${scalar(file.path)}`,
  ...(file.encoding === undefined ? [] : [`    encoding: "${file.encoding}"`]),
  ...(isSet(file.owner) ? [`    owner: ${scalar(file.owner)}`] : []),
  ...(isSet(file.permissions) ? [`    permissions: '${file.permissions}'`] : []),
  ...(file.append === true ? ["    append: true"] : []),
  // Without an indicator a block's indentation is guessed from its first line, which may itself begin with blanks.
  `    content: |${/^\n*[ \t]/.test(file.content ?? "") ? "2" : ""}`,
  ...(file.content ?? "").split("\n").map((line) => `      ${line}`),
];

const commandLine = (command: string): string => `  - ${quoted(command)}`;

/** Enabled is printed as it is: upstream prints `true` for whatever was set, so that nobody could ever switch NTP off. */
const ntpLines = (ntp: CloudConfig["ntp"]): readonly string[] =>
  ntp === undefined
    ? []
    : [
        "ntp:",
        ...(ntp.enabled === undefined ? [] : [`  enabled: ${ntp.enabled}`]),
        ...(ntp.servers?.length ? ["  servers:", ...ntp.servers.map((server) => `    - ${scalar(server)}`)] : ["  servers: []"]),
      ];

const userLines = (user: BootstrapUser): readonly string[] => {
  const keys: readonly (readonly [string, string | undefined])[] = [
    ["passwd", text(user.passwd)],
    ["gecos", text(user.gecos)],
    ["groups", text(user.groups)],
    ["homedir", text(user.homeDir)],
    // cloud-init hands the value to useradd as the number of days after which the account is disabled.
    ["inactive", user.inactive === true ? '"0"' : undefined],
    ["lock_passwd", user.lockPassword?.toString()],
    ["shell", text(user.shell)],
    ["primary_group", text(user.primaryGroup)],
    ["sudo", text(user.sudo)],
  ];
  return [
    `  - name: ${scalar(user.name)}`,
    ...keys.flatMap(([key, value]) => (value === undefined ? [] : [`    ${key}: ${value}`])),
    ...(user.sshAuthorizedKeys?.length
      ? ["    ssh_authorized_keys:", ...user.sshAuthorizedKeys.map((key) => `      - ${scalar(key)}`)]
      : []),
  ];
};

const diskLines = (setup: DiskSetup | undefined): readonly string[] => {
  if (setup === undefined) return [];
  const disks = (setup.partitions ?? []).flatMap((partition) => [
    `  ${scalar(partition.device)}:`,
    ...(partition.tableType === undefined ? [] : [`    table_type: ${partition.tableType}`]),
    `    layout: ${partition.layout}`,
    ...(partition.overwrite === undefined ? [] : [`    overwrite: ${partition.overwrite}`]),
  ]);
  const filesystems = (setup.filesystems ?? []).flatMap((filesystem) => [
    `  - label: ${scalar(filesystem.label ?? "")}`,
    `    filesystem: ${scalar(filesystem.filesystem)}`,
    `    device: ${scalar(filesystem.device)}`,
    ...(isSet(filesystem.partition) ? [`    partition: ${scalar(filesystem.partition)}`] : []),
    ...(filesystem.overwrite === undefined ? [] : [`    overwrite: ${filesystem.overwrite}`]),
    ...(isSet(filesystem.replaceFS) ? [`    replace_fs: ${scalar(filesystem.replaceFS)}`] : []),
    ...(filesystem.extraOpts?.length
      ? ["    extra_opts:", ...filesystem.extraOpts.map((option) => `      - ${scalar(option)}`)]
      : []),
  ]);
  return [
    ...(disks.length === 0 ? ["disk_setup: {}"] : section("disk_setup", disks)),
    ...(filesystems.length === 0 ? ["fs_setup: []"] : section("fs_setup", filesystems)),
  ];
};

const mountLines = (mount: readonly string[]): readonly string[] =>
  mount.map((value, index) => `${index === 0 ? "  - - " : "    - "}${scalar(value)}`);

const isSet = (value: string | undefined): value is string => value !== undefined && value !== "";
const text = (value: string | undefined): string | undefined => (isSet(value) ? scalar(value) : undefined);

/** JSON's strings are YAML's double-quoted ones. */
const quoted = (value: string): string => JSON.stringify(value);

/**
 * Plain wherever YAML reads it back as the same text, quoted where it would not. A Jinja expression stays as it is: what it
 * becomes is not known here, and quotes inside it are Jinja's own.
 */
const scalar = (value: string): string => (/\{\{|\{%/.test(value) || isPlain(value) ? value : quoted(value));

const isPlain = (value: string): boolean =>
  /^(?:[A-Za-z0-9_/.$+(]|-[A-Za-z0-9-])[^\n\t]*$/.test(value) &&
  !/: |:$| #|\s$/.test(value) &&
  !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value) &&
  !/^[-+.]?[0-9][-+0-9._:eExXoOa-fA-F]*$/.test(value);
