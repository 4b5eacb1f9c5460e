import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type CloudIdentity, type ConnectCloud, createCloudConnector } from "@slipway/openstack";
import { createHttpTransports } from "@slipway/openstack/transport/http.node.ts";
import { CommandError, exitCode } from "./exit.ts";

export interface CloudOptions {
  readonly osCloud?: string;
  readonly osClientConfig?: string;
}

/**
 * The administrator's cloud: `--os-cloud` in `--os-client-config`; else `slipway-admin` of the home's own clouds.yaml; else what
 * OS_CLOUD and OS_CLIENT_CONFIG_FILE say. The home goes before the environment, which most often is a tenant's.
 */
export const adminCloud = (home: string, { osCloud, osClientConfig }: CloudOptions): CloudIdentity => {
  const own = join(home, "clouds.yaml");
  if (osCloud === undefined && osClientConfig === undefined && existsSync(own))
    return { cloudsYaml: readFileSync(own, "utf8"), cloudName: "slipway-admin" };
  const files = [
    osClientConfig ?? process.env["OS_CLIENT_CONFIG_FILE"] ?? own,
    "clouds.yaml",
    join(homedir(), ".config/openstack/clouds.yaml"),
  ];
  const file = (osClientConfig === undefined ? files : files.slice(0, 1)).find((candidate) => existsSync(candidate));
  const cloudName = osCloud ?? process.env["OS_CLOUD"];
  if (file === undefined || cloudName === undefined)
    throw new CommandError(
      `No cloud is named${file === undefined ? `, and there is no clouds.yaml at ${files[0]}` : ""}. Name an administrator's with --os-cloud and --os-client-config.`,
      exitCode.usage,
    );
  return { cloudsYaml: readFileSync(file, "utf8"), cloudName };
};

/** Real sockets, for as long as `use` takes. */
export const withClouds = async <T>(use: (connect: ConnectCloud) => Promise<T>, microversion?: string): Promise<T> => {
  const transports = createHttpTransports({ timeoutSeconds: 20 });
  try {
    return await use(
      createCloudConnector({
        transportFor: transports.transportFor,
        now: () => new Date(),
        computeMicroversion: microversion,
        userAgent: "slipway",
      }),
    );
  } finally {
    await transports.close();
  }
};
