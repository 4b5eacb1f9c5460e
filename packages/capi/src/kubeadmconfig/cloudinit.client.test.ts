import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeadmConfigSpec } from "@slipway/api";
import { createCertificateAuthority, freshKeys } from "@slipway/api/pki/index.ts";
import { afterAll, describe, expect, test } from "vitest";
import { controlPlaneCertificates } from "../certificates/purposes.ts";
import { type BootstrapMode, bootstrapDocument } from "./document.ts";

/**
 * cloud-init itself reads the documents. The header makes each a Jinja template; 22.4, Debian 12's, checks a template's schema only
 * after rendering it, so it is rendered first, by cloud-init too, as on a machine.
 */
const cloudInit = "/usr/bin/cloud-init";
const missing = !existsSync(cloudInit);
const home = mkdtempSync(join(tmpdir(), "slipway-cloud-init-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const everything: KubeadmConfigSpec = {
  clusterConfiguration: { apiServer: { extraArgs: { "cloud-provider": "external" }, timeoutForControlPlane: "20m" } },
  initConfiguration: { nodeRegistration: { name: "{{ ds.meta_data.local_hostname }}", taints: [] } },
  joinConfiguration: { nodeRegistration: { name: "{{ ds.meta_data.local_hostname }}" }, discovery: { timeout: "5m" } },
  verbosity: 5,
  files: [
    { path: "/etc/kubernetes/cloud.conf", owner: "root:root", permissions: "0600", encoding: "base64", content: "W0dsb2JhbF0K" },
    { path: "/etc/motd", append: true, content: "  welcome: to\n# a cluster\n" },
    { path: "/etc/multi line", content: "a\n\n\tb\n\n" },
  ],
  users: [
    {
      name: "operator",
      gecos: "The operator: on call",
      groups: "sudo, adm",
      homeDir: "/home/operator",
      inactive: true,
      shell: "/bin/bash",
      passwd: "$6$rounds=4096$salt$hash",
      primaryGroup: "operator",
      lockPassword: false,
      sudo: "ALL=(ALL) NOPASSWD:ALL",
      sshAuthorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA operator@example"],
    },
  ],
  ntp: { enabled: true, servers: ["0.pool.example", "192.0.2.1"] },
  diskSetup: {
    partitions: [{ device: "/dev/vdb", layout: true, overwrite: false, tableType: "gpt" }],
    filesystems: [
      {
        device: "/dev/vdb",
        filesystem: "ext4",
        label: "etcd_disk",
        partition: "auto",
        overwrite: true,
        extraOpts: ["-F", "-E", "x"],
      },
      { device: "/dev/vdc", filesystem: "xfs", replaceFS: "ntfs" },
    ],
  },
  mounts: [["LABEL=etcd_disk", "/var/lib/etcddisk"]],
  bootCommands: ["echo boot"],
  preKubeadmCommands: ['echo "quoted: \\"$HOME\\"" # not a comment', "export A='b'; true"],
  postKubeadmCommands: ["echo {{ ds.meta_data.local_hostname }} done"],
};

const certificates = async () => {
  const pair = await createCertificateAuthority(await freshKeys("ecdsa-p256").take(), { now: new Date() });
  return controlPlaneCertificates(undefined).map((spec) => ({ spec, pair }));
};

const check = async (mode: BootstrapMode, spec: KubeadmConfigSpec, kubernetesVersion: string) => {
  const { text: written } = bootstrapDocument({
    mode,
    spec,
    kubernetesVersion,
    certificates: await certificates(),
    files: spec.files ?? [],
    users: spec.users ?? [],
  });
  const file = (name: string, content: string) => {
    writeFileSync(join(home, name), content);
    return join(home, name);
  };
  const instance = file("instance.json", JSON.stringify({ ds: { meta_data: { local_hostname: "node-1" } } }));
  const rendered = spawnSync(cloudInit, ["devel", "render", "-i", instance, file("document", written)], { encoding: "utf8" });
  expect(rendered.status, rendered.stderr).toBe(0);
  const schema = spawnSync(cloudInit, ["schema", "-c", file("rendered", rendered.stdout)], { encoding: "utf8" });
  expect(`${schema.stdout}${schema.stderr}`).toMatch(/^Valid/);
  expect(schema.status).toBe(0);
  return rendered.stdout;
};

const modes: readonly BootstrapMode[] = ["init", "join-control-plane", "join-worker"];

describe.skipIf(missing && process.env["CI"] !== "true")("Debian's cloud-init accepts the bootstrap data", () => {
  test.each(modes.flatMap((mode) => ["v1.28.3", "v1.31.2"].map((version) => [mode, version] as const)))(
    "to %s with %s [BOOT-120] [BOOT-121] [BOOT-123] [BOOT-139]",
    async (mode, version) => {
      const rendered = await check(mode, everything, version);
      expect(rendered).toMatch(/name: '?node-1/);
      expect(rendered).toContain("echo node-1 done");
      await check(mode, {}, version);
      if (mode !== "init") await check(mode, { ...everything, useExperimentalRetryJoin: true }, version);
    },
  );
});
