import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import { findRunning, startOf } from "@slipway/runtime/process/running.node.ts";
import { afterAll, describe, expect, test } from "vitest";
import { checkPorts, PortError } from "../listen/ports.ts";
import { HomeError, openHome, writeCredentials } from "./home.ts";
import { claimHome } from "./lock.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-home-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const now = new Date();
const endpoints = { kubernetes: "https://127.0.0.1:6443", identity: "http://127.0.0.1:5000/v3" };
const options = { now, clusterName: "slipway", simulated: true };

describe("the home", () => {
  test("keeps its secrets over restarts, in files only their owner can read", async () => {
    const first = await openHome(join(folder, "a"), now);
    await writeCredentials(first, endpoints, options);
    const kubeconfig = readFileSync(join(folder, "a/kubeconfig"), "utf8");
    const second = await openHome(join(folder, "a"), now);
    await writeCredentials(second, endpoints, options);
    expect(second.secrets).toEqual(first.secrets);
    expect(readFileSync(join(folder, "a/kubeconfig"), "utf8")).toBe(kubeconfig);
    for (const file of ["secrets.json", "kubeconfig", "clouds.yaml", "admin-openrc.sh", "demo-openrc.sh"]) {
      expect(statSync(join(folder, "a", file)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
  });

  test("writes the kubeconfig again when the address has changed", async () => {
    const home = await openHome(join(folder, "a"), now);
    await writeCredentials(home, { ...endpoints, kubernetes: "https://127.0.0.1:16443" }, options);
    expect(readKubeconfig(readFileSync(join(folder, "a/kubeconfig"), "utf8")).server).toBe("https://127.0.0.1:16443");
  });

  test("of a newer version is refused and left alone", async () => {
    const home = await openHome(join(folder, "newer"), now);
    const file = join(home.path, "secrets.json");
    const content = readFileSync(file, "utf8").replace('"format": 1', '"format": 2');
    writeFileSync(file, content);
    await expect(openHome(home.path, now)).rejects.toThrow(/newer Slipway \(format 2; this one reads 1\)/);
    expect(readFileSync(file, "utf8")).toBe(content);
  });

  test("that is a file, or holds broken secrets, is refused in one sentence", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(openHome(join(folder, "file"), now)).rejects.toThrow(HomeError);
    const home = await openHome(join(folder, "broken"), now);
    writeFileSync(join(home.path, "secrets.json"), "{");
    await expect(openHome(home.path, now)).rejects.toThrow(/cannot be read.*Restore it from a backup/);
  });

  test("belongs to one program at a time; a dead one's claim means nothing", async () => {
    const { path } = await openHome(join(folder, "claimed"), now);
    const claim = claimHome(path, "1", "http://127.0.0.1:9100");
    expect(() => claimHome(path, "1", "x")).toThrow(/runs on .* already \(pid \d+\)/);
    claim.release();
    expect(findRunning(path)).toBeUndefined();
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const run = { pid: child.pid, started: startOf(child.pid ?? 0), version: "1", status: "", home: path };
    writeFileSync(join(path, "run.json"), JSON.stringify(run));
    expect(findRunning(path)?.pid).toBe(child.pid);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    expect(findRunning(path)).toBeUndefined();
    writeFileSync(join(path, "run.json"), JSON.stringify({ ...run, pid: process.pid, started: "1" }));
    expect(findRunning(path)).toBeUndefined();
  });
});

test("every taken port is told at once, with what to do", async () => {
  const servers = await Promise.all(
    [0, 1].map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  const checked = checkPorts("127.0.0.1", { kubernetes: ports[0] ?? 0, identity: ports[1] ?? 0 });
  await expect(checked).rejects.toThrow(PortError);
  await expect(checked).rejects.toThrow(
    new RegExp(`Port ${ports[0]} \\(kubernetes\\).*taken[\\s\\S]*Port ${ports[1]} \\(identity\\)[\\s\\S]*--port-offset`),
  );
  for (const server of servers) server.close();
});
