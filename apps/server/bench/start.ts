/**
 * How long a cold start takes, as a person sees it: `slipway up` on an empty home, until the Kubernetes API answers and until the demo
 * cluster's nodes are Ready. Needs a build. Prints one JSON line.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

const root = join(import.meta.dirname, "../../..");
const home = mkdtempSync(join(tmpdir(), "slipway-start-"));
const begun = performance.now();
const child = spawn(
  process.execPath,
  [join(root, "dist/server.mjs"), "--home", home, "--inventory", join(root, "inventory/embedded.yaml"), "--port-offset", "21000"],
  { stdio: ["ignore", "ignore", "ignore", "ipc"] },
);
const steps = new Map<string, number>();
const seconds = () => Math.round(performance.now() - begun) / 1000;
const outcome = await new Promise<string>((resolve) => {
  child.on("message", (message: { type: string; name?: string; state?: string; message?: string }) => {
    if (message.type === "step" && message.state === "done") steps.set(message.name ?? "", seconds());
    if (message.type === "ready") resolve("ready");
    if (message.type === "failed") resolve(message.message ?? "failed");
  });
  child.once("exit", (code) => resolve(`exit ${code}`));
});
console.log(
  JSON.stringify({
    bench: "start",
    outcome,
    apiSeconds: steps.get("Kubernetes API"),
    demoSeconds: steps.get("Demo cluster"),
    keys: "rsa-2048",
  }),
);
const ended = new Promise((resolve) => child.once("exit", resolve));
child.kill("SIGTERM");
await ended;
rmSync(home, { recursive: true, force: true });
process.exit(outcome === "ready" ? 0 : 1);
