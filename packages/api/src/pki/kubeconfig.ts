import { dump, load } from "js-yaml";
import { textFromBase64, textToBase64 } from "./pem.ts";

/** The part of a kubeconfig that leads to one cluster: PEM texts, not base64. */
export interface KubeconfigAccess {
  readonly clusterName: string;
  readonly server: string;
  /** Absent: verified against the system's roots. */
  readonly certificateAuthorityPem?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly userName: string;
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: string;
  readonly token?: string;
}

/** `<user>@<cluster>` is the context and the current one. */
export const writeKubeconfig = (access: KubeconfigAccess): string => {
  const context = `${access.userName}@${access.clusterName}`;
  return dump(
    {
      apiVersion: "v1",
      clusters: [
        {
          cluster: {
            ...optional("certificate-authority-data", access.certificateAuthorityPem, textToBase64),
            ...(access.insecureSkipTlsVerify === true ? { "insecure-skip-tls-verify": true } : {}),
            server: access.server,
            ...optional("tls-server-name", access.tlsServerName),
          },
          name: access.clusterName,
        },
      ],
      contexts: [{ context: { cluster: access.clusterName, user: access.userName }, name: context }],
      "current-context": context,
      kind: "Config",
      preferences: {},
      users: [
        {
          name: access.userName,
          user: {
            ...optional("client-certificate-data", access.clientCertificatePem, textToBase64),
            ...optional("client-key-data", access.clientKeyPem, textToBase64),
            ...optional("token", access.token),
          },
        },
      ],
    },
    { lineWidth: -1 },
  );
};

/** What a kubeconfig's current context says. Files named instead of embedded are refused: a Secret has no file system. */
export const readKubeconfig = (text: string): KubeconfigAccess => {
  const config = record(load(text), "it");
  const contextName = string(config["current-context"]) ?? "";
  const context = named(config["contexts"], contextName, "context", "current-context");
  const clusterName = string(context["cluster"]) ?? "";
  const userName = string(context["user"]) ?? "";
  const cluster = named(config["clusters"], clusterName, "cluster", "its context");
  const user = named(config["users"], userName, "user", "its context");
  const server = string(cluster["server"]);
  if (server === undefined) throw new Error(`kubeconfig: cluster "${clusterName}" has no server`);
  for (const [where, field] of [
    [cluster, "certificate-authority"],
    [user, "client-certificate"],
    [user, "client-key"],
    [user, "tokenFile"],
  ] as const) {
    if (where[field] !== undefined) throw new Error(`kubeconfig: "${field}" names a file; embed it as "${field}-data"`);
  }
  return {
    clusterName,
    server,
    ...optional("certificateAuthorityPem", string(cluster["certificate-authority-data"]), textFromBase64),
    ...optional("tlsServerName", string(cluster["tls-server-name"])),
    ...(cluster["insecure-skip-tls-verify"] === true ? { insecureSkipTlsVerify: true } : {}),
    userName,
    ...optional("clientCertificatePem", string(user["client-certificate-data"]), textFromBase64),
    ...optional("clientKeyPem", string(user["client-key-data"]), textFromBase64),
    ...optional("token", string(user["token"])),
  };
};

/** Every client certificate in a kubeconfig, and the server of the cluster called `clusterName`, whatever the current context is. */
export const inspectKubeconfig = (
  text: string,
  clusterName: string,
): {
  readonly server: string | undefined;
  readonly clients: readonly { readonly user: string; readonly certificatePem: string | undefined }[];
} => {
  const config = record(load(text), "it");
  const clusters = list(config["clusters"]).map((entry) => record(entry, "a cluster"));
  const cluster = clusters.find((entry) => entry["name"] === clusterName);
  return {
    server: cluster === undefined ? undefined : string(record(cluster["cluster"], "a cluster")["server"]),
    clients: list(config["users"]).map((entry) => {
      const { name, user } = record(entry, "a user");
      const data = string(record(user, "a user")["client-certificate-data"]);
      return { user: string(name) ?? "", certificatePem: data === undefined ? undefined : textFromBase64(data) };
    }),
  };
};

type Fields = { readonly [field: string]: unknown };

const named = (entries: unknown, name: string, field: string, from: string): Fields => {
  const entry = list(entries)
    .map((candidate) => record(candidate, `a ${field}`))
    .find((candidate) => candidate["name"] === name);
  if (entry === undefined) throw new Error(`kubeconfig: ${from} names the ${field} "${name}", which is not there`);
  return record(entry[field] ?? {}, `${field} "${name}"`);
};

const record = (value: unknown, what: string): Fields => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`kubeconfig: ${what} is not a map`);
  return value as Fields;
};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const string = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const optional = <K extends string>(key: K, value: string | undefined, map = (text: string) => text): { [key in K]?: string } =>
  value === undefined ? {} : ({ [key]: map(value) } as { [key in K]: string });
