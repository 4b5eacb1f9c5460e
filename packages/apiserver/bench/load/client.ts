/** A client in a process of its own, so that the server's loop and processor time are measured alone. Started by `load/server.ts`. */
import { type ClientHttp2Session, connect } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import {
  type Access,
  type Answer,
  now,
  type RequestFigures,
  type Requests,
  sentAt,
  type Task,
  type Watches,
  type WatchFigures,
} from "./task.ts";

interface Reply {
  readonly status: number;
  readonly bytes: number;
  readonly firstByteMs: number;
  readonly text: string;
}

const drive = (access: Access): void => {
  const { ca, cert, key } = access;
  const pools = new Map<number, Pool>();
  const sessions: ClientHttp2Session[] = [];
  const session = (index: number): ClientHttp2Session => {
    const known = sessions[index];
    if (known !== undefined && !known.closed) return known;
    const made = connect(access.url, { ca, cert, key, settings: { initialWindowSize: 1_048_576 } });
    made.setMaxListeners(0);
    made.on("error", () => {});
    sessions[index] = made;
    return made;
  };
  const numbers = (function* () {
    for (let next = Date.now() % 1_000_000_000; ; next += 1) yield next;
  })();

  /** Bodies are kept only where something went wrong. */
  const collect = (
    body: { on(event: string, listener: (piece: Buffer) => void): unknown },
    begin: number,
    done: (reply: Omit<Reply, "status">) => void,
  ) => {
    let bytes = 0;
    let firstByteMs = 0;
    const pieces: Buffer[] = [];
    body.on("data", (piece) => {
      if (bytes === 0) firstByteMs = performance.now() - begin;
      if (bytes < 2000) pieces.push(piece);
      bytes += piece.length;
    });
    body.on("end", () => done({ bytes, firstByteMs, text: Buffer.concat(pieces).toString().slice(0, 2000) }));
  };

  const ask = (task: Requests, worker: number, path: string, body: string | undefined): Promise<Reply> => {
    const method = task.method ?? "GET";
    const headers = {
      ...task.headers,
      ...(body === undefined || task.headers?.["content-type"] !== undefined ? {} : { "content-type": "application/json" }),
    };
    const begin = performance.now();
    if (task.http === 1) {
      const known = pools.get(task.workers);
      const pool = known ?? new Pool(access.url, { connections: task.workers, connect: { ca, cert, key } });
      if (known === undefined) pools.set(task.workers, pool);
      return pool
        .request({ path, method: method as "GET", headers, body: body ?? null })
        .then(
          (answer) =>
            new Promise((resolve) => collect(answer.body, begin, (reply) => resolve({ status: answer.statusCode, ...reply }))),
        );
    }
    return new Promise((resolve, reject) => {
      const stream = session(worker % (task.sessions ?? 4)).request({ ":path": path, ":method": method, ...headers });
      let status = 0;
      stream.on("response", (head) => {
        status = Number(head[":status"]);
      });
      collect(stream, begin, (reply) => resolve({ status, ...reply }));
      stream.on("error", reject);
      if (body === undefined) stream.end();
      else stream.end(body);
    });
  };

  const requests = async (task: Requests): Promise<RequestFigures> => {
    const times: number[] = [];
    let bytes = 0;
    let asked = 0;
    let firstByteMs = 0;
    const start = performance.now();
    const end = start + task.seconds * 1000;
    const fill = (text: string, worker: number, index: number): string =>
      text.includes("{")
        ? text
            .replaceAll("{n}", () => String(numbers.next().value))
            .replaceAll("{w}", String(worker))
            .replaceAll("{i}", String(index))
            .replaceAll("{now}", () => String(now()))
        : text;
    const fixed = task.body === undefined || !/\{(n|w|i|now|rv)\}/.test(task.body);
    await Promise.all(
      Array.from({ length: task.workers }, async (_, worker) => {
        let version = "";
        if (task.body?.includes("{rv}") === true) {
          const { text } = await ask({ ...task, method: "GET" }, worker, fill(task.path, worker, 0), undefined);
          version = versionIn.exec(text)?.[1] ?? "";
        }
        while (performance.now() < end && asked < (task.most ?? Number.POSITIVE_INFINITY)) {
          const index = asked;
          asked += 1;
          if (task.perSecond !== undefined) {
            const due = start + (index * 1000) / task.perSecond;
            if (due > performance.now()) await sleep(due - performance.now());
          }
          const begin = performance.now();
          const reply = await ask(
            task,
            worker,
            fill(task.path, worker, index),
            fixed || task.body === undefined ? task.body : fill(task.body, worker, index).replaceAll("{rv}", version),
          );
          if (reply.status !== (task.status ?? 200))
            throw new Error(`${task.method ?? "GET"} ${task.path} answered ${reply.status}: ${reply.text}`);
          times.push(performance.now() - begin);
          version = versionIn.exec(reply.text)?.[1] ?? version;
          firstByteMs = Math.max(firstByteMs, reply.firstByteMs);
          bytes += reply.bytes;
        }
      }),
    );
    times.sort((a, b) => a - b);
    const at = percentiles(times);
    return {
      requests: times.length,
      seconds: (performance.now() - start) / 1000,
      bytes,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
      firstByteMs,
    };
  };

  /** Ends the running watches and answers what they saw. */
  let endWatches: (() => Promise<WatchFigures>) | undefined;
  const watches = async ({ watchers, sessions: count, path }: Watches): Promise<undefined> => {
    const times: number[] = [];
    const seen = new Array<number>(watchers).fill(0);
    const open = Array.from({ length: watchers }, (_, index) => {
      const stream = session(100 + (index % count)).request({ ":path": path });
      const pieces = { rest: "" };
      stream.setEncoding("utf8");
      stream.on("error", () => {});
      stream.on("data", (piece: string) => {
        const at = now();
        const lines = (pieces.rest + piece).split("\n");
        pieces.rest = lines.pop() ?? "";
        for (const line of lines) {
          const sent = sentAt.exec(line)?.[1];
          if (sent === undefined) continue;
          seen[index] = (seen[index] ?? 0) + 1;
          times.push(at - Number(sent));
        }
      });
      return stream;
    });
    await Promise.all(open.map((stream) => new Promise<void>((resolve) => stream.once("response", () => resolve()))));
    endWatches = async () => {
      // What is under way is waited for: on a busy machine it takes its time.
      for (let last = -1; last !== times.length; await sleep(500)) last = times.length;
      for (const stream of open) stream.close();
      times.sort((a, b) => a - b);
      const at = percentiles(times);
      return { fewest: Math.min(...seen), most: Math.max(...seen), p50Ms: at(0.5), p99Ms: at(0.99) };
    };
    return undefined;
  };

  const run = async (task: Task): Promise<Answer["figures"]> => {
    if (task.what === "requests") return requests(task);
    if (task.what === "watches") return watches(task);
    return endWatches?.();
  };
  process.on("message", ({ id, task }: { id: number; task: Task }) => {
    run(task).then(
      (figures) => process.send?.({ id, figures } satisfies Answer),
      (error: unknown) => process.send?.({ id, failed: String(error) } satisfies Answer),
    );
  });
};

const versionIn = /"resourceVersion":"(\d+)"/;

const percentiles =
  (sorted: readonly number[]) =>
  (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

process.once("message", drive);
process.on("disconnect", () => process.exit(0));
