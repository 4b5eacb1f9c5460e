import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "@slipway/apiserver/storage/lmdb.node.ts";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { cloudStorageIn } from "./state/stored.ts";
import { startCloud } from "./testing/harness.ts";

/** SLIPWAY_KILL_ROUNDS=100 for the long form. */
const rounds = Number(process.env["SLIPWAY_KILL_ROUNDS"] ?? "3");

/** A round is not over before so many calls were answered, however slow the machine is. */
const leastAnswers = 12;

test("every answered call survives kill -9 at any moment, and nothing is there twice [OSSIM-019]", {
  timeout: 30_000 + rounds * 5000,
}, async () => {
  const home = mkdtempSync(join(tmpdir(), "slipway-cloud-killed-"));
  const script = join(import.meta.dirname, `../../../../node_modules/.slipway/callsuntilkilled-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "testing/callsuntilkilled.node.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["lmdb"],
    logLevel: "silent",
  });
  try {
    const kept: { readonly kind: string; readonly id: string }[] = [];
    const gone = new Set<string>();
    const tags = new Map<string, string>();
    let answered = 0;
    for (let round = 0; round < rounds; round += 1) {
      const notes = join(home, `notes-${round}`);
      await runAndKill(script, [join(home, "data"), notes], notes, 30 + Math.random() * 200);
      for (const line of readFileSync(notes, "utf8").split("\n").slice(0, -1)) {
        const [what, kind = "", id = "", tag = ""] = line.split(" ");
        answered += 1;
        if (what === "kept") kept.push({ kind, id });
        if (what === "gone") gone.add(id);
        if (what === "tagged") tags.set(id, tag);
      }
      const stores = openLmdb({ path: join(home, "data") });
      const { cloud, demo } = await startCloud({ storage: cloudStorageIn(stores) });
      const me = await demo();
      const { networks, ports, subnets } = cloud.state;
      for (const { kind, id } of kept)
        expect((kind === "networks" ? networks : kind === "subnets" ? subnets : ports).get(id), `${kind} ${id}`).toBeDefined();
      for (const id of gone) expect(networks.get(id) ?? ports.get(id), `${id} was deleted`).toBeUndefined();
      for (const [id, tag] of tags) if (ports.get(id)) expect(ports.get(id)?.tags).toEqual([tag]);
      const names = [...networks.by("project", me.projectId)].map((one) => one.name);
      expect(new Set(names).size).toBe(names.length);
      for (const subnet of subnets.all())
        expect(networks.get(subnet.network_id), `the network of subnet ${subnet.id}`).toBeDefined();
      for (const port of ports.all()) expect(networks.get(port.network_id), `the network of port ${port.id}`).toBeDefined();
      cloud.stop();
      await stores.close();
    }
    expect(answered).toBeGreaterThanOrEqual(rounds * leastAnswers);
  } finally {
    rmSync(script, { force: true });
    rmSync(home, { recursive: true, force: true });
  }
});

const runAndKill = (script: string, args: readonly string[], notes: string, afterMs: number): Promise<void> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    const waiting = setInterval(() => {
      if (!existsSync(notes) || readFileSync(notes, "utf8").split("\n").length <= leastAnswers) return;
      clearInterval(waiting);
      setTimeout(() => child.kill("SIGKILL"), afterMs);
    }, 2);
    child.on("close", (_code, signal) => {
      clearInterval(waiting);
      if (signal === "SIGKILL") done();
      else fail(new Error(`the tenant ended by itself: ${complaint}`));
    });
  });
