import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { CommandError } from "./exit.ts";
import { ask } from "./operations.ts";

/** A snapshot of a large store on a slow disk. */
const timeoutMilliseconds = 1_800_000;

/** Asks the running program to do something with its store; it knows us by the token in the home's `run.json`. */
export const askStore = async <T>(run: RunFile, method: "GET" | "POST", path: string, body?: object): Promise<T> => {
  const headers = { authorization: `Bearer ${run.token ?? ""}`, "content-type": "application/json" };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const { status, text } = await ask(run, { method, path: `/control/${path}`, headers, timeoutMilliseconds, ...content }).catch(
    (error: unknown) => {
      throw new CommandError(
        `Slipway (pid ${run.pid}) does not answer on ${run.status}: ${error instanceof Error ? error.message : error}. See \`slipway logs\`.`,
      );
    },
  );
  const answer = parsed(text) as T & { readonly error?: string };
  if (status !== 200) throw new CommandError(answer.error ?? `Slipway answered ${status}: ${text.trim()}`);
  return answer;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

/** Does something with files when no program has them open. */
export const runStoreTool = <T>(...args: readonly string[]): Promise<T> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("./storetool.mjs", import.meta.url)), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let said = "";
    child.stdout.on("data", (piece: Buffer) => {
      out += piece.toString();
    });
    child.stderr.on("data", (piece: Buffer) => {
      said += piece.toString();
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve(JSON.parse(out) as T);
      reject(
        new CommandError(
          signal === null ? said.trim() : `Reading the store ended with ${signal}: it is damaged. Restore a snapshot.`,
        ),
      );
    });
  });
