import { setTimeout as sleep } from "node:timers/promises";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import { CommandError } from "../process/exit.ts";
import { homePath } from "../process/home.ts";

const patienceSeconds = 20;

/** Ends every process of this home. Nothing to end is no error: `down` twice is fine. */
export const down = async (options: { readonly home?: string }): Promise<void> => {
  const home = homePath(options.home);
  const run = findRunning(home);
  if (run === undefined) {
    process.stdout.write(`Slipway does not run on ${home}.\n`);
    return;
  }
  process.kill(run.pid, "SIGTERM");
  for (let waited = 0; waited < patienceSeconds * 20; waited++) {
    if (findRunning(home) === undefined) {
      process.stdout.write("Slipway has ended. Its data is kept; `slipway up` goes on from there.\n");
      return;
    }
    await sleep(50);
  }
  process.kill(run.pid, "SIGKILL");
  throw new CommandError(
    `Slipway (pid ${run.pid}) did not end within ${patienceSeconds} s and was killed. No acknowledged write is lost. See \`slipway logs\` for why.`,
  );
};
