import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { findRunning, type RunFile, runFileOf, startOf } from "@slipway/runtime/process/running.node.ts";
import { HomeError } from "./home.ts";

/** @throws HomeError when another program runs on this home */
export const refuseSecond = (home: string): void => {
  const other = findRunning(home);
  if (other !== undefined) {
    throw new HomeError(
      `Slipway runs on ${home} already (pid ${other.pid}). See it with \`slipway status\`, end it with \`slipway down\`, or choose another --home.`,
    );
  }
};

/** Says that this program runs on the home. @throws HomeError when another one does */
export const claimHome = (home: string, version: string, status: string): { readonly token: string; release(): void } => {
  refuseSecond(home);
  const token = randomBytes(32).toString("base64url");
  const run: RunFile = { pid: process.pid, started: startOf(process.pid), version, status, home, token };
  writeFileSync(runFileOf(home), `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  return { token, release: () => rmSync(runFileOf(home), { force: true }) };
};
