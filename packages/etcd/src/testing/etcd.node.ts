import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../../scripts/freeports.ts";
import { connectEtcd } from "../connect.node.ts";

/** Debian's etcd, one member, on free ports, with a folder of its own. */
export interface RunningEtcd {
  readonly endpoint: string;
  readonly pid: number;
  /** SIGKILL, or whatever else. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Again, on the same data and port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param more further arguments of etcd's command line */
export const startEtcd = async (more: readonly string[] = []): Promise<RunningEtcd> => {
  const folder = mkdtempSync(join(process.env["SLIPWAY_BENCH_DIR"] ?? tmpdir(), "slipway-etcd-"));
  const [client, peer] = [await freePort(), await freePort()];
  const endpoint = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = spawn(
      "/usr/bin/etcd",
      [
        ...["--name", "test", "--data-dir", join(folder, "data"), "--log-level", "error", "--logger", "zap"],
        ...["--listen-client-urls", endpoint, "--advertise-client-urls", endpoint],
        ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl, "--initial-cluster", `test=${peerUrl}`],
        ...more,
      ],
      { stdio: "ignore", env: { PATH: process.env["PATH"] ?? "" } },
    );
    const failed = once(child, "error").then(([error]) => Promise.reject(error));
    const ready = async (): Promise<void> => {
      for (let tries = 0; ; tries += 1) {
        const asked = connectEtcd({ endpoints: [endpoint], dialTimeoutMilliseconds: 1000, callTimeoutMilliseconds: 2000 });
        try {
          await asked.range({ key: "ready" });
          return;
        } catch (error) {
          if (tries > 200) throw error;
          await sleep(50);
        } finally {
          asked.close();
        }
      }
    };
    await Promise.race([ready(), failed]);
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, "exit");
    ending.kill(signal);
    await gone;
  };
  await start();
  return {
    endpoint,
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    start,
    stop: async () => {
      await kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
