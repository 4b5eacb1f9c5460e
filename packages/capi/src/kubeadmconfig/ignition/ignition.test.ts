import { parseIgnition } from "@slipway/sim/guest/ignition/parse.ts";
import { describe, expect, test } from "vitest";
import { type BootstrapMode, bootstrapDocument } from "../document.ts";
import type { KubeadmConfigSpec } from "../spec.ts";
import type { IgnitionConfig } from "./config.ts";
import { transpiled } from "./containerlinux.ts";

const certificate = {
  spec: { purpose: "ca", certFile: "/etc/kubernetes/pki/ca.crt", keyFile: "/etc/kubernetes/pki/ca.key", external: false },
  pair: { certificatePem: "CERT\n", privateKeyPem: "KEY\n" },
} as const;

const write = (mode: BootstrapMode, spec: KubeadmConfigSpec) => {
  const { format, text, warnings } = bootstrapDocument({
    mode,
    spec: { format: "ignition", ...spec },
    kubernetesVersion: "v1.31.2",
    certificates: [certificate],
    files: spec.files ?? [],
    users: spec.users ?? [],
  });
  const config = JSON.parse(text) as IgnitionConfig;
  const files = config.storage?.files ?? [];
  const file = (path: string) => files.find((one) => one.path === path);
  const content = (path: string) => decodeURIComponent(file(path)?.contents.source?.replace(/^data:,/, "") ?? "");
  return {
    format,
    text,
    config,
    warnings,
    file,
    content,
    paths: files.map(({ path }) => path),
    units: config.systemd?.units ?? [],
  };
};
const more = (additionalConfig: string, strict = false): KubeadmConfigSpec => ({
  ignition: { containerLinuxConfig: { additionalConfig, strict } },
});

