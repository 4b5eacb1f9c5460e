import { execFile } from "node:child_process";
import { join } from "node:path";
import { freePortOffset } from "../../../../scripts/freeports.ts";

const root = join(import.meta.dirname, "../../../..");

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs the built clusterctl in an environment that holds nothing but what is given. */
export const clusterctlIn =
  (folder: string, base: NodeJS.ProcessEnv = {}) =>
  (
    args: readonly string[],
    { input, env }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<Outcome> =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [join(root, "apps/cli/bin/clusterctl.mjs"), ...args],
        { cwd: folder, env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: folder, ...base, ...env }, timeout: 120_000 },
        (fault, out, error) => resolve({ code: fault === null ? 0 : Number(fault.code ?? -1), out, error }),
      );
      child.stdin?.end(input);
    });

/** Starts a Slipway that goes on in the background. @returns how to end it */
export const startSlipway = async (
  folder: string,
  inventory: string,
): Promise<{ readonly home: string; readonly stop: () => Promise<void> }> => {
  const home = join(folder, "home");
  const environment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: folder };
  const slipway = (...args: string[]) =>
    new Promise<string>((resolve, reject) =>
      execFile(
        process.execPath,
        [join(root, "apps/cli/bin/slipway.mjs"), ...args],
        { cwd: folder, env: environment, timeout: 120_000 },
        (fault, out, error) => (fault === null ? resolve(out) : reject(new Error(`${fault.message}\n${error}`))),
      ),
    );
  const offset = await freePortOffset();
  await slipway("up", "--detach", "--home", home, "--inventory", inventory, "--port-offset", String(offset));
  return { home, stop: async () => void (await slipway("down", "--home", home)) };
};
