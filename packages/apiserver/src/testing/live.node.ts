import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kind } from "@slipway/api";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  generateKeyPair,
  issueCertificate,
  writeKubeconfig,
} from "@slipway/api/pki/index.ts";
import { type Listener, listen } from "../http/listen.node.ts";
import type { PodBackend } from "../http/pods.ts";
import type { ApiServer } from "../http/server.ts";
import { createKubernetesApi, type KubernetesApi, type KubernetesApiOptions } from "../kubernetesapi.ts";
import { stampObject } from "../registry/core.ts";
import type { StoredObject } from "../registry/object.ts";
import type { UserInfo } from "../registry/registry.ts";
import { createMemoryStorage } from "../storage/memory.ts";
import type { Storage } from "../storage/storage.ts";

/** A whole API behind a real TLS socket, for tests with real programs. */
export interface LiveApi {
  readonly api: KubernetesApi;
  readonly server: ApiServer;
  readonly listener: Listener;
  readonly folder: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly authority: CertificateAuthority;
  /** Writes a kubeconfig for a new client certificate; answers its path. */
  kubeconfig(user: UserInfo): Promise<string>;
  close(): Promise<void>;
}

export const startLiveApi = async (
  options: {
    readonly kinds?: readonly Kind[];
    readonly pods?: PodBackend;
    /** Default: memory. */
    readonly storage?: Storage<StoredObject>;
    /** What clients speak with instead. */
    readonly wrap?: (server: ApiServer) => ApiServer;
  } & Pick<KubernetesApiOptions, "limits" | "webhooks"> = {},
): Promise<LiveApi> => {
  const now = new Date();
  const keys = () => generateKeyPair("ecdsa-p256");
  const signer = await keys();
  const api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    serviceAccounts: { ...signer, issuer: "https://kubernetes.default.svc.cluster.local" },
    ...options,
    onError: (error) => console.error(error),
  });
  const { server } = api;
  const authority = await createCertificateAuthority(await keys(), { now });
  const serving = await issueCertificate(
    authority,
    { commonName: "kube-apiserver", sans: ["localhost", "127.0.0.1"], usages: ["serverAuth"], days: 1 },
    { keys: await keys(), now },
  );
  const listener = await listen(options.wrap?.(server) ?? server, {
    port: 0,
    tls: { key: serving.privateKeyPem, cert: serving.certificatePem, clientCa: authority.certificatePem },
  });
  const folder = mkdtempSync(join(tmpdir(), "slipway-kubectl-"));
  return {
    api,
    server,
    listener,
    folder,
    certificateAuthority: authority.certificatePem,
    authority,
    kubeconfig: async (user) => {
      const client = await issueCertificate(
        authority,
        { commonName: user.name, organizations: user.groups, usages: ["clientAuth"], days: 1 },
        { keys: await keys(), now },
      );
      const file = join(folder, `${user.name.replaceAll(/[^a-z0-9-]/g, "-")}.kubeconfig`);
      const text = writeKubeconfig({
        clusterName: "slipway",
        server: listener.url,
        certificateAuthorityPem: authority.certificatePem,
        userName: user.name,
        clientCertificatePem: client.certificatePem,
        clientKeyPem: client.privateKeyPem,
      });
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    close: async () => {
      await listener.close();
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export const run = (
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly timeoutSeconds?: number } = {},
): Promise<ProgramResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      timeout: (options.timeoutSeconds ?? 60) * 1000,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
    child.stdin.end(options.input ?? "");
  });