describe("a machine that reads Ignition", () => {
  test("is told everything in one JSON document of version 2.3.0 [BOOT-141] [BOOT-157]", () => {
    const { format, text, config } = write("init", { clusterConfiguration: {}, initConfiguration: {} });
    expect(format).toBe("ignition");
    expect(config.ignition.version).toBe("2.3.0");
    expect(Object.keys(config).sort()).toEqual(["ignition", "storage", "systemd"]);
    expect(text).not.toMatch(/template: jinja|#cloud-config|write_files/);
  });

  test("finds kubeadm's configuration where the unit looks for it: one document a machine that joins, two for the first [BOOT-142]", () => {
    const first = write("init", { clusterConfiguration: { clusterName: "c" }, initConfiguration: {} });
    expect(first.file("/etc/kubeadm.yml")?.mode).toBe(384);
    expect(first.content("/etc/kubeadm.yml")).toMatch(
      /^---\napiServer: \{\}\n[\s\S]*clusterName: c\n[\s\S]*\n---\napiVersion: kubeadm.k8s.io\/v1beta4\nkind: InitConfiguration\n[\s\S]*[^\n]\n$/,
    );
    for (const mode of ["join-control-plane", "join-worker"] as const) {
      const text = write(mode, { joinConfiguration: mode === "join-worker" ? {} : { controlPlane: {} } }).content(
        "/etc/kubeadm.yml",
      );
      expect(text).toMatch(/^---\napiVersion: kubeadm.k8s.io\/v1beta4\n/);
      expect(text.match(/^---$/gm)).toHaveLength(1);
    }
  });

  test("runs kubeadm between the user's commands, in a script that ends with what fails [BOOT-143]", () => {
    const { file, content } = write("join-worker", {
      preKubeadmCommands: ["pre", "cat <<EOF > /etc/a\nb\nEOF\n"],
      postKubeadmCommands: ["post"],
      verbosity: 5,
    });
    expect(file("/etc/kubeadm.sh")?.mode).toBe(448);
    expect(content("/etc/kubeadm.sh")).toBe(
      [
        "#!/bin/bash",
        "set -e",
        "",
        "pre",
        "cat <<EOF > /etc/a",
        "b",
        "EOF",
        "",
        "",
        "kubeadm join --config /etc/kubeadm.yml --v 5",
        "mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete",
        "mv /etc/kubeadm.yml /tmp/",
        "",
        "post",
        "",
      ].join("\n"),
    );
    expect(write("init", {}).content("/etc/kubeadm.sh")).toContain("\nkubeadm init --config /etc/kubeadm.yml \n");
  });

  test("does so by a unit that runs once, as long as the configuration is there [BOOT-145]", () => {
    const [unit] = write("init", {}).units;
    expect(unit).toMatchObject({ name: "kubeadm.service", enabled: true });
    const lines = unit?.contents?.split("\n") ?? [];
    for (const line of [
      "Type=oneshot",
      "ExecStart=/etc/kubeadm.sh",
      "ConditionPathExists=/etc/kubeadm.yml",
      "After=network.target",
      "WantedBy=multi-user.target",
    ]) {
      expect(lines).toContain(line);
    }
  });

  test("has its files in order, each on the root file system, escaped, with one newline at its end [BOOT-146] [BOOT-148]", () => {
    const owned = (owner: string) => ({ path: `/owned/${owner}`, owner, content: "x", permissions: "0640" });
    const { paths, file } = write("init", {
      users: [{ name: "u", sudo: "ALL", lockPassword: false }],
      ntp: { enabled: true, servers: ["a"] },
      files: [
        { path: "/plain", content: "a b\n\n", permissions: "0644" },
        { path: "/empty" },
        owned("u:g"),
        owned("u"),
        owned("u:"),
        owned(":g"),
      ],
    });
    expect(paths).toEqual([
      "/etc/sudoers.d/u",
      "/etc/ssh/sshd_config",
      "/etc/kubernetes/pki/ca.crt",
      "/etc/kubernetes/pki/ca.key",
      "/plain",
      "/empty",
      "/owned/u:g",
      "/owned/u",
      "/owned/u:",
      "/owned/:g",
      "/etc/kubeadm.sh",
      "/etc/kubeadm.yml",
      "/etc/ntp.conf",
    ]);
    expect(file("/plain")).toEqual({ filesystem: "root", path: "/plain", mode: 420, contents: { source: "data:,a%20b%0A" } });
    expect(file("/empty")).toEqual({ filesystem: "root", path: "/empty", contents: { source: "data:," } });
    expect(
      ["u:g", "u", "u:", ":g"].map((owner) => [file(`/owned/${owner}`)?.user?.name, file(`/owned/${owner}`)?.group?.name]),
    ).toEqual([
      ["u", "g"],
      ["u", undefined],
      ["u", undefined],
      [undefined, "g"],
    ]);
    expect(file("/etc/kubernetes/pki/ca.key")).toMatchObject({ user: { name: "root" }, group: { name: "root" }, mode: 384 });
  });

  test("gets what was encoded decoded, byte for byte, and never appended [BOOT-147]", () => {
    const { file } = write("init", {
      files: [
        { path: "/text", encoding: "base64", content: "Zm9vCg==", append: true },
        { path: "/bytes", encoding: "base64", content: "/wA=" },
      ],
    });
    expect(file("/text")).toEqual({ filesystem: "root", path: "/text", contents: { source: "data:,foo%0A" } });
    expect(file("/bytes")?.contents.source).toBe("data:,%FF%00");
    expect(() => write("init", { files: [{ path: "/z", encoding: "gzip", content: "x" }] })).toThrow("file /z has encoding gzip");
  });

  test("has the users it was given, who may be root and may log in by a password if so [BOOT-149] [BOOT-150] [BOOT-151]", () => {
    const { config, file, content } = write("init", {
      users: [
        {
          ...{ name: "foo", gecos: "Foo B. Bar", groups: "foo, bar", homeDir: "/home/foo", shell: "/bin/false" },
          ...{ passwd: "$6$hash", primaryGroup: "foo", sudo: "ALL=(ALL) NOPASSWD:ALL", sshAuthorizedKeys: ["a", "b"] },
          ...{ inactive: false, lockPassword: false },
        },
        { name: "bar", lockPassword: false },
        { name: "baz", lockPassword: true },
      ],
    });
    expect(config.passwd?.users).toEqual([
      {
        ...{ name: "foo", gecos: "Foo B. Bar", groups: ["foo", "bar"], homeDir: "/home/foo", shell: "/bin/false" },
        ...{ passwordHash: "$6$hash", primaryGroup: "foo", sshAuthorizedKeys: ["a", "b"] },
      },
      { name: "bar" },
      { name: "baz" },
    ]);
    expect(file("/etc/sudoers.d/foo")).toMatchObject({
      mode: 384,
      contents: { source: "data:,foo%20ALL%3D(ALL)%20NOPASSWD%3AALL%0A" },
    });
    expect(file("/etc/ssh/sshd_config")?.mode).toBe(384);
    expect(content("/etc/ssh/sshd_config")).toMatch(
      /^Subsystem sftp [\s\S]*\n\nMatch User foo,bar\n {2}PasswordAuthentication yes\n$/,
    );
    expect(write("init", { users: [{ name: "x" }] }).paths).not.toContain("/etc/ssh/sshd_config");
  });

  test("asks the time servers it was given, if it is to ask at all [BOOT-152]", () => {
    const { units, file, content } = write("init", { ntp: { enabled: true, servers: ["foo.bar", "baz"] } });
    expect(units[1]).toEqual({ name: "ntpd.service", enabled: true });
    expect(file("/etc/ntp.conf")?.mode).toBe(420);
    expect(content("/etc/ntp.conf")).toMatch(
      /^server foo.bar\nserver baz\n[\s\S]*restrict default [\s\S]*restrict 127.0.0.1\nrestrict \[::1\]\n$/,
    );
    expect(write("init", { ntp: { enabled: true } }).paths).not.toContain("/etc/ntp.conf");
    for (const ntp of [{ servers: ["a"] }, { enabled: false, servers: ["a"] }]) {
      const off = write("init", { ntp });
      expect([off.units.length, off.paths.includes("/etc/ntp.conf")]).toEqual([1, false]);
    }
  });

  test("partitions, formats and mounts by label [BOOT-153] [BOOT-155]", () => {
    const { config, units } = write("init", {
      diskSetup: {
        partitions: [
          { device: "/dev/vdb", layout: true, overwrite: true, tableType: "gpt" },
          { device: "/dev/vdc", layout: false },
        ],
        filesystems: [
          { device: "/dev/vdb1", filesystem: "ext4", label: "etcd_disk", overwrite: true, extraOpts: ["-F", "-E"] },
          { device: "/dev/vdc1", filesystem: "xfs", label: "kept", overwrite: false },
        ],
      },
      mounts: [["etcd_disk", "/var/lib/etcd", "noatime", "discard"]],
    });
    expect(config.storage?.disks).toEqual([{ device: "/dev/vdb", wipeTable: true, partitions: [{}] }, { device: "/dev/vdc" }]);
    expect(config.storage?.filesystems).toEqual([
      {
        name: "etcd_disk",
        mount: { device: "/dev/vdb1", format: "ext4", label: "etcd_disk", wipeFilesystem: true, options: ["-F", "-E"] },
      },
      { name: "kept", mount: { device: "/dev/vdc1", format: "xfs", label: "kept" } },
    ]);
    expect(units[1]).toMatchObject({ name: "var-lib-etcd.mount", enabled: true });
    expect(units[1]?.contents).toMatch(/\[Mount\]\nWhat=\/dev\/vdb1\nWhere=\/var\/lib\/etcd\nOptions=noatime,discard\n/);
    expect(() => write("init", { mounts: [["nowhere", "/a"]] })).toThrow('mount /a is of file system "nowhere"');
  });

  test("must say whether a file system may be made over another [BOOT-154]", () => {
    const diskSetup = { filesystems: [{ device: "/dev/vdb", filesystem: "ext4", label: "data" }] };
    expect(() => write("init", { diskSetup })).toThrow("file system data does not say whether it may be made over another");
  });

  test("heeds what the user adds: units and files come last, so they count [BOOT-156]", () => {
    const additional = `
systemd:
  units:
  - name: kubeadm.service
    dropins:
    - {name: 10-flatcar.conf, contents: "[Unit]\\nAfter=containerd.service\\n"}
storage:
  files:
  - path: /etc/more
    mode: 0644
    user: {name: core}
    contents: {inline: "a b"}
passwd:
  users:
  - {name: core, ssh_authorized_keys: [k], no_create_home: true}
`;
    const { units, file, paths, config, warnings } = write("init", more(additional, true));
    expect(warnings).toEqual([]);
    expect(units.map(({ name }) => name)).toEqual(["kubeadm.service", "kubeadm.service"]);
    expect(units[1]?.dropins).toEqual([{ name: "10-flatcar.conf", contents: "[Unit]\nAfter=containerd.service\n" }]);
    expect(paths.at(-1)).toBe("/etc/more");
    expect(file("/etc/more")).toEqual({
      ...{ filesystem: "root", path: "/etc/more", mode: 420, user: { name: "core" } },
      contents: { source: "data:,a%20b" },
    });
    expect(config.passwd?.users).toEqual([{ name: "core", sshAuthorizedKeys: ["k"], noCreateHome: true }]);
    expect(config.ignition.version).toBe("2.3.0");
  });

  test.each([
    ["a file without a mode", "storage: {files: [{path: /foo, contents: {inline: foo}}]}", "mode unspecified"],
    ["a colon in a label", 'storage: {disks: [{device: /dev/sda, partitions: [{label: "foo:bar"}]}]}', "partition label"],
    ["a key that nobody knows", "systemd: {unit: []}", "unrecognized key: unit"],
  ])("%s is a warning, and an error where the user is strict [BOOT-156]", (_what, additional, text) => {
    expect(write("init", more(additional)).warnings).toEqual([expect.stringContaining(text)]);
    expect(() => write("init", more(additional, true))).toThrow(text);
  });

  test.each([
    ["systemd: [", "is no YAML"],
    ["systemd: {units: [{enabled: true}]}", "systemd.units[0].name of the Container Linux Config is missing"],
    ["systemd: {units: {}}", "systemd.units must be a list"],
    ["storage: {files: [{path: /a, mode: rw}]}", "storage.files[0].mode must be a number"],
    ["systemd: {units: [{name: a, enabled: perhaps}]}", "systemd.units[0].enabled must be true or false"],
    ["etcd: {version: 3.0.15}", "section etcd of the Container Linux Config is not supported"],
  ])("what cannot be transpiled is refused: %s [BOOT-156]", (additional, text) => {
    expect(() => write("init", more(additional))).toThrow(text);
  });
});

test("a simulated guest reads the very same files, and knows what to run", () => {
  const { text } = write("join-worker", { files: [{ path: "/a", content: "ü %", owner: "u:g", permissions: "0640" }] });
  const { writeFiles, units } = parseIgnition(text);
  expect(units).toEqual([{ name: "kubeadm.service", whenExists: "/etc/kubeadm.yml", command: "/etc/kubeadm.sh" }]);
  expect(writeFiles.map(({ path }) => path)).toEqual(["/a", "/etc/kubeadm.sh", "/etc/kubeadm.yml"]);
  expect(writeFiles[0]).toMatchObject({ owner: "u:g", permissions: "0640", append: false });
  expect(new TextDecoder().decode(writeFiles[0]?.content)).toBe("ü %\n");
});

test("a Container Linux Config says everything else that Ignition can do", () => {
  const { config, warnings } = transpiled(`
storage:
  directories: [{path: /d, mode: 0755}]
  links: [{path: /l, target: /t, hard: true}]
  raid: [{name: r, level: raid1, devices: [/dev/a, /dev/b]}]
  filesystems: [{name: f, mount: {device: /dev/md/r, format: ext4, wipe_filesystem: true, label: F}}]
  files:
  - {path: /r, filesystem: f, mode: 0600, contents: {remote: {url: "https://a/b", verification: {hash: {function: sha512, sum: "00"}}}}}
networkd: {units: [{name: a.network, contents: "[Match]\\n"}]}
`);
  expect(warnings).toEqual([]);
  expect(config).toEqual({
    ignition: { version: "2.3.0" },
    storage: {
      directories: [{ filesystem: "root", path: "/d", mode: 493 }],
      links: [{ filesystem: "root", path: "/l", target: "/t", hard: true }],
      raid: [{ name: "r", level: "raid1", devices: ["/dev/a", "/dev/b"] }],
      filesystems: [{ name: "f", mount: { device: "/dev/md/r", format: "ext4", wipeFilesystem: true, label: "F" } }],
      files: [
        { filesystem: "f", path: "/r", mode: 384, contents: { source: "https://a/b", verification: { hash: "sha512-00" } } },
      ],
    },
    networkd: { units: [{ name: "a.network", contents: "[Match]\n" }] },
  });
});
