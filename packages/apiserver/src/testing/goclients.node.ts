import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { buildGo } from "../../../../scripts/go.mjs";
import type { ProgramResult } from "./live.node.ts";

/** What a scenario tells: one JSON object a line. */
// biome-ignore lint/suspicious/noExplicitAny: each scenario has its own shape, which the test spells out
export type Fact = any;

export interface GoClients {
  /** Runs a scenario to its end; answers the last thing it told. @throws Error with what it said when it fails */
  run(scenario: string, args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Fact>;
  /** Starts one that goes on until it is stopped. */
  start(scenario: string, args?: readonly string[], env?: NodeJS.ProcessEnv): RunningScenario;
}

export interface RunningScenario {
  readonly facts: readonly Fact[];
  /** The first fact for which it holds, told before or to come. @throws Error after a minute, or when the scenario is over */
  until(what: string, holds: (fact: Fact, facts: readonly Fact[]) => boolean): Promise<Fact>;
  /** Asks it to end, as one would with Ctrl-C, and waits for that. */
  stop(): Promise<ProgramResult["code"]>;
}

/** The scenarios of `packages/apiserver/goclients`, as the user of a kubeconfig. */
export const goClients = (kubeconfig: string): GoClients => {
  const program = buildGo("goclients");
  const environment = (env: NodeJS.ProcessEnv = {}) => ({ ...process.env, KUBECONFIG: kubeconfig, ...env });
  return {
    run: async (scenario, args = [], env) => {
      const { code, stdout, stderr } = await runWithOpenInput(program, [scenario, ...args], environment(env));
      if (code !== 0) throw new Error(`goclients ${scenario} ended with ${code}: ${stderr}${stdout}`);
      return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
    },
    start: (scenario, args = [], env) => {
      const child = spawn(program, [scenario, ...args], { env: environment(env), stdio: ["pipe", "pipe", "pipe"] });
      const facts: Fact[] = [];
      const looks = new Set<() => void>();
      let said = "";
      let over = false;
      const told = () => {
        for (const look of looks) look();
      };
      const lines = createInterface({ input: child.stdout });
      lines.on("line", (line) => {
        facts.push(JSON.parse(line));
        told();
      });
      child.stderr.on("data", (data: Buffer) => {
        said += data.toString();
      });
      const ended = new Promise<number | null>((resolve) => {
        child.on("close", (code) => {
          over = true;
          resolve(code);
          told();
        });
      });
      return {
        facts,
        until: (what, holds) =>
          new Promise((resolve, reject) => {
            const finish = (end: () => void) => {
              clearTimeout(timer);
              looks.delete(look);
              end();
            };
            const complain = (why: string) =>
              finish(() => reject(new Error(`${why} before ${what}: ${said}\nlast told: ${JSON.stringify(facts.at(-1))}`)));
            const timer = setTimeout(() => complain("a minute went by"), 60_000);
            const look = () => {
              const found = facts.find((fact) => holds(fact, facts));
              if (found !== undefined) finish(() => resolve(found));
              else if (over) complain(`goclients ${scenario} ended`);
            };
            looks.add(look);
            look();
          }),
        stop: () => {
          child.kill("SIGTERM");
          return ended;
        },
      };
    },
  };
};

/** Its input stays open: a scenario ends when that does, so that none outlives its test. */
const runWithOpenInput = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
  });
