import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readKubeconfig, writeKubeconfig } from "@slipway/api/pki/index.ts";
import { connectKubeconfig } from "@slipway/runtime/client/undici.node.ts";
import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { CommandError } from "./exit.ts";

const patienceMilliseconds = 10_000;

/** Asks the program that runs on a home, as the administrator whose kubeconfig is in it. @throws CommandError */
export const askProgram = async <T>(run: RunFile, path: string): Promise<T> => {
  try {
    const { status, text } = await ask(run, { method: "GET", path });
    if (status !== 200) throw new Error(`it answered ${status}: ${text.trim()}`);
    return JSON.parse(text) as T;
  } catch (error) {
    throw new CommandError(
      `Slipway (pid ${run.pid}) does not answer on ${run.status}: ${error instanceof Error ? error.message : error}. See \`slipway logs\`.`,
    );
  }
};

export interface Asking {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  readonly timeoutMilliseconds?: number;
}

/** Whatever it answers. @throws Error when it cannot be reached */
export const ask = (run: RunFile, asking: Asking): Promise<Said> =>
  run.status.startsWith("https:") ? askAsAdmin(run, asking) : askPlainly(run, asking);

export interface Said {
  readonly status: number;
  readonly text: string;
}

const askPlainly = async (run: RunFile, { method, path, headers = {}, body, timeoutMilliseconds }: Asking): Promise<Said> => {
  const signal = AbortSignal.timeout(timeoutMilliseconds ?? patienceMilliseconds);
  const response = await fetch(`${run.status}${path}`, { method, headers, ...(body === undefined ? {} : { body }), signal });
  return { status: response.status, text: await response.text() };
};

/** The metrics port has a certificate of the same authority as the management API, and takes the same client certificates. */
const askAsAdmin = async (
  run: RunFile,
  { timeoutMilliseconds = patienceMilliseconds, headers = {}, ...asking }: Asking,
): Promise<Said> => {
  const file = join(run.home, "kubeconfig");
  if (!existsSync(file)) throw new Error(`it has not written ${file} yet, so it is still starting`);
  const access = readKubeconfig(readFileSync(file, "utf8"));
  const { transport, close } = connectKubeconfig(writeKubeconfig({ ...access, server: run.status }), { timeoutMilliseconds });
  try {
    const response = await transport({ headers, ...asking });
    return { status: response.status, text: await response.text() };
  } finally {
    await close();
  }
};
