import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CloudInitError, parseUserData } from "./parse.ts";
import { runShell } from "./shell.ts";

const instance = { instanceId: "9a4f", localHostname: "blue-1", availabilityZone: "nova", metadata: {} };
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("user data", () => {
  test("a templated cloud-config names the server it runs on [BOOT-120]", async () => {
    const config = await parseUserData(
      "## template: jinja\n#cloud-config\n\nwrite_files:\n-   path: /a\n    content: |\n      openstack:///{{ instance_id }} {{ ds.meta_data.local_hostname }}\nruncmd:\n  - 'echo {{ local_hostname }}'\n",
      instance,
    );
    expect(text(config.writeFiles[0]?.content)).toBe("openstack:///9a4f blue-1\n");
    expect(config.runCommands).toEqual(["echo blue-1"]);
  });

  test("without the template line braces are plain text", async () => {
    const config = await parseUserData("#cloud-config\nruncmd: ['echo {{ local_hostname }}']\n", instance);
    expect(config.runCommands).toEqual(["echo {{ local_hostname }}"]);
  });

  test("files arrive decoded: plain, base64, gzip in base64 [BOOT-125]", async () => {
    const packed = gzipSync("packed").toString("base64");
    const config = await parseUserData(
      `#cloud-config\nwrite_files:\n- {path: /a, content: plain}\n- {path: /b, encoding: b64, content: ${btoa("coded")}}\n- {path: /c, encoding: gz+b64, content: ${packed}}\n`,
      instance,
    );
    expect(config.writeFiles.map((file) => text(file.content))).toEqual(["plain", "coded", "packed"]);
  });

  test.each([
    ["", "no user data"],
    ["#!/bin/sh\necho hi\n", "unhandled non-multipart userdata"],
    ["#cloud-config\nruncmd: 5\n", "runcmd: 5 is not of type 'array'"],
    ["#cloud-config\nwrite_files:\n- content: x\n", "'path' is a required property"],
    ["#cloud-config\nwrite_files: [\n", "failed to load cloud-config"],
    ["#cloud-config\nwrite_files:\n- {path: /a, encoding: rot13, content: x}\n", "rot13"],
  ])("what cloud-init refuses is refused: %j", async (userData, reason) => {
    await expect(parseUserData(userData, instance)).rejects.toThrow(CloudInitError);
    await expect(parseUserData(userData, instance)).rejects.toThrow(reason);
  });
});

describe("commands", () => {
  const shell = async (line: string, statuses: { readonly [program: string]: number } = {}) => {
    const ran: string[] = [];
    const files: { [path: string]: string } = {};
    const status = await runShell(line, {
      run: async (program, args) => {
        ran.push([program, ...args].join(" "));
        return statuses[program];
      },
      writeFile: (path, content, append) => {
        files[path] = append ? (files[path] ?? "") + content : content;
      },
    });
    return { status, ran, files };
  };

  test("the sentinel is written only when kubeadm succeeds [BOOT-130, BOOT-131]", async () => {
    const line = "kubeadm init --config /run/kubeadm/kubeadm.yaml  && echo success > /run/cluster-api/bootstrap-success.complete";
    const well = await shell(line);
    expect(well.files).toEqual({ "/run/cluster-api/bootstrap-success.complete": "success\n" });
    const badly = await shell(line, { kubeadm: 1 });
    expect(badly).toMatchObject({ status: 1, files: {}, ran: ["kubeadm init --config /run/kubeadm/kubeadm.yaml"] });
  });

  test("quotes, alternatives and sequences mean what they mean in a shell", async () => {
    expect((await shell(`a "b c" 'd e' f\\ g`)).ran).toEqual(["a b c d e f g"]);
    expect((await shell("false || a ; b && c", { b: 3 })).ran).toEqual(["a", "b"]);
    expect((await shell("echo one > /f ; echo two >> /f")).files).toEqual({ "/f": "one\ntwo\n" });
  });
});
