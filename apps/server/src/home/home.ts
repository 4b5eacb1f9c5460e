import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createCertificateAuthority,
  generateKeyPair,
  issueCertificate,
  readCertificate,
  writeKubeconfig,
} from "@slipway/api/pki/index.ts";

/**
 * The home: everything that one Slipway keeps on disk. `data/` is the store, `secrets.json` what was generated once, the rest is
 * written again at each start from those. Secret files are 0600, the home itself 0700.
 */
export interface Home {
  readonly path: string;
  readonly dataPath: string;
  readonly logsPath: string;
  readonly secrets: HomeSecrets;
}

export interface HomeSecrets {
  /** Of this layout; a newer one is refused. */
  readonly format: 1;
  readonly adminPassword: string;
  readonly demoPassword: string;
  readonly servicePassword: string;
  readonly certificateAuthority: { readonly certificatePem: string; readonly privateKeyPem: string };
  readonly serviceAccountKey: { readonly privateKeyPem: string; readonly publicKeyPem: string };
}

/** The home cannot be used: which, why, and what to do. Nothing has been changed. */
export class HomeError extends Error {
  override readonly name = "HomeError";
}

const format = 1;

/** Opens the home, making it when there is none. @throws HomeError */
export const openHome = async (path: string, now: Date): Promise<Home> => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const folder of ["data", "logs"]) mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    accessSync(join(path, "data"), constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new HomeError(
      `The home ${path} cannot be written: ${error instanceof Error ? error.message : error}. Choose another with --home or SLIPWAY_HOME, or mend its permissions.`,
    );
  }
  const home = { path, dataPath: join(path, "data"), logsPath: join(path, "logs") };
  return { ...home, secrets: await openSecrets(join(path, "secrets.json"), now) };
};

const openSecrets = async (file: string, now: Date): Promise<HomeSecrets> => {
  if (existsSync(file)) {
    const secrets = readSecrets(file);
    const expires = readCertificate(secrets.certificateAuthority.certificatePem).notAfter;
    if (expires.getTime() < now.getTime())
      throw new HomeError(`The certificate authority in ${file} expired on ${expires.toISOString()}.`);
    return secrets;
  }
  const keys = await generateKeyPair("ecdsa-p256");
  const serviceAccountKey = await generateKeyPair("ecdsa-p256");
  const secrets: HomeSecrets = {
    format,
    adminPassword: password(),
    demoPassword: password(),
    servicePassword: password(),
    certificateAuthority: await createCertificateAuthority(keys, { now, commonName: "slipway-ca" }),
    serviceAccountKey,
  };
  writeSecretFile(file, `${JSON.stringify(secrets, undefined, 2)}\n`);
  return secrets;
};

const readSecrets = (file: string): HomeSecrets => {
  let secrets: { format?: unknown };
  try {
    secrets = JSON.parse(readFileSync(file, "utf8")) as { format?: unknown };
  } catch (error) {
    throw new HomeError(
      `${file} cannot be read: ${error instanceof Error ? error.message : error}. Restore it from a backup: without it nobody can sign in.`,
    );
  }
  if (typeof secrets.format === "number" && secrets.format > format) {
    throw new HomeError(
      `${file} was written by a newer Slipway (format ${secrets.format}; this one reads ${format}). Use that version, or another home.`,
    );
  }
  if (secrets.format !== format) throw new HomeError(`${file} is not a Slipway secrets file. Use another home.`);
  return secrets as unknown as HomeSecrets;
};

const password = (): string => randomBytes(18).toString("base64url");

/** Whole or not at all: a kill between the two calls leaves the old file. */
export const writeSecretFile = (file: string, content: string): void => {
  const next = `${file}.new`;
  writeFileSync(next, content, { mode: 0o600 });
  renameSync(next, file);
};

export interface Endpoints {
  readonly kubernetes: string;
  readonly identity: string;
}

/** Writes what people and tools sign in with: kubeconfig, clouds.yaml, two openrc files. */
export const writeCredentials = async (
  home: Home,
  endpoints: Endpoints,
  options: { readonly now: Date; readonly clusterName: string; readonly simulated: boolean },
): Promise<void> => {
  const file = join(home.path, "kubeconfig");
  if (!isCurrent(file, home, endpoints, options.now)) {
    const admin = await issueCertificate(
      home.secrets.certificateAuthority,
      { commonName: "slipway-admin", organizations: ["system:masters"], usages: ["clientAuth"], days: 365 },
      { keys: await generateKeyPair("ecdsa-p256"), now: options.now },
    );
    writeSecretFile(
      file,
      writeKubeconfig({
        clusterName: options.clusterName,
        server: endpoints.kubernetes,
        certificateAuthorityPem: home.secrets.certificateAuthority.certificatePem,
        userName: "slipway-admin",
        clientCertificatePem: admin.certificatePem,
        clientKeyPem: admin.privateKeyPem,
      }),
    );
  }
  if (!options.simulated) return;
  const users = [
    { cloud: "slipway-admin", username: "admin", project: "admin", password: home.secrets.adminPassword },
    { cloud: "slipway-demo", username: "demo", project: "demo", password: home.secrets.demoPassword },
  ];
  writeSecretFile(join(home.path, "clouds.yaml"), cloudsYaml(users, endpoints.identity));
  writeSecretFile(join(home.path, "admin-openrc.sh"), openrc(users[0] as User, endpoints.identity));
  writeSecretFile(join(home.path, "demo-openrc.sh"), openrc(users[1] as User, endpoints.identity));
};

/** A kubeconfig that still leads here and whose certificate is good for another month is kept: people hold copies of it. */
const isCurrent = (file: string, home: Home, endpoints: Endpoints, now: Date): boolean => {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, "utf8");
  const authority = Buffer.from(home.secrets.certificateAuthority.certificatePem).toString("base64");
  const certificate = /client-certificate-data: (\S+)/.exec(text)?.[1];
  if (certificate === undefined || !text.includes(`server: ${endpoints.kubernetes}\n`) || !text.includes(authority)) return false;
  return readCertificate(Buffer.from(certificate, "base64").toString()).notAfter.getTime() > now.getTime() + 30 * 86_400_000;
};

interface User {
  readonly cloud: string;
  readonly username: string;
  readonly project: string;
  readonly password: string;
}

const cloudsYaml = (users: readonly User[], authUrl: string): string =>
  [
    "# Written by Slipway at each start. Use: export OS_CLIENT_CONFIG_FILE=<this file>; openstack --os-cloud slipway-demo server list",
    "clouds:",
    ...users.flatMap((user) => [
      `  ${user.cloud}:`,
      "    auth:",
      `      auth_url: ${authUrl}`,
      `      username: ${user.username}`,
      `      password: ${user.password}`,
      `      project_name: ${user.project}`,
      "      user_domain_name: Default",
      "      project_domain_name: Default",
      "    region_name: RegionOne",
      "    interface: public",
      "    identity_api_version: 3",
    ]),
    "",
  ].join("\n");

const openrc = (user: User, authUrl: string): string =>
  [
    `# Written by Slipway at each start. Use: source <this file>`,
    `export OS_AUTH_URL=${authUrl}`,
    `export OS_USERNAME=${user.username}`,
    `export OS_PASSWORD=${user.password}`,
    `export OS_PROJECT_NAME=${user.project}`,
    "export OS_USER_DOMAIN_NAME=Default",
    "export OS_PROJECT_DOMAIN_NAME=Default",
    "export OS_REGION_NAME=RegionOne",
    "export OS_IDENTITY_API_VERSION=3",
    "",
  ].join("\n");
