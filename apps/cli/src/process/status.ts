import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { CommandError } from "./exit.ts";

/** `slipway status --json`, and what the server's status endpoint answers. */
export interface Status {
  readonly ready: boolean;
  readonly endpoints: { readonly [name: string]: string };
  readonly components: readonly Component[];
}

export interface Component {
  readonly name: string;
  readonly namespace: string;
  readonly ready: boolean;
  readonly message: string;
}

export const fetchStatus = async (run: RunFile): Promise<Status> => {
  const response = await fetch(`${run.status}/status`, { signal: AbortSignal.timeout(5000) }).catch((error: unknown) => {
    throw new CommandError(
      `Slipway (pid ${run.pid}) does not answer on ${run.status}: ${error instanceof Error ? error.message : error}. See \`slipway logs\`.`,
    );
  });
  return (await response.json()) as Status;
};
