import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { ConfigMap } from "@slipway/api";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import { Pool } from "undici";
import { startLiveApi } from "../src/testing/live.node.ts";

/**
 * The wire under load: small GETs and writes a second over HTTPS, a list of 10,000.
 * The clients run in a process of their own, so that the server's loop is measured alone.
 *
 *   npx tsx packages/apiserver/bench/http.ts [--seconds 3]
 */
interface Access {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}
interface Task {
  readonly name: "get-http1" | "get-http2" | "list" | "table" | "create";
  readonly seconds: number;
}
interface Result {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50: number;
  readonly p99: number;
}

const objects = 10_000;
const seconds = Number(process.argv[process.argv.indexOf("--seconds") + 1] || 3) || 3;

const serve = async (): Promise<void> => {
  const live = await startLiveApi();
  const access = readKubeconfig(readFileSync(await live.kubeconfig({ name: "bench", groups: ["system:masters"] }), "utf8"));
  const filled = performance.now();
  const data = { text: "x".repeat(1000) };
  for (let at = 0; at < objects; at += 500)
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        live.api.client.create(ConfigMap, {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: `c-${String(at + index).padStart(5, "0")}`, namespace: "default", labels: { app: "bench" } },
          data,
        }),
      ),
    );
  const rows: Record<string, unknown>[] = [
    { what: "create-in-process", perSecond: Math.round((objects / (performance.now() - filled)) * 1000) },
  ];
  const worker = fork(fileURLToPath(import.meta.url), ["--client"], { execArgv: ["--import", "tsx"] });
  worker.send({
    url: live.listener.url,
    ca: live.certificateAuthority,
    cert: access.clientCertificatePem ?? "",
    key: access.clientKeyPem ?? "",
  } satisfies Access);
  const ask = (task: Task): Promise<Result> =>
    new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.send(task);
    });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  for (const name of ["get-http1", "get-http2", "create", "list", "table"] as const) {
    await ask({ name, seconds: 0.5 });
    delay.reset();
    delay.enable();
    const cpu = process.cpuUsage();
    const result = await ask({ name, seconds });
    delay.disable();
    const used = process.cpuUsage(cpu);
    rows.push({
      what: name,
      perSecond: Math.round(result.requests / result.seconds),
      p50Ms: round(result.p50),
      p99Ms: round(result.p99),
      megabytes: round(result.bytes / result.requests / 1e6),
      stallMs: round(delay.max / 1e6),
      // On a busy machine the only figure that says something of the server.
      perCoreSecond: Math.round(result.requests / ((used.user + used.system) / 1e6)),
    });
  }
  worker.kill();
  await live.close();
  console.table(rows);
  const figures = rows.flatMap(({ what, ...values }) =>
    Object.entries(values).map(([key, value]) => [`${String(what)}.${key}`, value] as const),
  );
  console.log(JSON.stringify({ bench: "http", objects, ...Object.fromEntries(figures) }));
};

const round = (value: number): number => Math.round(value * 100) / 100;

const drive = (access: Access): void => {
  const pool = new Pool(access.url, { connections: 32, connect: { ca: access.ca, cert: access.cert, key: access.key } });
  let session: ClientHttp2Session | undefined;
  const overHttp1 = async (path: string, headers: Record<string, string> = {}, body?: string): Promise<number> => {
    const answer = await pool.request({
      path,
      method: body === undefined ? "GET" : "POST",
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      body: body ?? null,
    });
    return (await answer.body.arrayBuffer()).byteLength;
  };
  const overHttp2 = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      session ??= connect(access.url, { ca: access.ca, cert: access.cert, key: access.key });
      const stream = session.request({ ":path": path });
      let length = 0;
      stream.on("data", (piece: Buffer) => {
        length += piece.length;
      });
      stream.on("end", () => resolve(length));
      stream.on("error", reject);
    });
  let made = 0;
  const one = "/api/v1/namespaces/default/configmaps/c-00042";
  const tasks: { readonly [name in Task["name"]]: { readonly workers: number; run(): Promise<number> } } = {
    "get-http1": { workers: 32, run: () => overHttp1(one) },
    "get-http2": { workers: 64, run: () => overHttp2(one) },
    create: {
      workers: 32,
      run: () => {
        made += 1;
        const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `w-${process.pid}-${made}` }, data: { a: "b" } };
        return overHttp1("/api/v1/namespaces/kube-public/configmaps", {}, JSON.stringify(object));
      },
    },
    list: { workers: 1, run: () => overHttp1("/api/v1/namespaces/default/configmaps") },
    table: {
      workers: 1,
      run: () => overHttp1("/api/v1/namespaces/default/configmaps", { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }),
    },
  };
  process.on("message", async (task: Task) => {
    const { workers, run } = tasks[task.name];
    const times: number[] = [];
    let bytes = 0;
    const start = performance.now();
    const end = start + task.seconds * 1000;
    await Promise.all(
      Array.from({ length: workers }, async () => {
        while (performance.now() < end) {
          const begin = performance.now();
          bytes += await run();
          times.push(performance.now() - begin);
        }
      }),
    );
    times.sort((a, b) => a - b);
    const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
    const result: Result = {
      requests: times.length,
      seconds: (performance.now() - start) / 1000,
      bytes,
      p50: at(0.5),
      p99: at(0.99),
    };
    process.send?.(result);
  });
};

if (process.argv.includes("--client")) process.once("message", drive);
else await serve();
