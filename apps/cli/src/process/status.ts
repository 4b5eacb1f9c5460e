import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { askProgram } from "./operations.ts";

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

export const fetchStatus = (run: RunFile): Promise<Status> => askProgram<Status>(run, "/status");
