import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MagnumCluster } from "@slipway/api";
import { connectKubeconfig } from "@slipway/runtime/client/undici.node.ts";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import { CommandError } from "../process/exit.ts";
import { homePath } from "../process/home.ts";
import { down } from "./down.ts";

/** Ends everything and removes the home. Tenants' clusters must be gone, or their loss be asked for by name (PLAT-054). */
export const uninstall = async (options: { readonly home?: string; readonly deleteTenants?: boolean }): Promise<void> => {
  const home = homePath(options.home);
  if (!existsSync(join(home, "secrets.json"))) {
    process.stdout.write(`There is no Slipway at ${home}: nothing to remove.\n`);
    return;
  }
  if (!options.deleteTenants) {
    const running = findRunning(home);
    if (running === undefined) {
      throw new CommandError(
        `Slipway does not run on ${home}, so its tenants' clusters cannot be listed. Start it with \`slipway up\`, or add --delete-tenants.`,
      );
    }
    const clusters = await tenantClusters(home);
    if (clusters.length > 0) {
      throw new CommandError(`Tenants' clusters exist: ${clusters.join(", ")}. Delete them first, or add --delete-tenants.`);
    }
  }
  await down({ home });
  rmSync(home, { recursive: true, force: true });
  process.stdout.write(`Removed ${home}.\n`);
};

/** All but the demo's own. */
const tenantClusters = async (home: string): Promise<readonly string[]> => {
  const connection = connectKubeconfig(readFileSync(join(home, "kubeconfig"), "utf8"));
  try {
    const list = await connection.client.list(MagnumCluster, { namespace: "magnum-system" });
    return list.items
      .filter((cluster) => cluster.metadata.labels?.["slipway.dev/demo"] !== "true")
      .map((cluster) => cluster.spec.name);
  } finally {
    await connection.close();
  }
};
