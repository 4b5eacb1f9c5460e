import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePortOffset } from "../../../../scripts/freeports.ts";
import { findKubectl } from "../../../../scripts/kubectl.mjs";

const root = join(import.meta.dirname, "../../../..");

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A Slipway of a test's own: the real program on free ports, with the real clients that speak with it. */
export interface RunningSlipway {
  readonly home: string;
  readonly folder: string;
  readonly portOffset: number;
  /** `6443` is where the Kubernetes API listens by default. */
  port(byDefault: number): number;
  readonly status: { readonly endpoints: { readonly [name: string]: string } };
  slipway(...args: string[]): Promise<Outcome>;
  clusterctl(...args: string[]): Promise<Outcome>;
  kubectl(...args: string[]): Promise<Outcome>;
  openstack(...args: string[]): Promise<Outcome>;
  /** Any program, in the test's folder, with nothing of this machine's environment but PATH. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  start(): Promise<void>;
  kill(): void;
  /** Ends it and removes its home. */
  end(): Promise<void>;
}

export interface RunOptions {
  readonly env?: { readonly [name: string]: string };
  readonly input?: string;
}

export interface RunningOptions {
  /** Changes the text of `inventory/embedded.yaml`. By default there is no demo cluster. */
  readonly inventory?: (text: string) => string;
  /** Files that are in the home before the first start: content by name. */
  readonly files?: { readonly [name: string]: string };
}

export const withoutDemo = (text: string): string => text.replace(/(demo:\s+enabled:) true/, "$1 false");

/** @throws Error with what the program said when it does not come up */
export const startSlipway = async (options: RunningOptions = {}): Promise<RunningSlipway> => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-test-"));
  const home = join(folder, "home");
  const inventory = join(folder, "inventory.yaml");
  const portOffset = await freePortOffset();
  writeFileSync(inventory, (options.inventory ?? withoutDemo)(readFileSync(join(root, "inventory/embedded.yaml"), "utf8")));
  mkdirSync(join(folder, "user"));
  for (const [name, content] of Object.entries(options.files ?? {})) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(home, name), content, { mode: 0o600 });
  }
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: join(folder, "user"),
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    KUBECONFIG: join(home, "kubeconfig"),
    SLIPWAY_HOME: home,
    OS_CLIENT_CONFIG_FILE: join(home, "clouds.yaml"),
    OS_CLOUD: "slipway-demo",
  };
  const run = (program: string, args: readonly string[], { env = {}, input }: RunOptions = {}): Promise<Outcome> =>
    new Promise((resolve) => {
      const child = execFile(
        program,
        [...args],
        { cwd: folder, env: { ...environment, ...env }, maxBuffer: 64 * 1024 * 1024 },
        (fault, out, error) => resolve({ code: fault === null ? 0 : Number(fault.code ?? -1), out, error }),
      );
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input);
    });
  const command = (name: string) => (args: readonly string[]) =>
    run(process.execPath, [join(root, "apps/cli/bin", `${name}.mjs`), ...args]);
  const [slipway, clusterctl] = [command("slipway"), command("clusterctl")];
  const kubectlPath = findKubectl();
  const start = async () => {
    const up = await slipway(["up", "--detach", "--home", home, "--inventory", inventory, "--port-offset", `${portOffset}`]);
    if (up.code !== 0) throw new Error(`slipway up ended with ${up.code}: ${up.error}${up.out}`);
  };
  const end = async () => {
    await slipway(["down", "--home", home]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
    return {
      home,
      folder,
      portOffset,
      port: (byDefault) => byDefault + portOffset,
      status: JSON.parse((await slipway(["status", "--json"])).out) as RunningSlipway["status"],
      slipway: (...args) => slipway(args),
      clusterctl: (...args) => clusterctl(args),
      kubectl: (...args) => run(kubectlPath, args),
      openstack: (...args) => run("/usr/bin/openstack", args),
      run,
      start,
      kill: () => {
        const { pid } = JSON.parse(readFileSync(join(home, "run.json"), "utf8")) as { pid: number };
        process.kill(pid, "SIGKILL");
      },
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
};
