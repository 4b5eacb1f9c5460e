import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type KubeconfigAccess, writeKubeconfig } from "@slipway/api/pki/index.ts";
import { load } from "js-yaml";
import { CommandError, exitCode } from "./exit.ts";

/** Where a command's cluster is, and which namespace it means when none is said (CTL-010). */
export interface KubeTarget {
  /** Self-contained: no files named. */
  readonly kubeconfig: string;
  readonly namespace: string;
}

interface Named {
  readonly name?: string;
  readonly [field: string]: unknown;
}

/** `--kubeconfig`, else the KUBECONFIG list, else `fallback` if it is there, else ~/.kube/config, else the cluster that this runs in. The first file that names a thing wins. */
export const findKubeconfig = (options: {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly fallback?: string;
}): KubeTarget => {
  const files = filesOf(options);
  const configs = files.filter((file) => existsSync(file)).map((file) => ({ file, config: read(file) }));
  if (configs.length === 0) {
    const inside = options.kubeconfig === undefined ? insideCluster() : undefined;
    if (inside !== undefined) return inside;
    throw new CommandError(
      `There is no kubeconfig at ${files.join(" or ")}. Name one with --kubeconfig or KUBECONFIG; \`slipway up\` writes .slipway/kubeconfig.`,
      exitCode.usage,
    );
  }
  const find = (list: string, name: unknown, inside: string): { readonly file: string; readonly entry: Named } => {
    for (const { file, config } of configs) {
      const entry = (Array.isArray(config[list]) ? (config[list] as Named[]) : []).find((candidate) => candidate.name === name);
      if (entry !== undefined) return { file, entry };
    }
    throw new CommandError(`The kubeconfig ${files.join(", ")} has no ${inside} "${name}".`, exitCode.usage);
  };
  const contextName =
    options.context ??
    configs.map(({ config }) => config["current-context"]).find((name) => typeof name === "string" && name !== "");
  const context = fields(find("contexts", contextName, "context").entry["context"]);
  const cluster = find("clusters", context["cluster"], "cluster");
  const user = find("users", context["user"], "user");
  const access = accessOf(
    { file: cluster.file, fields: fields(cluster.entry["cluster"]) },
    { file: user.file, fields: fields(user.entry["user"]) },
  );
  return {
    kubeconfig: writeKubeconfig(access),
    namespace: typeof context["namespace"] === "string" ? context["namespace"] : "default",
  };
};

const filesOf = (options: { readonly kubeconfig?: string; readonly fallback?: string }): readonly string[] => {
  if (options.kubeconfig !== undefined) return [options.kubeconfig];
  const list = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  if (list.length > 0) return list;
  if (options.fallback !== undefined && existsSync(options.fallback)) return [options.fallback];
  return [join(homedir(), ".kube", "config")];
};

const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** In a Pod: the cluster that it runs in, as its ServiceAccount. */
export const insideCluster = (
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = serviceAccountFolder,
): KubeTarget | undefined => {
  const [host, port] = [environment["KUBERNETES_SERVICE_HOST"], environment["KUBERNETES_SERVICE_PORT"]];
  if (host === undefined || port === undefined || !existsSync(join(folder, "token"))) return undefined;
  const namespace = join(folder, "namespace");
  return {
    kubeconfig: writeKubeconfig({
      clusterName: "cluster",
      userName: "user",
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      certificateAuthorityPem: readText(join(folder, "ca.crt")),
      token: readText(join(folder, "token")).trim(),
    }),
    namespace: existsSync(namespace) ? readText(namespace).trim() : "default",
  };
};

interface Section {
  readonly file: string;
  readonly fields: { readonly [name: string]: unknown };
}

const accessOf = (cluster: Section, user: Section): KubeconfigAccess => {
  const optional = (value: string | undefined, name: keyof KubeconfigAccess) => (value === undefined ? {} : { [name]: value });
  if (user.fields["exec"] !== undefined || user.fields["auth-provider"] !== undefined) {
    throw new CommandError(
      `The user in ${user.file} signs in by a helper program (exec), which this command does not run. Use a kubeconfig with a certificate or a token.`,
      exitCode.usage,
    );
  }
  return {
    clusterName: "cluster",
    userName: "user",
    server: String(cluster.fields["server"] ?? ""),
    ...(cluster.fields["insecure-skip-tls-verify"] === true ? { insecureSkipTlsVerify: true } : {}),
    ...optional(textOf(cluster.fields["tls-server-name"]), "tlsServerName"),
    ...optional(embedded(cluster, "certificate-authority"), "certificateAuthorityPem"),
    ...optional(embedded(user, "client-certificate"), "clientCertificatePem"),
    ...optional(embedded(user, "client-key"), "clientKeyPem"),
    ...optional(textOf(user.fields["token"]) ?? tokenFile(user), "token"),
  };
};

/** `NAME-data` in base64, or a file called NAME, relative to its kubeconfig. */
const embedded = ({ file, fields: section }: Section, name: string): string | undefined => {
  const data = section[`${name}-data`];
  if (typeof data === "string" && data !== "") return Buffer.from(data, "base64").toString();
  const path = section[name];
  return typeof path === "string" && path !== "" ? readText(resolve(dirname(file), path)) : undefined;
};

const tokenFile = ({ file, fields: section }: Section): string | undefined => {
  const path = section["tokenFile"];
  return typeof path === "string" && path !== "" ? readText(resolve(dirname(file), path)).trim() : undefined;
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, exitCode.usage);
  }
};

const read = (file: string): { readonly [name: string]: unknown } => {
  try {
    return fields(load(readText(file)));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `${file} is not YAML: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`,
      exitCode.usage,
    );
  }
};

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const fields = (value: unknown): { readonly [name: string]: unknown } =>
  value !== null && typeof value === "object" ? (value as { readonly [name: string]: unknown }) : {};
