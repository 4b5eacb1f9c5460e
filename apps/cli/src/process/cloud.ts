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

/** A tenant's own cloud, as their other tools find it: a named one of a clouds.yaml, else the OS_ variables of an openrc file. */
export const tenantCloud = ({ osCloud, osClientConfig }: CloudOptions): CloudIdentity => {
  const cloudName = osCloud ?? process.env["OS_CLOUD"];
  if (cloudName !== undefined && cloudName !== "") {
    const files = [
      osClientConfig ?? process.env["OS_CLIENT_CONFIG_FILE"],
      "clouds.yaml",
      join(homedir(), ".config/openstack/clouds.yaml"),
      "/etc/openstack/clouds.yaml",
    ].filter((file) => file !== undefined);
    const file = files.find((candidate) => existsSync(candidate));
    if (file === undefined)
      throw new CommandError(`Cloud ${cloudName} is asked for, and there is no clouds.yaml.`, exitCode.usage);
    return { cloudsYaml: readFileSync(file, "utf8"), cloudName };
  }
  const { OS_AUTH_URL: authUrl } = process.env;
  const proofs = ["OS_PASSWORD", "OS_TOKEN", "OS_APPLICATION_CREDENTIAL_SECRET"];
  if (authUrl === undefined || proofs.every((name) => process.env[name] === undefined))
    throw new CommandError("Say which OpenStack login to use: set OS_CLOUD, or source your openrc file.", exitCode.usage);
  const auth = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => {
      const key = name.toLowerCase().replace(/^os_/, "");
      return authKeys.has(key) && name.startsWith("OS_") ? [[key, value]] : [];
    }),
  );
  const more = {
    ...(process.env["OS_REGION_NAME"] === undefined ? {} : { region_name: process.env["OS_REGION_NAME"] }),
    ...(auth["application_credential_id"] === undefined && auth["application_credential_name"] === undefined
      ? {}
      : { auth_type: "v3applicationcredential" }),
  };
  const caFile = process.env["OS_CACERT"];
  return {
    // JSON is YAML.
    cloudsYaml: JSON.stringify({ clouds: { env: { auth: { ...auth, auth_url: authUrl }, ...more } } }),
    cloudName: "env",
    ...(caFile === undefined ? {} : { caPem: readFileSync(caFile, "utf8") }),
  };
};

const authKeys = new Set(
  (
    "username user_id password project_name project_id user_domain_name user_domain_id project_domain_name project_domain_id token " +
    "application_credential_id application_credential_name application_credential_secret"
  ).split(" "),
);
