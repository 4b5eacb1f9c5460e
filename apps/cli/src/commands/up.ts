import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Status } from "@slipway/api/program/status.ts";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import { createProgress, type Progress } from "../print/progress.ts";
import { CommandError, type ExitCode, exitCode } from "../process/exit.ts";
import { homePath } from "../process/home.ts";
import { fetchStatus } from "../process/status.ts";

export interface UpOptions {
  readonly home?: string;
  readonly inventory?: string;
  readonly portOffset?: string;
  readonly detach?: boolean;
  /** Running already is fine: show where everything is. */
  readonly ifNeeded?: boolean;
  readonly dryRun?: boolean;
}

/** What the server tells its parent while it starts. */
type StartMessage =
  | { readonly type: "step"; readonly name: string; readonly state: "started" | "done"; readonly detail?: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "plan"; readonly lines: readonly string[] }
  | { readonly type: "ready"; readonly status: Status }
  | { readonly type: "failed"; readonly message: string; readonly code: number };

/** Starts the server and shows its progress; stays with it unless told to detach. */
export const up = async (options: UpOptions): Promise<void> => {
  const home = homePath(options.home);
  const running = findRunning(home);
  if (running !== undefined && options.ifNeeded && !options.dryRun) {
    const status = await fetchStatus(running);
    process.stdout.write(`Slipway runs already (pid ${running.pid}): nothing was changed.\n`);
    printReady(status, home);
    return;
  }
  if (running !== undefined && !options.dryRun) {
    throw new CommandError(
      `Slipway runs on ${home} already (pid ${running.pid}). See it with \`slipway status\`, end it with \`slipway down\`, or choose another --home.`,
      exitCode.preflight,
    );
  }
  if (options.dryRun) return showPlan(home, options);
  const progress = createProgress(process.stdout);
  const { child, undo } = start(home, options);
  const stop = () => child.kill("SIGTERM");
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        stop();
        child.once("exit", () =>
          reject(new CommandError("Stopped. Run the same command again to go on where it stopped.", exitCode.interrupted)),
        );
      });
    }
  });
  const status = await Promise.race([untilReady(child, progress, home), interrupted]).catch((error: unknown) => {
    undo();
    throw error;
  });
  printReady(status, home);
  if (options.detach) {
    child.disconnect();
    child.unref();
    process.exit(exitCode.ok);
  }
  process.stdout.write("\nRunning in the foreground. Ctrl-C stops it; nothing is lost.\n");
  await Promise.race([
    interrupted,
    new Promise<never>((_, reject) =>
      child.once("exit", (code) =>
        reject(new CommandError(`Slipway ended (exit ${code}). Its last words are in ${join(home, "logs/slipway.log")}.`)),
      ),
    ),
  ]);
};

const serverArguments = (home: string, options: UpOptions): readonly string[] => [
  "--enable-source-maps",
  fileURLToPath(new URL("./server.mjs", import.meta.url)),
  "--home",
  home,
  "--inventory",
  inventoryPath(options.inventory),
  ...(options.portOffset === undefined ? [] : ["--port-offset", options.portOffset]),
];

/** The server's process, and what takes back the folders made for its log when it refused to start. */
const start = (home: string, options: UpOptions): { readonly child: ChildProcess; undo(): void } => {
  let log: number;
  const made: string[] = [];
  try {
    made.push(...makeFolders(join(home, "logs")));
    log = openSync(join(home, "logs", "slipway.log"), "a", 0o600);
  } catch (error) {
    throw new CommandError(
      `The home ${home} cannot be written: ${error instanceof Error ? error.message : error}. Choose another with --home or SLIPWAY_HOME, or mend its permissions.`,
      exitCode.preflight,
    );
  }
  const child = spawn(process.execPath, serverArguments(home, options), { detached: true, stdio: ["ignore", log, log, "ipc"] });
  const undo = () => {
    // A server that got as far as secrets.json has a home: its log is worth keeping.
    if (made.length === 0 || existsSync(join(home, "secrets.json"))) return;
    rmSync(join(home, "logs"), { recursive: true, force: true });
    for (const folder of made.reverse()) {
      try {
        rmdirSync(folder);
      } catch {
        // Gone already, or in use by somebody else by now.
      }
    }
  };
  return { child, undo };
};

