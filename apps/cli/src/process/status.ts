import type { Status } from "@slipway/api/program/status.ts";
import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { askProgram } from "./operations.ts";

export const fetchStatus = (run: RunFile): Promise<Status> => askProgram<Status>(run, "/status");
