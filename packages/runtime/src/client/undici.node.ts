import type { Client } from "@slipway/api";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import { Pool } from "undici";
import type { Metrics } from "../metrics/metrics.ts";
import { createHttpClient } from "./http.ts";
import type { KubeTransport } from "./transport.ts";

export interface Connection {
  readonly client: Client;
  readonly transport: KubeTransport;
  /** Also ends watches. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly fieldManager?: string;
  readonly userAgent?: string;
  readonly metrics?: Pick<Metrics, "count">;
  /** How long a request may take to begin to be answered. Default 10 s. */
  readonly timeoutMilliseconds?: number;
  /** Connections kept; watches hold one each. Default 64. */
  readonly connections?: number;
}

/** Connects to where a kubeconfig's current context points. */
export const connectKubeconfig = (kubeconfig: string, options: ConnectOptions = {}): Connection => {
  const access = readKubeconfig(kubeconfig);
  const { timeoutMilliseconds = 10_000, connections = 64 } = options;
  const url = new URL(access.server);
  const pool = new Pool(url.origin, {
    connections,
    // A watch may be silent for longer than any timeout of a body.
    bodyTimeout: 0,
    headersTimeout: timeoutMilliseconds,
    connect: {
      timeout: timeoutMilliseconds,
      ...(access.certificateAuthorityPem === undefined ? {} : { ca: access.certificateAuthorityPem }),
      ...(access.clientCertificatePem === undefined ? {} : { cert: access.clientCertificatePem }),
      ...(access.clientKeyPem === undefined ? {} : { key: access.clientKeyPem }),
      ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
      ...(access.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    },
  });
  const base = url.pathname.replace(/\/$/, "");
  const authorization: { [name: string]: string } = access.token === undefined ? {} : { authorization: `Bearer ${access.token}` };
  const transport: KubeTransport = async ({ method, path, headers, body, signal }) => {
    const response = await pool.request({
      method,
      path: base + path,
      headers: { ...headers, ...authorization },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    return {
      status: response.statusCode,
      header: (name) => {
        const value = response.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
      text: () => response.body.text(),
      chunks: () => response.body.setEncoding("utf8"),
    };
  };
  const { fieldManager, userAgent, metrics } = options;
  return {
    client: createHttpClient({
      transport,
      ...(fieldManager && { fieldManager }),
      ...(userAgent && { userAgent }),
      ...(metrics && { metrics }),
      host: url.host,
    }),
    transport,
    close: () => pool.destroy(),
  };
};
