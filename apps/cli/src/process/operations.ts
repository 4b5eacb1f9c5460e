import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readKubeconfig, writeKubeconfig } from "@slipway/api/pki/index.ts";
import { connectKubeconfig } from "@slipway/runtime/client/undici.node.ts";
import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { CommandError } from "./exit.ts";

const timeoutMilliseconds = 10_000;

/** Asks the program that runs on a home, as the administrator whose kubeconfig is in it. @throws CommandError */
export const askProgram = async <T>(run: RunFile, path: string): Promise<T> => {
  try {
    const { status, text } = run.status.startsWith("https:") ? await askAsAdmin(run, path) : await askPlainly(run, path);
    if (status !== 200) throw new Error(`it answered ${status}: ${text.trim()}`);
    return JSON.parse(text) as T;
  } catch (error) {
    throw new CommandError(
      `Slipway (pid ${run.pid}) does not answer on ${run.status}: ${error instanceof Error ? error.message : error}. See \`slipway logs\`.`,
    );
  }
};

interface Said {
  readonly status: number;
  readonly text: string;
}

const askPlainly = async (run: RunFile, path: string): Promise<Said> => {
  const response = await fetch(`${run.status}${path}`, { signal: AbortSignal.timeout(timeoutMilliseconds) });
  return { status: response.status, text: await response.text() };
};

/** The metrics port has a certificate of the same authority as the management API, and takes the same client certificates. */
const askAsAdmin = async (run: RunFile, path: string): Promise<Said> => {
  const file = join(run.home, "kubeconfig");
  if (!existsSync(file)) throw new Error(`it has not written ${file} yet, so it is still starting`);
  const access = readKubeconfig(readFileSync(file, "utf8"));
  const { transport, close } = connectKubeconfig(writeKubeconfig({ ...access, server: run.status }), { timeoutMilliseconds });
  try {
    const response = await transport({ method: "GET", path, headers: {} });
    return { status: response.status, text: await response.text() };
  } finally {
    await close();
  }
};
