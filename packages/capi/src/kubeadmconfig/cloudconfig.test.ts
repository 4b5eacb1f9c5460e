import { load } from "js-yaml";
import { expect, test } from "vitest";
import { type CloudConfig, cloudConfig } from "./cloudconfig.ts";

const minimal: CloudConfig = { files: [], kubeadmLine: "kubeadm join" };
const tree = (document: Partial<CloudConfig>) => load(cloudConfig({ ...minimal, ...document })) as { [key: string]: unknown };

test("the document is a Jinja template with its sections in cloud-init's order [BOOT-120] [BOOT-121]", () => {
  const text = cloudConfig({
    ...minimal,
    bootCommands: ["true"],
    ntp: { enabled: true, servers: ["ntp.example"] },
    users: [{ name: "operator" }],
    diskSetup: { partitions: [{ device: "/dev/vdb", layout: true }] },
    mounts: [["LABEL=data", "/data"]],
  });
  expect(text.split("\n").slice(0, 4)).toEqual(["## template: jinja", "#cloud-config", "", "write_files:"]);
  expect([...text.matchAll(/^([a-z_]+):/gm)].map(([, name]) => name)).toEqual([
    "write_files",
    "bootcmd",
    "runcmd",
    "ntp",
    "users",
    "disk_setup",
    "fs_setup",
    "mounts",
  ]);
  expect([...cloudConfig(minimal).matchAll(/^([a-z_]+):/gm)].map(([, name]) => name)).toEqual(["write_files", "runcmd"]);
});

test("a file is written in upstream's very layout [BOOT-123] [BOOT-124] [BOOT-128]", () => {
  const text = cloudConfig({
    ...minimal,
    files: [
      { path: "/etc/a", encoding: "base64", owner: "root:root", permissions: "0640", append: true, content: "QQ==\nQg==\n" },
    ],
  });
  expect(text).toContain(
    [
      "-   path: /etc/a",
      '    encoding: "base64"',
      "    owner: root:root",
      "    permissions: '0640'",
      "    append: true",
      "    content: |",
      "      QQ==",
      "      Qg==",
      "      ",
      "-   path: /run/cluster-api/placeholder",
      "    owner: root:root",
      "    permissions: '0640'",
      "    content: |",
    ].join("\n"),
  );
});

test("whatever ends a content, the node gets one newline [BOOT-124]", () => {
  const contents = ["a", "a\n", "a\n\n", "  indented\nless", "\n  late indent", ""];
  const files = contents.map((content, index) => ({ path: `/f${index}`, content }));
  const written = (tree({ files })["write_files"] as { content: string }[]).map(({ content }) => content);
  expect(written.slice(0, -1)).toEqual(["a\n", "a\n", "a\n", "  indented\nless\n", "\n  late indent\n", ""]);
});

test("users' commands surround kubeadm's line [BOOT-129] [BOOT-131]", () => {
  const text = cloudConfig({
    files: [],
    kubeadmLine: "kubeadm init  && echo success",
    preKubeadmCommands: ['echo "before \\ $HOME"'],
    postKubeadmCommands: ["echo after"],
  });
  expect(text).toContain('runcmd:\n  - "echo \\"before \\\\ $HOME\\""\n  - kubeadm init  && echo success\n  - "echo after"\n');
  expect(load(text)).toMatchObject({
    runcmd: ['echo "before \\ $HOME"', "kubeadm init  && echo success", "echo after"],
  });
});

test("a user's Jinja expression comes through untouched [BOOT-120]", () => {
  const text = cloudConfig({
    ...minimal,
    files: [{ path: "/etc/{{ ds['meta'] }}", content: "{{ ds.meta_data.local_hostname }}" }],
  });
  expect(text).toContain("path: /etc/{{ ds['meta'] }}\n");
  expect(text).toContain("      {{ ds.meta_data.local_hostname }}\n");
});

test("NTP that was switched off stays off [BOOT-136] [TRAP-001]", () => {
  expect(tree({ ntp: { enabled: false } })["ntp"]).toEqual({ enabled: false, servers: [] });
  expect(tree({ ntp: { servers: ["a.example", "b.example"] } })["ntp"]).toEqual({ servers: ["a.example", "b.example"] });
});

test("a user has every key that was given, and no other [BOOT-137] [BOOT-140]", () => {
  const user = {
    name: "operator",
    passwd: "$6$salt$hash",
    gecos: "An: operator #1",
    groups: "sudo, adm",
    homeDir: "/home/op",
    inactive: false,
    lockPassword: false,
    shell: "/bin/bash",
    primaryGroup: "1000",
    sudo: "ALL=(ALL) NOPASSWD:ALL",
    sshAuthorizedKeys: ["ssh-ed25519 AAAA op@example"],
  };
  expect(tree({ users: [user, { name: "yes" }, { name: "gone", inactive: true }] })["users"]).toEqual([
    {
      name: "operator",
      passwd: "$6$salt$hash",
      gecos: "An: operator #1",
      groups: "sudo, adm",
      homedir: "/home/op",
      lock_passwd: false,
      shell: "/bin/bash",
      primary_group: "1000",
      sudo: "ALL=(ALL) NOPASSWD:ALL",
      ssh_authorized_keys: ["ssh-ed25519 AAAA op@example"],
    },
    { name: "yes" },
    { name: "gone", inactive: "0" },
  ]);
});

test("disks, filesystems and mounts [BOOT-138] [BOOT-139]", () => {
  const seen = tree({
    diskSetup: {
      partitions: [{ device: "/dev/vdb", layout: true, overwrite: false, tableType: "gpt" }],
      filesystems: [
        {
          device: "/dev/vdb",
          filesystem: "ext4",
          label: "etcd",
          partition: "auto",
          overwrite: true,
          replaceFS: "ntfs",
          extraOpts: ["-F", "-E", "lazy_itable_init=1"],
        },
        { device: "/dev/vdc", filesystem: "xfs" },
      ],
    },
    mounts: [
      ["LABEL=etcd", "/var/lib/etcd"],
      ["/dev/vdc", "/data", "auto", "0"],
    ],
  });
  expect(seen).toMatchObject({
    disk_setup: { "/dev/vdb": { table_type: "gpt", layout: true, overwrite: false } },
    fs_setup: [
      {
        label: "etcd",
        filesystem: "ext4",
        device: "/dev/vdb",
        partition: "auto",
        overwrite: true,
        replace_fs: "ntfs",
        extra_opts: ["-F", "-E", "lazy_itable_init=1"],
      },
      { label: "", filesystem: "xfs", device: "/dev/vdc" },
    ],
    mounts: [
      ["LABEL=etcd", "/var/lib/etcd"],
      ["/dev/vdc", "/data", "auto", "0"],
    ],
  });
});
