import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { Kind } from "@slipway/api";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import type { StoredObject } from "../../src/registry/object.ts";
import { createObjectOptions } from "../../src/registry/objectoptions.ts";
import { openLmdb } from "../../src/storage/lmdb.node.ts";
import { type LiveApi, startLiveApi } from "../../src/testing/live.node.ts";
import type { Access, Answer, RequestFigures, Requests, Task, Watches, WatchFigures } from "./task.ts";

/** A client in another process. */
export interface LoadClient {
  requests(task: Omit<Requests, "what">): Promise<RequestFigures>;
  watch(task: Omit<Watches, "what">): Promise<void>;
  endWatches(): Promise<WatchFigures>;
}

export interface BenchServer extends LiveApi {
  client(): LoadClient;
  /** The client's figures, and what the server spent meanwhile. */
  measure(client: LoadClient, task: Omit<Requests, "what">): Promise<ServerFigures>;
}

export interface ServerFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly firstByteMs: number;
  /** Of one answer. */
  readonly kilobytes: number;
  /** The longest turn of the server's loop. */
  readonly stallMs: number;
  /** On a busy machine the only figure that says something of the server: how many it could answer with a core of its own. */
  readonly perCoreSecond: number;
}

/** A whole API behind a TLS socket, over a store on the disk whose writes are flushed. */
export const startBenchServer = async (kinds: readonly Kind[] = []): Promise<BenchServer> => {
  const path = mkdtempSync(join(process.env["SLIPWAY_BENCH_DIR"] ?? tmpdir(), "slipway-bench-"));
  const stores = openLmdb({ path });
  const live = await startLiveApi({ kinds, storage: stores.store<StoredObject>("management", createObjectOptions()) });
  const admin = readKubeconfig(readFileSync(await live.kubeconfig({ name: "bench", groups: ["system:masters"] }), "utf8"));
  const access: Access = {
    url: live.listener.url,
    ca: live.certificateAuthority,
    cert: admin.clientCertificatePem ?? "",
    key: admin.clientKeyPem ?? "",
  };
  const ends: (() => void)[] = [];
  const client = (): LoadClient => {
    const started = startClient(access);
    ends.push(started.end);
    return started;
  };
  return {
    ...live,
    client,
    measure: (by, task) => measured(() => by.requests(task)),
    close: async () => {
      for (const end of ends) end();
      await live.close();
      await stores.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
};

const startClient = (access: Access): LoadClient & { readonly end: () => void } => {
  const bundled = import.meta.url.endsWith(".mjs");
  const child = fork(fileURLToPath(new URL(bundled ? "client.mjs" : "client.ts", import.meta.url)), {
    execArgv: bundled ? [] : ["--import", "tsx"],
  });
  child.send(access);
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on("message", (answer: Answer) => waiting.get(answer.id)?.(answer));
  let last = 0;
  const ask = (task: Task): Promise<Answer["figures"]> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ id, figures, failed }) => {
        waiting.delete(id);
        if (failed === undefined) resolve(figures);
        else reject(new Error(failed));
      });
      child.send({ id: last, task });
    });
  return {
    requests: async (task) => (await ask({ what: "requests", ...task })) as RequestFigures,
    watch: async (task) => void (await ask({ what: "watches", ...task })),
    endWatches: async () => (await ask({ what: "end of watches" })) as WatchFigures,
    end: () => void child.kill(),
  };
};

export const measured = async (work: () => Promise<RequestFigures>): Promise<ServerFigures> => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const { requests, seconds, bytes, p50Ms, p99Ms, maxMs, firstByteMs } = await work();
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  return {
    perSecond: Math.round(requests / seconds),
    p50Ms: rounded(p50Ms),
    p99Ms: rounded(p99Ms),
    maxMs: rounded(maxMs),
    firstByteMs: rounded(firstByteMs),
    kilobytes: rounded(bytes / requests / 1000),
    stallMs: rounded(delay.max / 1e6),
    perCoreSecond: Math.round(requests / ((user + system) / 1e6)),
  };
};

export const rounded = (value: number): number => Math.round(value * 100) / 100;

/** With what is mapped of files. */
export const residentMiB = (): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024);

export const secondsArgument = (): number => Number(process.argv[process.argv.indexOf("--seconds") + 1] || 3) || 3;