/** One by one and tells which are new: Node's own recursive mkdir never ends where the kernel answers ENOENT, as in /proc. */
const makeFolders = (folder: string): readonly string[] => {
  if (existsSync(folder)) return [];
  const made = dirname(folder) === folder ? [] : makeFolders(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
  return [...made, folder];
};

/** Checks everything and says what would be done; the server itself decides, and changes nothing. */
const showPlan = (home: string, options: UpOptions): Promise<void> =>
  new Promise((resolvePromise, reject) => {
    const child = spawn(process.execPath, [...serverArguments(home, options), "--check"], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.on("message", (message: StartMessage) => {
      if (message.type === "notice") process.stdout.write(`! ${message.text}\n`);
      else if (message.type === "plan") process.stdout.write(`${message.lines.join("\n")}\nNothing was changed.\n`);
      else if (message.type === "failed") reject(new CommandError(message.message, message.code as ExitCode));
    });
    child.once("exit", (code) =>
      code === 0 ? resolvePromise() : reject(new CommandError(`The check ended with exit ${code}.`)),
    );
  });

/** `--inventory`, else INVENTORY, else ./inventory.yml if it is there, else the one that ships. */
export const inventoryPath = (option: string | undefined): string => {
  const named = option ?? process.env["INVENTORY"];
  if (named !== undefined && named !== "") return resolve(named);
  if (existsSync("inventory.yml")) return resolve("inventory.yml");
  return fileURLToPath(new URL("../inventory/embedded.yaml", import.meta.url));
};

const untilReady = (child: ChildProcess, progress: Progress, home: string): Promise<Status> =>
  new Promise((resolvePromise, reject) => {
    child.on("message", (message: StartMessage) => {
      if (message.type === "step") progress.step(message.name, message.state, message.detail);
      else if (message.type === "notice") progress.notice(message.text);
      else if (message.type === "ready") {
        progress.end();
        resolvePromise(message.status);
      } else if (message.type === "failed") {
        progress.end();
        reject(new CommandError(message.message, (message.code as ExitCode) ?? exitCode.failed));
      }
    });
    child.once("exit", (code, signal) => {
      progress.end();
      reject(
        new CommandError(
          `Slipway ended while starting (${signal ?? `exit ${code}`}). Its last words are in ${join(home, "logs/slipway.log")}.`,
        ),
      );
    });
  });

/** The simulated cloud's demo user: who may read the home may have it, and nobody else sees this terminal. */
const demoLogin = (home: string): { readonly user: string; readonly password: string } | undefined => {
  const file = join(home, "clouds.yaml");
  if (!existsSync(file)) return undefined;
  const entry = /^ {2}slipway-demo:\n((?: {4,}.*\n)+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  const [user, password] = ["username", "password"].map((name) => new RegExp(`^ +${name}: (\\S+)$`, "m").exec(entry)?.[1]);
  return user === undefined || password === undefined ? undefined : { user, password };
};

const printReady = (status: Status, home: string): void => {
  const width = Math.max(...Object.keys(status.endpoints).map((name) => name.length));
  const lines = Object.entries(status.endpoints).map(([name, url]) => `  ${name.padEnd(width)}  ${url}`);
  const next = [
    `export KUBECONFIG=${join(home, "kubeconfig")} OS_CLIENT_CONFIG_FILE=${join(home, "clouds.yaml")}`,
    "kubectl get clusters,machines,machinedeployments,machinesets -n magnum-system",
    "openstack --os-cloud slipway-demo coe cluster list",
  ];
  const login = demoLogin(home);
  const console = status.endpoints["console"] ?? "";
  const entry =
    login === undefined
      ? `Console for tenants:\n\n  ${console}   sign in with an account of your cloud`
      : `Console, in a browser:\n\n  ${console}   user ${login.user}, password ${login.password}, domain Default`;
  const text = `\nSlipway is ready. Home: ${home}\n\n${lines.join("\n")}\n\n${entry}\n\nTry next:\n\n${next.map((line) => `  ${line}`).join("\n")}\n`;
  process.stdout.write(text);
};
